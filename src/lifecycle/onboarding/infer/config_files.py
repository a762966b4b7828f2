"""The five files of a problem: what each key of conf/ says, with the reason beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from lifecycle.onboarding.infer.cleaning_steps import REJECTED
from lifecycle.onboarding.infer.commented_yaml import Commented, render_document
from lifecycle.onboarding.infer.decide import ProblemInference
from lifecycle.onboarding.infer.notes import ColumnPlan, Note, PlannedStep
from lifecycle.onboarding.infer.problem_file import build_problem
from lifecycle.onboarding.infer.roles import find_free_name
from lifecycle.reporting.text import format_count, shorten_text

GROUPS = ("problem", "source", "schema", "clean", "features")


def render_documents(made: ProblemInference, source: Mapping[str, Any], read: Sequence[Note]) -> dict[str, str]:
    """The text of each file, by its group in conf/: `build_source` is the call that reads, `read` says how it was found."""
    name = made.asked.name
    seen = f"{format_count(made.rows, 'row')} of {name} were looked at; each comment says why. Change what you know better."
    contents: dict[str, tuple[str, Mapping[str, Any]]] = {
        "problem": (f"What is asked of {name}. {seen}", build_problem(made)),
        "source": ("\n".join([f"Where {name} comes from.", *(f"{one.what}: {one.why}" for one in read)]), source),
        "schema": (
            f"The one schema of {name}. {seen}\n"
            "Ranges (low, high) are left out: those of a sample would reject later rows.",
            build_schema(made),
        ),
        "clean": (f"From the text of {name} to one typed row each. Steps run in order.", build_clean(made)),
        "features": (f"What the model of {name} sees: nothing known only after the moment asked.", build_features(made)),
    }
    return {group: render_document(*contents[group]) for group in GROUPS}


def build_schema(made: ProblemInference) -> dict[str, Any]:
    """The columns with their reasons, and the raw columns, all text."""
    raw = {column.name: "text" for column in made.columns if column.raw}
    return {
        "columns": {column.name: build_column(column) for column in made.columns},
        "tables": Commented(
            {table: raw for table in (made.asked.name, made.asked.test) if table},
            "as read: every value is text until conf/clean/ types it",
        ),
    }


def build_column(column: ColumnPlan) -> dict[str, Any]:
    """One column of the schema."""
    said: dict[str, Any] = {
        "description": Commented(shorten_text(column.name), "edit: what it means, and its unit"),
        "type": Commented(column.type, column.type_why),
        "role": Commented(column.role, column.role_why),
    }
    if column.categories:
        said["categories"] = Commented([*column.categories], "the classes, in the order of their codes")
    if column.reject:
        said["missing"] = Commented("reject", f"a row without its {column.role} is rejected and counted")
    return said


def build_clean(made: ProblemInference) -> dict[str, Any]:
    """How the table is made."""
    target = f" ({shorten_text(made.asked.target)} is missing)" if made.asked.target else ""
    content: dict[str, Any] = {
        "unit": Commented(made.asked.name, "the table whose rows are the units"),
        "no_label": Commented(f"no label{target}", "the reason given to a rejected row without a target"),
    }
    if made.seen:
        content["rejected"] = Commented(find_free_name(REJECTED, made.kinds), "the column in which the last step says why")
    return content | {"steps": Commented([build_call(step) for step in made.steps], "from text to types")}


def build_features(made: ProblemInference) -> dict[str, Any]:
    """What reaches the model."""
    return {
        "keep": Commented(made.named("feature"), "every column of role feature"),
        "past": Commented([], "no rejected row is looked back on"),
        "steps": Commented([build_call(step) for step in made.feature_steps], "made from the row's own time, known when it is"),
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
