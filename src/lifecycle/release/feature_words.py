"""Features in words: what a step's arguments say, with the schema's descriptions and the row's own values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.data.features.build import Features
from lifecycle.data.schema import Schema
from lifecycle.reporting.text import format_count

HISTORY, CALENDAR = "lifecycle.data.features.history.", "lifecycle.data.features.calendar."
DURATION = re.compile(r"(\d+)\s*([A-Za-z]+)")
UNITS = {"min": "minute", "h": "hour", "H": "hour", "D": "day", "d": "day", "W": "week", "s": "second"}


@dataclass(frozen=True)
class FeatureLabel:
    """What a feature is: the words for it, the columns whose values choose the earlier rows, over which time, its unit.

    `is_share` says that it is the share of rows of which something holds.
    """

    text: str
    by: tuple[str, ...] = ()
    when: str = ""
    unit: str = ""
    is_share: bool = False


def label_features(features: Features, schema: Schema) -> dict[str, FeatureLabel]:
    """The label of each feature whose step is one of the engine's, or that is a column as it stands."""
    kept = {name: FeatureLabel(describe_column(schema, name), unit=schema.columns[name].unit) for name in features.keep}
    steps = [LABELS[step.target](step.arguments, schema) for step in features.steps if step.target in LABELS]
    return {name: label for labels in (kept, *steps) for name, label in labels.items()}


def describe_column(schema: Schema, name: str) -> str:
    """A column's description, else its name."""
    return (schema.columns[name].description if name in schema.columns else "") or name


def find_unit(schema: Schema, name: str) -> str:
    """A column's unit; empty without one."""
    return schema.columns[name].unit if name in schema.columns else ""


def label_averages(arguments: Mapping[str, Any], schema: Schema) -> dict[str, FeatureLabel]:
    """The labels of means over windows."""
    value, by = str(arguments["value"]), tuple(arguments["by"])
    is_share = value in schema.columns and schema.columns[value].type == "boolean"
    words = describe_column(schema, value) if is_share else f"mean {describe_column(schema, value)}"
    return {
        f"{arguments['name']}_{window}": FeatureLabel(
            words, by, f" in the last {describe_duration(window)}", find_unit(schema, value), is_share
        )
        for window in arguments["windows"]
    }


def label_latest(arguments: Mapping[str, Any], schema: Schema) -> dict[str, FeatureLabel]:
    """The labels of the last value and of its age."""
    value, by, name = str(arguments["value"]), tuple(arguments["by"]), str(arguments["name"])
    words = f"last {describe_column(schema, value)}"
    return {
        name: FeatureLabel(words, by, "", find_unit(schema, value)),
        f"{name}_age": FeatureLabel(f"time since the {words}", by, "", "h"),
    }


def label_lags(arguments: Mapping[str, Any], schema: Schema) -> dict[str, FeatureLabel]:
    """The labels of lagged values."""
    value, by = str(arguments["value"]), tuple(arguments["by"])
    words, unit = describe_column(schema, value), find_unit(schema, value)
    return {
        f"{arguments['name']}_{step}": FeatureLabel(words, by, f", {format_count(step, 'value')} ago", unit)
        for step in arguments["steps"]
    }


def label_minute(arguments: Mapping[str, Any], schema: Schema) -> dict[str, FeatureLabel]:
    """The label of a minute of the day."""
    words = f"minute of the day of the {describe_column(schema, str(arguments['time']))}"
    return {str(arguments["name"]): FeatureLabel(words)}


def label_date_parts(arguments: Mapping[str, Any], schema: Schema) -> dict[str, FeatureLabel]:
    """The labels of parts of a date."""
    day = describe_column(schema, str(arguments["day"]))
    return {name: FeatureLabel(f"{name.replace('_', ' ')} of the {day}") for name in arguments["take"]}


def label_time_parts(arguments: Mapping[str, Any], schema: Schema) -> dict[str, FeatureLabel]:
    """The labels of parts of a time."""
    time = str(arguments["time"])
    words = describe_column(schema, time)
    return {
        f"{part}_of_{time}": FeatureLabel(f"{describe_part(str(part))} of the {words}") for part in arguments["take"]
    }


def describe_part(part: str) -> str:
    """A part of a time in words.

    >>> describe_part("is_weekend"), describe_part("time_of_day_sin")
    ('weekend (0 or 1)', 'sine of the time of day')
    """
    name, _, wave = part.rpartition("_")
    waves = {"sin": "sine", "cos": "cosine"}
    if wave in waves:
        return f"{waves[wave]} of the {name.replace('_', ' ')}"
    return "weekend (0 or 1)" if part == "is_weekend" else part.replace("_", " ")


LABELS: Mapping[str, Callable[[Mapping[str, Any], Schema], dict[str, FeatureLabel]]] = {
    f"{HISTORY}average_recent": label_averages,
    f"{HISTORY}find_latest": label_latest,
    f"{HISTORY}lag_values": label_lags,
    f"{CALENDAR}extract_minute_of_day": label_minute,
    f"{CALENDAR}extract_date_parts": label_date_parts,
    f"{CALENDAR}extract_time_parts": label_time_parts,
}


def describe_duration(window: str) -> str:
    """A window in words.

    >>> describe_duration("24h"), describe_duration("1D"), describe_duration("P1M")
    ('24 hours', 'day', 'P1M')
    """
    found = DURATION.fullmatch(window.strip())
    if found is None or found[2] not in UNITS:
        return window
    unit = UNITS[found[2]]
    return unit if int(found[1]) == 1 else format_count(int(found[1]), unit)


def describe_feature(label: FeatureLabel, value: Any, row: Mapping[str, Any]) -> str:
    """A feature of a row in words, such as `arrived late for dest CLT in the last 24 hours: 64%`.

    `row` has the values that are known of the row by column, raw and prepared.
    """
    groups = " and ".join(f"{name} {row[name]}" if row.get(name) is not None else f"its {name}" for name in label.by)
    group = f" for {groups}" if groups else ""
    return f"{label.text}{group}{label.when}: {format_value(value, label)}"


def format_value(value: Any, label: FeatureLabel) -> str:
    """A feature's value with its unit; a share as a percentage."""
    if value is None:
        return "nothing known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if label.is_share:
        return f"{value:.0%}"
    return f"{value:,.4g}" + (f" {label.unit}" if label.unit else "")
