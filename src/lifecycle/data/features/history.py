"""History features: statistics of earlier rows, each counted only once it is known.

Every function computes for each row of `table` what was known at that row's prediction time: an event
counts if `known_at <= prediction_time`. Events are the rows of `past`, which holds the table itself and,
if configured, rows without a label. Of events known at the same instant the later row of `past` is the later
event. A missing or infinite value is no event.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats, Integers
from lifecycle.data.features.exact_sums import sum_prefixes
from lifecycle.errors import WrongValue

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Timeline:
    """Events sorted by group, then by the time they became known, then as in the past.

    `starts` holds the first position of each group, with one entry more for the end.
    """

    starts: Integers
    known_at: Integers
    values: Floats

    def until(self, groups: Integers, times: Integers) -> Integers:
        """For each group and time, the position after the group's last event that was known by then."""
        order = sort_groups(groups)
        bounds = np.flatnonzero(np.diff(groups[order], prepend=-1))
        ends = np.empty(len(groups), dtype=np.int64)
        for group, rows in zip(groups[order[bounds]], np.split(order, bounds)[1:], strict=True):
            start, end = self.starts[group], self.starts[group + 1]
            ends[rows] = start + np.searchsorted(self.known_at[start:end], times[rows], side="right")
        return ends


def sort_groups(groups: Integers) -> Integers:
    """The places of the groups' rows, group by group, each in its order; short integers are sorted by their digits."""
    return np.argsort(groups.astype(np.min_scalar_type(groups.max(initial=0))), kind="stable")


def encode_groups(past: pd.DataFrame, table: pd.DataFrame, by: Sequence[str]) -> tuple[Integers, Integers]:
    """One code per combination of the `by` columns, for the events and for the rows of the table."""
    if not by:
        return np.zeros(len(past), dtype=np.int64), np.zeros(len(table), dtype=np.int64)
    keys = pd.concat([past[list(by)], table[list(by)]], ignore_index=True)
    numbers = keys.groupby(list(by), dropna=False, sort=True).ngroup().to_numpy().astype(np.int64)
    return numbers[: len(past)], numbers[len(past) :]


def convert_to_microseconds(times: pd.Series) -> Integers:
    """Microseconds since 1970; a missing time is the largest integer, which no prediction time reaches."""
    instants = times.astype("datetime64[us, UTC]")
    ticks = instants.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return np.where(instants.isna().to_numpy(), NEVER, ticks)


def build_timeline(
    past: pd.DataFrame, table: pd.DataFrame, value: str, known_at: str, by: Sequence[str]
) -> tuple[Timeline, Integers]:
    """Events with a value and a known time, sorted for lookup, and the group of each row of the table."""
    groups, asking = encode_groups(past, table, by)
    known_times, values = (
        convert_to_microseconds(past[known_at]),
        past[value].to_numpy(dtype="float64", na_value=np.nan),
    )
    usable = (known_times < NEVER) & np.isfinite(values)
    groups, known_times, values = groups[usable], known_times[usable], values[usable]
    order = np.lexsort((known_times, groups))
    count = int(max(groups.max(initial=-1), asking.max(initial=-1))) + 1
    starts = np.searchsorted(groups[order], np.arange(count + 1))
    return Timeline(starts=starts, known_at=known_times[order], values=values[order]), asking


def parse_window(text: str) -> int:
    """Microseconds in a duration such as `2h` or `28D`."""
    return int(pd.Timedelta(text) / pd.Timedelta(1, "us"))


def average_recent(
    table: pd.DataFrame,
    past: pd.DataFrame,
    *,
    prediction_time: str,
    value: str,
    known_at: str,
    by: list[str],
    windows: list[str],
    name: str,
) -> pd.DataFrame:
    """Mean of `value` over each window before the prediction time, among events of the same group.

    One column `<name>_<window>` per window, missing where nothing was known yet or a group column is missing.
    An event that became known exactly one window before the prediction time is outside it. The mean is the
    exact sum of the values, rounded once, divided by their number: the order of the events does not matter,
    nor what the past holds outside the window.
    """
    line, groups = build_timeline(past, table, value, known_at, by)
    sums = sum_prefixes(line.values)
    now = convert_to_microseconds(table[prediction_time])
    last = line.until(groups, now)
    has_group = ~table[by].isna().any(axis=1).to_numpy() if by else True
    columns = {}
    for text in windows:
        first = line.until(groups, now - parse_window(text))
        number = last - first
        mean = sums.between(first, last) / np.maximum(number, 1)
        columns[f"{name}_{text}"] = np.where((number > 0) & has_group, mean, np.nan)
    return pd.DataFrame(columns, index=table.index)


def find_latest(
    table: pd.DataFrame,
    past: pd.DataFrame,
    *,
    prediction_time: str,
    value: str,
    known_at: str,
    by: list[str],
    name: str,
) -> pd.DataFrame:
    """The last known `value` of the same group and its age in hours.

    Columns `<name>` and `<name>_age`, missing where nothing was known yet or a group column is missing.
    """
    line, groups = build_timeline(past, table, value, known_at, by)
    now = convert_to_microseconds(table[prediction_time])
    last = line.until(groups, now)
    unknown = (last == line.starts[groups]) | table[list(by)].isna().any(axis=1).to_numpy()
    place = np.where(unknown, 0, last - 1)
    value_then = np.append(line.values, 0.0)[place]
    known_then = np.append(line.known_at, 0)[place]
    return pd.DataFrame(
        {
            name: np.where(unknown, np.nan, value_then),
            f"{name}_age": np.where(unknown, np.nan, (now - known_then) / 3.6e9),
        },
        index=table.index,
    )


def lag_values(
    table: pd.DataFrame,
    past: pd.DataFrame,
    *,
    prediction_time: str,
    value: str,
    known_at: str,
    by: list[str],
    steps: list[int],
    name: str,
) -> pd.DataFrame:
    """Lagged values of the same group: step 1 is the last known `value`, 2 the one before it.

    One column `<name>_<step>` per step, missing where fewer events were known or a group column is
    missing. Raises WrongValue for a step below 1, which would look ahead.
    """
    if min(steps, default=1) < 1:
        raise WrongValue(f"steps are {steps}", where=f"conf/features/, key steps of {name}", todo="steps: [1, 2]")
    line, groups = build_timeline(past, table, value, known_at, by)
    last = line.until(groups, convert_to_microseconds(table[prediction_time]))
    unnamed = table[list(by)].isna().any(axis=1).to_numpy()
    values = np.append(line.values, np.nan)
    columns = {}
    for step in steps:
        unknown = (last - line.starts[groups] < step) | unnamed
        columns[f"{name}_{step}"] = np.where(unknown, np.nan, values[np.where(unknown, -1, last - step)])
    return pd.DataFrame(columns, index=table.index)
