"""The history steps of conf/features/, as far as one row of plain values is concerned."""

from __future__ import annotations

from lifecycle.data.features.history import NEVER
from lifecycle.online.past_events import PlainRow
from lifecycle.options import Call

BEGINNING = -NEVER - 1  # before all times
Features = dict[str, float]


def name_features(step: Call) -> list[str]:
    """The names of a history step's features."""
    name, asked = step.arguments["name"], step.arguments
    if "windows" in asked:
        return [f"{name}_{window}" for window in asked["windows"]]
    return [f"{name}_{number}" for number in asked["steps"]] if "steps" in asked else [name, f"{name}_age"]


def read_moment(row: PlainRow, column: str) -> int:
    """A prediction time; a missing one is after all others."""
    moment = row[column]
    return NEVER if moment is None else int(moment)
