"""Which steps of conf/clean/ and conf/features/ can be done for one row of plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lifecycle.data.cleaning import Tables
from lifecycle.data.schema import Schema
from lifecycle.online.row_steps import calendar, joins, times, values
from lifecycle.online.row_steps.calendar import RowFeatures
from lifecycle.online.row_steps.kinds import Kinds, RowStep
from lifecycle.options import Call

CLEAN_STEPS: Mapping[str, Callable[..., RowStep | None]] = {
    "lifecycle.data.steps.joins.join_as_of": joins.join_as_of,
    "lifecycle.data.steps.joins.join_by_key": joins.join_by_key,
    "lifecycle.data.steps.times.add_local_parts": times.add_local_parts,
    "lifecycle.data.steps.times.shift_time": times.shift_time,
    "lifecycle.data.steps.values.add_day": times.add_day,
    "lifecycle.data.steps.values.blank_codes": values.blank_codes,
    "lifecycle.data.steps.values.compare_value": values.compare_value,
    "lifecycle.data.steps.values.format_text": values.format_text,
    "lifecycle.data.steps.values.read_columns": values.read_columns,
    "lifecycle.data.steps.values.rename_columns": values.rename_columns,
    "lifecycle.data.steps.values.subtract": values.subtract,
}
FEATURE_STEPS: Mapping[str, Callable[..., RowFeatures | None]] = {
    "lifecycle.data.features.calendar.extract_date_parts": calendar.extract_date_parts,
    "lifecycle.data.features.calendar.extract_minute_of_day": calendar.extract_minute_of_day,
    "lifecycle.data.features.calendar.extract_time_parts": calendar.extract_time_parts,
}


def prepare_step(step: Call, unit: str, kinds: Kinds, tables: Tables) -> RowStep | None:
    """A cleaning step for one row of the unit's table, whose columns are of these kinds; None if it has none."""
    prepare = CLEAN_STEPS.get(step.target)
    arguments = step.arguments
    if prepare is None or arguments.get("table") != unit or arguments.get("other") == unit:
        return None
    return prepare(kinds, tables, **arguments)


def prepare_features(step: Call, schema: Schema) -> RowFeatures | None:
    """A feature step for one row; None if it has none."""
    prepare = FEATURE_STEPS.get(step.target)
    return prepare(schema, **step.arguments) if prepare else None
