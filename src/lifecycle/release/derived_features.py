"""Features that are made from another field of the same row, so that a raw row can be scored as it stands."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.data.cells.reading import Mask, Reading, parse_reading, read_cells
from lifecycle.data.columns import with_columns
from lifecycle.data.features import calendar
from lifecycle.options import Call

# The steps that are computed from one time of the row alone, and the argument that names it.
STEPS: Mapping[str, tuple[Callable[..., pd.DataFrame], str]] = {
    "lifecycle.data.features.calendar.extract_date_parts": (calendar.extract_date_parts, "day"),
    "lifecycle.data.features.calendar.extract_minute_of_day": (calendar.extract_minute_of_day, "time"),
}


@dataclass(frozen=True)
class DerivedFeatures:
    """Features made from one time: its column and reading, the column of its day in `zone`, and the steps on both."""

    source: str
    reading: Reading
    day: str
    zone: str
    features: tuple[str, ...]
    steps: tuple[Call, ...]

    @property
    def wanted(self) -> str:
        """What the source takes, in words."""
        return f"a time as {self.reading.date_format}"

    def is_needed(self, names: Container[str]) -> bool:
        """Whether a row has the source and not all the features."""
        return self.source in names and not all(name in names for name in self.features)

    def compute(self, cells: pd.Series) -> tuple[pd.DataFrame, Mask]:
        """The features of each row, missing where its time is missing or not understood, and which rows these are."""
        times = read_cells(cells, "time", self.reading).values
        there = times.notna()
        rows = pd.DataFrame({self.source: times[there]})
        if self.day:
            rows = with_columns(rows, {self.day: times[there].dt.tz_convert(self.zone).dt.strftime("%Y-%m-%d")})
        made = [STEPS[step.target][0](rows, rows, **step.arguments) for step in self.steps] if there.any() else []
        found = pd.concat(made, axis=1) if made else pd.DataFrame(columns=list(self.features), index=rows.index)
        return found.astype("float64").reindex(cells.index), ~there.to_numpy(dtype=bool)


def parse_derived_features(entry: Mapping[str, Any]) -> DerivedFeatures:
    """The entry of a contract; raises ValueError for a step that is none of those that one row is enough for."""
    steps = tuple(Call(target=str(step["step"]), arguments=dict(step["arguments"])) for step in entry["steps"])
    for step in steps:
        if step.target not in STEPS:
            raise ValueError(f"{step.target} is no step on one row")
    return DerivedFeatures(
        source=str(entry["source"]),
        reading=parse_reading(entry["x-read"], "contract.json"),
        day=str(entry["day"]),
        zone=str(entry["zone"]),
        features=tuple(entry["features"]),
        steps=steps,
    )


def find_derived_features(
    steps: Mapping[str, Call], days: Sequence[tuple[str, str, str]], readings: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The entries of a contract, one for each raw time that features are made from.

    `steps` are the steps by the feature that each makes, `days` the columns of days with their time and zone, and
    `readings` those of the raw times. A feature that one row is not enough for is in no entry.
    """
    entries = {}
    for time, reading in readings.items():
        day, zone = next(((name, zone) for name, of, zone in days if of == time), ("", "UTC"))
        made = {
            name: step
            for name, step in steps.items()
            if step.target in STEPS and step.arguments.get(STEPS[step.target][1]) in (time, day or time)
        }
        calls = [step for place, step in enumerate(made.values()) if step not in [*made.values()][:place]]
        entries[time] = {
            "source": time,
            "x-read": reading,
            "day": day,
            "zone": zone,
            "features": list(made),
            "steps": [{"step": step.target, "arguments": dict(step.arguments)} for step in calls],
        }
    return [entry for entry in entries.values() if entry["features"]]
