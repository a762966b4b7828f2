"""The steps in conf/clean/ that convert text to types, and the calendar features in conf/features/."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from lifecycle.data.cells.reading import Reading
from lifecycle.data.columns import name_free_column
from lifecycle.data.schema import Role
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.missing_codes import SURE
from lifecycle.onboarding.infer.notes import ColumnPlan, PlannedStep
from lifecycle.onboarding.infer.request import NewRequest
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.onboarding.infer.test_table import SharedRows
from lifecycle.reporting.text import shorten_text

VALUES = "lifecycle.data.steps.values"
PARTS = "lifecycle.data.steps.given_split"
CALENDAR = "lifecycle.data.features.calendar"
REJECTED = "rejected"
YEAR = pd.Timedelta("366D")


def derive_columns(
    inferred: Mapping[str, ColumnInference], roles: Mapping[str, tuple[Role, str]]
) -> tuple[ColumnPlan, ...]:
    """The columns that steps add: an id if no column identifies rows, a day if rows have a time."""
    by = {role: name for name, (role, _) in roles.items()}
    columns = []
    if "id" not in by:
        why = "computed by number_rows: no column identifies a row"
        columns.append(
            ColumnPlan(
                name_free_column("row", inferred),
                "text",
                "id",
                "16 digits of the row's hash and a count",
                why,
                raw=False,
                reject=True,
            )
        )
    if "time" in by:
        why = f"made from {shorten_text(by['time'])}: calendar features need it"
        columns.append(ColumnPlan(name_free_column("day", inferred), "day", "context", "calendar day", why, raw=False))
    return tuple(columns)


def plan_cleaning(
    inferred: Mapping[str, ColumnInference],
    columns: Sequence[ColumnPlan],
    request: NewRequest,
    overlap: SharedRows | None,
) -> Iterator[PlannedStep]:
    """The steps of conf/clean/, in order: parts, added columns, and test rows that are in train too."""
    if request.test:
        of = {"parts": {"train": request.name, "test": request.test}, "name": request.part}
        yield PlannedStep(f"{PARTS}.stack_parts", {"table": request.name, **of}, "the rows of both tables, train first")
    yield from plan_added_columns(columns, request.name, request.clock)
    if overlap:
        by = {
            "part": request.part,
            "name": name_free_column(REJECTED, inferred),
            "columns": [*overlap.columns],
            "id": overlap.id,
        }
        why = f"of the test part {overlap.count:,} are in train too: the model has seen their labels"
        yield PlannedStep(f"{PARTS}.mark_seen_rows", {"table": request.name, **by}, why)


def plan_added_columns(columns: Sequence[ColumnPlan], name: str, zone: str) -> Iterator[PlannedStep]:
    """The steps that add columns to the read cells: an id made from the row, and the day of its time in a zone."""
    for column in (one for one in columns if one.role == "id" and not one.raw):
        yield build_step("number_rows", name, column.role_why, name=column.name)
    time = next((one.name for one in columns if one.role == "time"), None)
    for column in (one for one in columns if one.type == "day"):
        yield build_step("add_day", name, column.role_why, time=time, name=column.name, zone=zone)


def build_step(step: str, table: str, why: str, **arguments: Any) -> PlannedStep:
    """One step on the problem's table."""
    return PlannedStep(f"{VALUES}.{step}", {"table": table, **arguments}, why)


def plan_reading(
    column: ColumnPlan, inferred: Mapping[str, ColumnInference], target: TargetInference | None
) -> Reading:
    """How the cells of a column are written; a number that names a row or a group is never a missing code."""
    if column.role == "target" and target:
        return target.reading
    reading = inferred[column.name].reading
    if column.role in ("id", "group", "part"):
        reading = replace(reading, na_values=tuple(code for code in reading.na_values if code.lower() in SURE))
        return (
            reading if column.type == "integer" else Reading(na_values=reading.na_values, spellings=reading.spellings)
        )
    return reading


def plan_date_features(
    inferred: Mapping[str, ColumnInference], columns: Sequence[ColumnPlan], zone: str
) -> Iterator[PlannedStep]:
    """The calendar and clock features of the column that orders the rows, by the clocks of a zone."""
    time = next((column.name for column in columns if column.role == "time"), None)
    if time is None:
        return
    times = inferred[time].values.dropna()
    features = {column.name: column for column in columns if column.role == "feature"}
    day = next(column.name for column in columns if column.type == "day")
    useful = {"weekday": times.dt.day_of_week.nunique() > 1, "day_of_year": bool(times.max() - times.min() > YEAR)}
    take = [part for part, is_useful in useful.items() if is_useful and part not in features]
    if take:
        left = [f"{part} is a column already" for part in useful if part in features]
        why = "; ".join(
            ["from the row's time", *left, *([] if useful["day_of_year"] else ["less than a year of rows"])]
        )
        yield PlannedStep(f"{CALENDAR}.extract_date_parts", {"day": day, "take": take}, why)
    if (times != times.dt.floor("D")).any():
        name = name_free_column("minute_of_day", features)
        yield PlannedStep(
            f"{CALENDAR}.extract_minute_of_day", {"time": time, "zone": zone, "name": name}, "minutes since midnight"
        )
