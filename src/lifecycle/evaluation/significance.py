"""Whether one model does significantly better than another on the same rows, or the difference lies within noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lifecycle.evaluation.bootstrap import Interval, Resampled
from lifecycle.statistics.hypothesis_tests import adjust_holm

Mark = Literal["better", "worse", "within noise", "inconclusive"]

# Fewer independent blocks of rows tell nothing of the spread between them.
LEAST_BLOCKS = 5
LEVEL = 0.95


@dataclass(frozen=True)
class MetricChange:
    """One measure of two models on the same rows.

    `difference` is head less base with its 95 % interval. `gain` is its value in the direction of better. `luck` is the
    standard deviation that both cover beside that of the rows.
    `p_value` is the two-sided probability, 0 to 1, of a gain or loss as far beyond the tolerance when there
    is none beyond it; NaN where the rows cannot tell.
    """

    base: float
    head: float
    difference: Interval
    gain: float
    tolerance: float
    p_value: float
    luck: float = 0.0


def compare_measures(
    base: Resampled, head: Resampled, sign: int, blocks: int, tolerance: float = 0.0, luck: float = 0.0
) -> MetricChange:
    """How head differs from base: both measured on all rows and on the same resamples of so many blocks.

    `sign` is 1 where higher is better, -1 where lower is; differences up to `tolerance`, in the measure's
    unit, do not count. `luck` is the standard deviation of the difference for other reasons than which rows were
    drawn, 0 or more. The interval is Student's, with the standard error of the paired bootstrap, widened
    for few blocks (Hesterberg, The American Statistician 69, 2015, section 3.3 and 4.3).
    """
    both = head.subtract(base)
    error = math.hypot(standard_error(both, blocks), luck)
    reach = compute_quantile(blocks - 1, (1 + LEVEL) / 2) * error if math.isfinite(error) else math.nan
    difference = Interval(both.value, both.value - reach, both.value + reach)
    gain = sign * both.value
    found = p_value(gain, tolerance, error, blocks - 1)
    return MetricChange(base.value, head.value, difference, gain, tolerance, found, luck)


def standard_error(measured: Resampled, blocks: int) -> float:
    """The standard error from the resamples; NaN where blocks are few or half of the resamples lack a value."""
    there = measured.draws[~np.isnan(measured.draws)]
    if blocks < LEAST_BLOCKS or len(there) < max(2, len(measured.draws) / 2) or math.isnan(measured.value):
        return math.nan
    return float(there.std(ddof=1) * math.sqrt(blocks / (blocks - 1)))


def p_value(gain: float, tolerance: float, error: float, freedom: int) -> float:
    """The two-sided probability of a gain or loss as far beyond the tolerance by chance alone."""
    if math.isnan(error) or math.isnan(gain):
        return math.nan
    beyond = abs(gain) - tolerance
    if error == 0:
        return 0.0 if beyond > 0 else 1.0
    return min(1.0, 2 * compute_upper_tail(freedom, beyond / error))


def compute_upper_tail(freedom: int, value: float) -> float:
    """The share of Student's distribution above a value."""
    from scipy.special import stdtr

    return float(stdtr(freedom, -value))


def compute_quantile(freedom: int, share: float) -> float:
    """The value that so large a share of Student's distribution lies below."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))


def classify_changes(changes: Sequence[MetricChange], level: float = LEVEL) -> list[Mark]:
    """What each change is, when all of them were looked at together.

    Where nothing has changed, any of them is called better or worse in at most one of twenty looks.
    """
    return [
        classify_change(one, held, level)
        for one, held in zip(changes, adjust_holm([one.p_value for one in changes]), strict=True)
    ]


def classify_change(one: MetricChange, p_value: float, level: float) -> Mark:
    """What a change is at a probability that was corrected for the number of looks."""
    if math.isnan(p_value):
        return "inconclusive"
    if p_value > 1 - level:
        return "within noise"
    return "better" if one.gain > 0 else "worse"
