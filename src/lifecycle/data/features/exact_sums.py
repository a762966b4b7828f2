"""Exact sums of runs of numbers: the order of the numbers, and what stands around a run, change no bit of its sum."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lifecycle.arrays import Floats, Integers

DIGITS = 53  # binary digits of a double
WORD = 62  # binary digits of whole numbers that an int64 holds with room for the sign

Whole = npt.NDArray[Any]  # whole numbers: int64, or Python integers of any length


@dataclass(frozen=True)
class PrefixSums:
    """The sums of the first 0, 1, 2, … numbers, each as a whole multiple of 2 ** `exponent`."""

    totals: Whole
    exponent: int

    def between(self, first: Integers, last: Integers) -> Floats:
        """The exact sums of the numbers in places `first` to `last` - 1, each rounded once to a double.

        Equal to `math.fsum` of the numbers; missing where the sum is beyond the range of doubles.
        """
        sums = self.totals[last] - self.totals[first]
        if sums.dtype == np.int64:
            return np.ldexp(sums.astype(np.float64), self.exponent)
        return np.fromiter((round_multiple(int(one), self.exponent) for one in sums), np.float64, len(sums))


def sum_prefixes(values: Floats) -> PrefixSums:
    """The sums of the first 0, 1, 2, … of finite values, exact whatever their size."""
    whole, exponents = split_floats(values)
    exponent = int(exponents[whole != 0].min(initial=np.iinfo(np.int64).max)) if whole.any() else 0
    shifts = np.where(whole != 0, exponents - exponent, 0)
    kind = np.int64 if fit_in_words(values, exponent) else np.object_
    multiples = whole.astype(kind) << shifts.astype(kind)
    return PrefixSums(np.concatenate([np.zeros(1, kind), np.cumsum(multiples)]), exponent)


def split_floats(values: Floats) -> tuple[Integers, Integers]:
    """Each value as an odd whole number (or 0) and the power of 2 that it is multiplied by."""
    mantissas, exponents = np.frexp(values)
    whole = np.ldexp(mantissas, DIGITS).astype(np.int64)
    lowest_bit = (whole & -whole).astype(np.float64)
    zeros = np.where(whole != 0, np.frexp(lowest_bit)[1].astype(np.int64) - 1, 0)
    return whole >> zeros, exponents.astype(np.int64) - DIGITS + zeros


def fit_in_words(values: Floats, exponent: int) -> bool:
    """Whether no sum of some of the values, as a multiple of 2 ** `exponent`, is too large for an int64 or a double."""
    highest = int(np.frexp(np.abs(values).max(initial=0.0))[1]) + len(values).bit_length()
    return highest <= min(exponent + WORD, np.finfo(np.float64).maxexp - 1)


def round_multiple(number: int, exponent: int) -> float:
    """`number` * 2 ** `exponent` rounded once to a double; missing where it is beyond the range of doubles."""
    try:
        return number / (1 << -exponent) if exponent < 0 else float(number << exponent)
    except OverflowError:
        return float("nan")
