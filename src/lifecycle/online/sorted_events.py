"""Events of one group in the order in which they became known, for lookups by bisection."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any, TypeAlias

from lifecycle.arrays import Floats, Integers
from lifecycle.data.features.exact_sums import round_multiple

# Whole numbers: of one word while they fit, else Python's own of any length.
Whole: TypeAlias = "array[int] | list[int]"


class SummedEvents:
    """When the events of a group became known, and the exact sum of the values up to each.

    `totals` has one entry more than `known_at`: the sums of the first 0, 1, 2, … values and a constant, as whole
    multiples of 2 ** `exponent`. Events known at one instant are in no order.
    """

    __slots__ = ("exponent", "known_at", "totals")

    def __init__(self, known_at: array[int], totals: Whole, exponent: int) -> None:
        self.known_at = known_at
        self.totals = totals
        self.exponent = exponent

    def count_until(self, moment: int) -> int:
        """The number of events that were known by a moment."""
        return bisect_right(self.known_at, moment)

    def average_windows(self, moment: int, windows: Mapping[str, int], averages: dict[str, float]) -> None:
        """Set the mean of the events in each window before a moment in which there are some.

        `windows` are their lengths by name, the longest first. A mean is the exact sum of the values, rounded once,
        divided by their number.
        """
        known_at, totals, exponent = self.known_at, self.totals, self.exponent
        first, last = 0, bisect_right(known_at, moment)
        for name, length in windows.items():
            first = bisect_right(known_at, moment - length, first, last)
            if first < last:
                averages[name] = round_multiple(totals[last] - totals[first], exponent) / (last - first)

    def add(self, known_at: int, value: float) -> None:
        """Take in an event; one that became known after all others costs the same however many they are."""
        amount, place = self._scale(value), self.count_until(known_at)
        self.known_at.insert(place, known_at)
        later = [total + amount for total in self.totals[place:]]
        del self.totals[place + 1 :]
        self._extend(later)

    def remove(self, known_at: int, value: float) -> None:
        """Take an event out; raises KeyError if none became known then."""
        place = self.count_until(known_at) - 1
        if place < 0 or self.known_at[place] != known_at:
            raise KeyError(known_at)
        amount = self._scale(value)
        del self.known_at[place]
        later = [total - amount for total in self.totals[place + 1 :]]
        del self.totals[place:]
        self._extend(later)

    def forget_until(self, moment: int) -> None:
        """Drop the events that were known by a moment."""
        number = self.count_until(moment)
        if number:
            self.known_at, self.totals = self.known_at[number:], self.totals[number:]

    def _scale(self, value: float) -> int:
        """A value as a multiple of the unit, which is made smaller if it must be."""
        numerator, denominator = value.as_integer_ratio()
        exponent = 1 - denominator.bit_length()
        if exponent < self.exponent:
            totals = [total << (self.exponent - exponent) for total in self.totals]
            self.totals, self.exponent = pack(totals), exponent
        return numerator << (exponent - self.exponent)

    def _extend(self, totals: list[int]) -> None:
        """Append totals, in longer numbers if they need them."""
        more = pack(totals)
        if isinstance(more, list):
            self.totals = [*self.totals, *more]
        else:
            self.totals.extend(more)


def pack(numbers: list[int]) -> Whole:
    """Whole numbers in an array of words where they fit."""
    try:
        return array("q", numbers)
    except OverflowError:
        return numbers


class RankedEvents:
    """The events of a group with their values, ordered by the time they became known, then by a tie-breaking key.

    `is_cut` is whether there were earlier ones.
    """

    __slots__ = ("is_cut", "known_at", "ties", "values")

    def __init__(self, known_at: array[int], ties: list[Any], values: array[float]) -> None:
        self.known_at = known_at
        self.ties = ties
        self.values = values
        self.is_cut = False

    def count_until(self, moment: int) -> int:
        """The number of events that were known by a moment."""
        return bisect_right(self.known_at, moment)

    def add(self, known_at: int, tie: Any, value: float) -> None:
        """Take in an event, behind those with the same time and key."""
        place = bisect_right(self.ties, tie, bisect_left(self.known_at, known_at), self.count_until(known_at))
        self.known_at.insert(place, known_at)
        self.ties.insert(place, tie)
        self.values.insert(place, value)

    def remove(self, known_at: int, tie: Any) -> None:
        """Take an event out; raises KeyError if there is none with this time and key."""
        if not self.holds(known_at, tie):
            raise KeyError(known_at, tie)
        place = self._find_place(known_at, tie)
        del self.known_at[place], self.ties[place], self.values[place]

    def holds(self, known_at: int, tie: Any) -> bool:
        """Whether there is an event with this time and key."""
        place = self._find_place(known_at, tie)
        return place < len(self.known_at) and (self.known_at[place], self.ties[place]) == (known_at, tie)

    def _find_place(self, known_at: int, tie: Any) -> int:
        return bisect_left(self.ties, tie, bisect_left(self.known_at, known_at), self.count_until(known_at))

    def forget_until(self, moment: int, but: int) -> None:
        """Drop the events that were known by a moment, but not the last ones of them."""
        number = self.count_until(moment) - but
        if number > 0:
            self.known_at, self.ties, self.values = self.known_at[number:], self.ties[number:], self.values[number:]
            self.is_cut = True


def store(values: Integers | Floats, kind: str = "q") -> array[Any]:
    """The values in an array that can grow."""
    stored = array(kind)
    stored.frombytes(values.tobytes())
    return stored
