"""The five files of a problem in conf/, each key with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from lifecycle.data.cells.reading import Reading
from lifecycle.data.columns import name_free_column
from lifecycle.onboarding.infer.cleaning_steps import REJECTED, plan_reading
from lifecycle.onboarding.infer.commented_yaml import Commented, render_document
from lifecycle.onboarding.infer.concerns import MOST, list_concerns
from lifecycle.onboarding.infer.decide import ProblemInference
from lifecycle.onboarding.infer.notes import ColumnPlan, PlannedStep
from lifecycle.onboarding.infer.problem_file import build_problem
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, shorten_text

PLAIN = Reading()
GROUPS = ("problem", "source", "schema", "clean", "features")


def render_documents(problem: ProblemInference, source: Mapping[str, Any], read: Sequence[Note]) -> dict[str, str]:
    """The text of each file, by its group in conf/: `source` is the reading call, `read` its notes."""
    name = problem.request.name
    rows = format_count(problem.rows, "row")
    intro = f"{rows} of {name} were analysed; each comment gives the reason. Correct what you know better."
    contents: dict[str, tuple[str, Mapping[str, Any]]] = {
        "problem": (f"Problem definition of {name}. {intro}", build_problem(problem)),
        "source": ("\n".join([f"Where {name} comes from.", *(f"{one.what}: {one.why}" for one in read)]), source),
        "schema": (
            "\n".join(
                [
                    f"Schema of {name}. {intro}",
                    "Ranges (low, high) are left out: the ranges of a sample would reject later rows.",
                    *(f"Look at this first: {one.render()}" for one in list_concerns(problem)[:MOST]),
                ]
            ),
            build_schema(problem),
        ),
        "clean": (
            f"From the raw cells of {name}, read as its schema says, to one row each. Steps run in order.",
            build_clean(problem),
        ),
        "features": (
            f"Features of the model of {name}: nothing known only after the prediction time.",
            build_features(problem),
        ),
    }
    return {group: render_document(*contents[group]) for group in GROUPS}


def build_schema(problem: ProblemInference) -> dict[str, Any]:
    """The columns with their reasons, the raw columns, all text, and how their cells are written."""
    raw = {column.name: "text" for column in problem.columns if column.raw}
    return {
        "read": Commented({}, "how cells are written, unless a column says otherwise: numbers such as 1,234.5"),
        "columns": {column.name: build_column(column, problem) for column in problem.columns},
        "tables": Commented(
            {table: raw for table in (problem.request.name, problem.request.test) if table},
            "as they come: every cell is text, and read as the columns above say",
        ),
    }


def build_column(column: ColumnPlan, problem: ProblemInference) -> dict[str, Any]:
    """One column of the schema."""
    entry: dict[str, Any] = {
        "description": Commented(shorten_text(column.name), "edit: its meaning and unit"),
        "type": Commented(column.type, column.type_why),
        "role": Commented(column.role, column.role_why),
    }
    if column.categories:
        entry["categories"] = Commented([*column.categories], "the classes, in the order of their codes")
    if column.reject:
        entry["missing"] = Commented("reject", f"a row without its {column.role} is rejected and counted")
    return entry | build_reading(column, problem)


def build_reading(column: ColumnPlan, problem: ProblemInference) -> dict[str, Any]:
    """How the cells of a raw column are written, where that is not as in most tables."""
    if column.name not in problem.inferred:
        return {}
    reading = plan_reading(column, problem.inferred, problem.target)
    keys = {
        key.name: list(value) if isinstance(value, tuple) else value
        for key in fields(Reading)
        if (value := getattr(reading, key.name)) != getattr(PLAIN, key.name)
    }
    return {"read": Commented(keys, "how its cells are written")} if keys else {}


def build_clean(problem: ProblemInference) -> dict[str, Any]:
    """The keys of conf/clean/."""
    target = f" ({shorten_text(problem.request.target)} is missing)" if problem.request.target else ""
    content: dict[str, Any] = {
        "unit": Commented(problem.request.name, "the table whose rows are the units"),
        "no_label": Commented(f"no label{target}", "the rejection reason of a row without a target"),
    }
    if problem.overlap:
        content["rejected"] = Commented(
            name_free_column(REJECTED, problem.inferred), "the column in which the last step writes the reason"
        )
    return content | {
        "steps": Commented([build_call(step) for step in problem.steps], "on cells that are read already")
    }


def build_features(problem: ProblemInference) -> dict[str, Any]:
    """What reaches the model."""
    return {
        "keep": Commented(problem.columns_with_role("feature"), "every column of role feature"),
        "past": Commented([], "no rejected row is part of the history"),
        "steps": Commented(
            [build_call(step) for step in problem.feature_steps], "made from the row's time, known when it is"
        ),
    }


def build_call(step: PlannedStep) -> dict[str, Any]:
    """A call with its reason."""
    return {"_target_": Commented(step.target, step.why), **step.arguments}


def build_source(readings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The call that reads the data: an entry of `tables` for each; `${NAME}` in it is written so that it stays so."""
    entries = {name: unescape_placeholders(reading) for name, reading in readings.items()}
    return {
        "_target_": Commented("lifecycle.sources.files.read", "files, web addresses and databases"),
        "tables": Commented(entries, "each raw table, and how it is read"),
    }


def unescape_placeholders(reading: Mapping[str, Any]) -> dict[str, Any]:
    """An entry without the signs that keep `${NAME}` from being resolved, which writing adds again."""
    return {key: value.replace("\\${", "${") if isinstance(value, str) else value for key, value in reading.items()}
