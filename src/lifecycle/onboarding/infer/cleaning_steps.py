"""The steps that give the text its types in conf/clean/, and those of the calendar in conf/features/."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from lifecycle.data.schema import Role
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.missing_codes import SURE
from lifecycle.onboarding.infer.notes import ColumnPlan, PlannedStep
from lifecycle.onboarding.infer.numbers import POINT, STYLES
from lifecycle.onboarding.infer.request import NewRequest
from lifecycle.onboarding.infer.roles import find_free_name
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.onboarding.infer.test_table import TestOverlap
from lifecycle.reporting.text import shorten_text

VALUES = "lifecycle.data.steps.values"
PARTS = "lifecycle.data.steps.given_split"
CALENDAR = "lifecycle.data.features.calendar"
ZONE = "UTC"
REJECTED = "rejected"
YEAR = pd.Timedelta("366D")


def derive_columns(kinds: Mapping[str, ColumnInference], roles: Mapping[str, tuple[Role, str]]) -> tuple[ColumnPlan, ...]:
    """The columns that steps make: a row's id where no column names it, a day where rows have a time."""
    by = {role: name for name, (role, _) in roles.items()}
    found = []
    if "id" not in by:
        why = "made by number_rows: no column names a row"
        found.append(
            ColumnPlan(
                find_free_name("row", kinds),
                "text",
                "id",
                "16 digits of the row's own values and a count",
                why,
                raw=False,
                reject=True,
            )
        )
    if "time" in by:
        why = f"made from {shorten_text(by['time'])}: features of the calendar need it"
        found.append(ColumnPlan(find_free_name("day", kinds), "day", "context", "calendar day", why, raw=False))
    return tuple(found)


def plan_cleaning(
    kinds: Mapping[str, ColumnInference], columns: Sequence[ColumnPlan], found: TargetInference | None, asked: NewRequest, seen: TestOverlap | None
) -> Iterator[PlannedStep]:
    """The steps of conf/clean/, in order: parts, types, and the rows of the test part that stand in train too."""
    if asked.test:
        of = {"parts": {"train": asked.name, "test": asked.test}, "name": asked.part}
        yield PlannedStep(f"{PARTS}.stacked", {"table": asked.name, **of}, "the rows of both tables, train first")
    yield from plan_types(kinds, columns, found, asked.name)
    if seen:
        by = {"part": asked.part, "name": find_free_name(REJECTED, kinds), "columns": [*seen.columns], "id": seen.id}
        why = f"of the test part {seen.count:,} stand in train too: the model would be asked what it was told"
        yield PlannedStep(f"{PARTS}.seen", {"table": asked.name, **by}, why)


def plan_types(kinds: Mapping[str, ColumnInference], columns: Sequence[ColumnPlan], found: TargetInference | None, name: str) -> Iterator[PlannedStep]:
    """The steps that make types of text, in order: id, blank, target, flags, numbers, times, day."""
    typed = [column for column in columns if column.raw and column.role != "target"]
    for column in (one for one in columns if one.role == "id" and not one.raw):
        yield build_step("number_rows", name, column.role_why, name=column.name)
    yield from plan_missing_codes(kinds, columns, name)
    yield from plan_target(found, name)
    flags = {
        one.name: {"true": [*kinds[one.name].true], "false": [*kinds[one.name].false]}
        for one in typed
        if one.type == "boolean"
    }
    if flags:
        yield build_step("booleans", name, "these two texts are yes and no", columns=flags)
    yield from plan_numbers(kinds, [one for one in columns if one.raw and one.type in ("number", "integer")], name)
    times = {one.name: kinds[one.name].layout for one in typed if one.type == "time"}
    if times:
        yield build_step("times", name, "how each time is written; zone is where the clock stood", columns=times, zone=ZONE)
    time = next((one.name for one in columns if one.role == "time"), None)
    for column in (one for one in columns if one.type == "day"):
        yield build_step("day", name, column.role_why, time=time, name=column.name, zone=ZONE)


def build_step(step: str, table: str, why: str, **arguments: Any) -> PlannedStep:
    """One step on the problem's table."""
    return PlannedStep(f"{VALUES}.{step}", {"table": table, **arguments}, why)


def plan_missing_codes(kinds: Mapping[str, ColumnInference], columns: Sequence[ColumnPlan], name: str) -> Iterator[PlannedStep]:
    """The step that blanks codes for missing values, and strips texts that have blanks around them.

    A number that names a row or a group stands for nothing but itself.
    """
    names = {column.name for column in columns if column.role in ("id", "group", "part")}
    found = {
        column: sorted(code for code in kind.codes if code and (column not in names or code.lower() in SURE))
        for column, kind in kinds.items()
        if any(kind.codes) or (kind.is_text and kind.texts.loose)
    }
    if found:
        yield build_step("blank", name, "texts that stand for a missing value", columns=found)


def plan_target(found: TargetInference | None, name: str) -> Iterator[PlannedStep]:
    """The step that makes the target a flag."""
    if found is None or found.type != "boolean":
        return
    if found.kind.is_text:
        yield build_step("is_value", name, found.positive_why, column=found.name, value=found.positive[0])
    else:
        truths = {"true": [*found.positive], "false": [*found.negative]}
        yield build_step("booleans", name, found.positive_why, columns={found.name: truths})


def plan_numbers(kinds: Mapping[str, ColumnInference], columns: Sequence[ColumnPlan], name: str) -> Iterator[PlannedStep]:
    """A step for the numbers of each style."""
    for style in STYLES.values():
        named = [column.name for column in columns if (kinds[column.name].style or POINT) == style]
        if named:
            why = "numbers written in text" + (", with decimal comma" if style.decimal == "," else "")
            yield build_step("numbers", name, why, columns=named, decimal=style.decimal, thousands=style.thousands)


def plan_date_features(kinds: Mapping[str, ColumnInference], columns: Sequence[ColumnPlan]) -> Iterator[PlannedStep]:
    """Features of the calendar and the clock from the time that orders the rows."""
    time = next((column.name for column in columns if column.role == "time"), None)
    if time is None:
        return
    times = kinds[time].values.dropna()
    taken = {column.name: column for column in columns if column.role == "feature"}
    day = next(column.name for column in columns if column.type == "day")
    wanted = {"weekday": times.dt.day_of_week.nunique() > 1, "day_of_year": bool(times.max() - times.min() > YEAR)}
    take = [part for part, useful in wanted.items() if useful and part not in taken]
    if take:
        left = [f"{part} is a column already" for part in wanted if part in taken]
        why = "; ".join(
            ["from the row's own time", *left, *([] if wanted["day_of_year"] else ["less than a year of rows"])]
        )
        yield PlannedStep(f"{CALENDAR}.parts", {"day": day, "take": take}, why)
    if (times != times.dt.floor("D")).any():
        name = find_free_name("minute_of_day", taken)
        yield PlannedStep(f"{CALENDAR}.clock", {"time": time, "zone": ZONE, "name": name}, "minutes since midnight")
