"""Two records of reports/test.json, the reported one and one computed anew: where they differ, in words."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from lifecycle.io.records import round_floats

Leaf = str | float | bool | None
# Reports have six significant digits: two units of the last one.
CLOSE = 2e-5
# What sums in another order move, as a share of a KPI's largest value, since the gain over an equal is not quite 0.
NOISE, TINY = 1e-9, 1e-12
MOST = 5  # values in a sentence
KPIS = "kpis"


@dataclass(frozen=True)
class Difference:
    """A value by its keys, as reported and as recomputed; None where a record has none."""

    keys: tuple[str, ...]
    reported: Leaf
    recomputed: Leaf

    @property
    def kpi(self) -> str:
        """The name of the KPI that the value belongs to; empty where it belongs to none."""
        return self.keys[1] if self.keys[:1] == (KPIS,) and len(self.keys) > 1 else ""

    def describe(self) -> str:
        """Which value, and both that it has."""
        name = ".".join(self.keys[2:] if self.kpi else self.keys)
        origin = "in conf/problem/ it is" if self.kpi and name == "floor" else "recomputed as"
        return f"{name} is reported as {format_leaf(self.reported)}, {origin} {format_leaf(self.recomputed)}"


def describe_differences(reported: object, recomputed: object) -> list[str]:
    """A sentence for each KPI of which a value differs, and one for all other values; empty where none does."""
    found = sorted(find_differences(reported, recomputed), key=lambda one: (not one.kpi, one.kpi, one.keys))
    outside = find_values_outside(reported)
    return [
        describe_group(kpi, list(differences), outside.get(kpi, ""))
        for kpi, differences in groupby(found, key=lambda one: one.kpi)
    ]


def describe_group(kpi: str, differences: Sequence[Difference], outside: str) -> str:
    """The differences of one KPI, or of what belongs to none, in a sentence."""
    words = [one.describe() for one in differences[:MOST]]
    words += [f"and {len(differences) - MOST} more"] if len(differences) > MOST else []
    words += [outside] if outside else []
    return f"{f'KPI {kpi}' if kpi else 'reports/test.json'}: {'; '.join(words)}"


def find_differences(reported: object, recomputed: object) -> Iterator[Difference]:
    """Every value that the two do not share; numbers are compared in the digits that reports have."""
    before, after = flatten_record(reported), flatten_record(round_floats(recomputed))
    for keys in before.keys() | after.keys():
        if keys not in before or keys not in after or not is_same(before[keys], after[keys], find_scale(after, keys)):
            yield Difference(keys, before.get(keys), after.get(keys))


def flatten_record(record: object, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Leaf]:
    """Every value of nested mappings by its keys; what is neither mapping nor plain value as text."""
    if isinstance(record, Mapping):
        inner = (flatten_record(value, (*above, str(key))) for key, value in record.items())
        return {keys: leaf for part in inner for keys, leaf in part.items()}
    return {above: record if isinstance(record, str | float | int | None) else str(record)}


def find_scale(record: Mapping[tuple[str, ...], Leaf], keys: tuple[str, ...]) -> float:
    """The largest number among those of the same KPI; 0 for what belongs to none."""
    if keys[:1] != (KPIS,):
        return 0.0
    numbers = [abs(float(leaf or 0)) for other, leaf in record.items() if other[:2] == keys[:2] and is_number(leaf)]
    return max(numbers, default=0.0)


def is_number(leaf: Leaf) -> bool:
    """Whether a value is a number, and no truth value."""
    return isinstance(leaf, float | int) and not isinstance(leaf, bool)


def is_same(reported: Leaf, recomputed: Leaf, scale: float) -> bool:
    """Whether two values are equal, of numbers up to their last digit and the noise of values of that scale."""
    if is_number(reported) and is_number(recomputed):
        noise = max(TINY, NOISE * scale)
        return math.isclose(float(reported or 0), float(recomputed or 0), rel_tol=CLOSE, abs_tol=noise)
    return type(reported) is type(recomputed) and reported == recomputed


def find_values_outside(record: object) -> dict[str, str]:
    """By KPI, that its value lies outside of its own interval.

    On its own that is no fault: a metric that grows with noise, such as a calibration error, may lie below the
    interval of its resamples.
    """
    leaves, found = flatten_record(record), {}
    for keys, value in leaves.items():
        if keys[:1] == (KPIS,) and keys[2:] == ("model", "value") and isinstance(value, float | int):
            low, high = (leaves.get((*keys[:3], end)) for end in ("low", "high"))
            if isinstance(low, float | int) and isinstance(high, float | int) and not low <= value <= high:
                found[keys[1]] = f"{value:g} lies outside its own interval {low:g} to {high:g}"
    return found


def format_leaf(leaf: Leaf) -> str:
    """A value as a sentence has it."""
    if leaf is None:
        return "nothing"
    return f"{leaf:g}" if is_number(leaf) else str(leaf).lower() if isinstance(leaf, bool) else repr(leaf)
