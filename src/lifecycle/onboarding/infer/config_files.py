"""The five files of a problem: what each key of conf/ says, with the reason beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from lifecycle.onboarding.infer.cleaning_steps import REJECTED
from lifecycle.onboarding.infer.commented_yaml import Said, document
from lifecycle.onboarding.infer.decide import Decisions
from lifecycle.onboarding.infer.notes import Chosen, Note, Step
from lifecycle.onboarding.infer.problem_file import problem
from lifecycle.onboarding.infer.roles import free
from lifecycle.reporting.text import counted, shown

GROUPS = ("problem", "source", "schema", "clean", "features")


def documents(made: Decisions, source: Mapping[str, Any], read: Sequence[Note]) -> dict[str, str]:
    """The text of each file, by its group in conf/: `source` is the call that reads, `read` says how it was found."""
    name = made.asked.name
    seen = f"{counted(made.rows, 'row')} of {name} were looked at; each comment says why. Change what you know better."
    contents: dict[str, tuple[str, Mapping[str, Any]]] = {
        "problem": (f"What is asked of {name}. {seen}", problem(made)),
        "source": ("\n".join([f"Where {name} comes from.", *(f"{one.what}: {one.why}" for one in read)]), source),
        "schema": (
            f"The one schema of {name}. {seen}\n"
            "Ranges (low, high) are left out: those of a sample would reject later rows.",
            schema(made),
        ),
        "clean": (f"From the text of {name} to one typed row each. Steps run in order.", clean(made)),
        "features": (f"What the model of {name} sees: nothing known only after the moment asked.", features(made)),
    }
    return {group: document(*contents[group]) for group in GROUPS}


def schema(made: Decisions) -> dict[str, Any]:
    """The columns with their reasons, and the raw columns, all text."""
    raw = {column.name: "text" for column in made.columns if column.raw}
    return {
        "columns": {column.name: entry(column) for column in made.columns},
        "tables": Said(
            {table: raw for table in (made.asked.name, made.asked.test) if table},
            "as read: every value is text until conf/clean/ types it",
        ),
    }


def entry(column: Chosen) -> dict[str, Any]:
    """One column of the schema."""
    said: dict[str, Any] = {
        "description": Said(shown(column.name), "edit: what it means, and its unit"),
        "type": Said(column.type, column.type_why),
        "role": Said(column.role, column.role_why),
    }
    if column.categories:
        said["categories"] = Said([*column.categories], "the classes, in the order of their codes")
    if column.reject:
        said["missing"] = Said("reject", f"a row without its {column.role} is rejected and counted")
    return said


def clean(made: Decisions) -> dict[str, Any]:
    """How the table is made."""
    target = f" ({shown(made.asked.target)} is missing)" if made.asked.target else ""
    content: dict[str, Any] = {
        "unit": Said(made.asked.name, "the table whose rows are the units"),
        "no_label": Said(f"no label{target}", "the reason given to a rejected row without a target"),
    }
    if made.seen:
        content["rejected"] = Said(free(REJECTED, made.kinds), "the column in which the last step says why")
    return content | {"steps": Said([called(step) for step in made.steps], "from text to types")}


def features(made: Decisions) -> dict[str, Any]:
    """What reaches the model."""
    return {
        "keep": Said(made.named("feature"), "every column of role feature"),
        "past": Said([], "no rejected row is looked back on"),
        "steps": Said([called(step) for step in made.feature_steps], "made from the row's own time, known when it is"),
    }


def called(step: Step) -> dict[str, Any]:
    """A call with its reason."""
    return {"_target_": Said(step.target, step.why), **step.arguments}


def source(readings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The call that reads the data: an entry of `tables` for each; `${NAME}` in it is written so that it stays so."""
    entries = {name: plain(reading) for name, reading in readings.items()}
    return {
        "_target_": Said("lifecycle.sources.files.read", "files, web addresses and databases"),
        "tables": Said(entries, "each raw table, and how it is read"),
    }


def plain(reading: Mapping[str, Any]) -> dict[str, Any]:
    """An entry without the signs that keep `${NAME}` from being resolved, which writing adds again."""
    return {key: value.replace("\\${", "${") if isinstance(value, str) else value for key, value in reading.items()}
