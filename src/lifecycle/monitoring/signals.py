"""Signals: a size, its limit, the usual size, and a p-value; one rule for all kinds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from lifecycle.evaluation.bootstrap import Resampled
from lifecycle.monitoring.alerts import Kind
from lifecycle.statistics.hypothesis_tests import adjust_benjamini_hochberg

UNKNOWN = float("nan")
NO_HISTORY = "no history yet"


@dataclass(frozen=True)
class Signal:
    """One check of one period.

    `size` and `limit` are in the unit of the kind; `usual` is the largest size of the reference's own periods, NaN
    where there is no history to tell it from; `p_value` is that of the size when nothing changed; `message` describes
    it to a person.
    """

    period: str
    kind: Kind
    subject: str
    size: float
    limit: float
    p_value: float
    message: str
    usual: float = UNKNOWN


COLUMNS = [
    "period", "kind", "subject", "size", "limit", "usual", "p_value", "adjusted_p_value", "raised", "message",
]  # fmt: skip


def evaluate_signals(signals: Sequence[Signal], alpha: float) -> pd.DataFrame:
    """One row per signal, with `adjusted_p_value` and `raised`.

    A signal is raised when its size reaches the limit, exceeds the usual size, and its p-value, corrected for the
    number of signals in its period, is at most alpha: in large samples any difference is significant, and of many
    columns some differ by chance alone. Where the usual size is not known the limit alone counts.
    """
    table = pd.DataFrame([asdict(one) for one in signals], columns=[one.name for one in fields(Signal)])
    table["adjusted_p_value"] = table.groupby("period")["p_value"].transform(
        lambda values: adjust_benjamini_hochberg(values.to_numpy(dtype="float64"))
    )
    large = (table["size"] >= table["limit"]) & ~(table["size"] <= table["usual"])
    table["raised"] = large & (table["adjusted_p_value"] <= alpha)
    return table[COLUMNS]


def describe_usual(usual: float) -> str:
    """The usual size for a message; that there is no history yet where it is not known.

    >>> describe_usual(0.0625), describe_usual(float("nan"))
    ('usual up to 0.062', 'no history yet')
    """
    return NO_HISTORY if math.isnan(usual) else f"usual up to {usual:.3f}"


def compute_standard_error(resampled: Resampled) -> float:
    """The standard deviation of a value's resamples; NaN with fewer than two."""
    draws = resampled.draws[~np.isnan(resampled.draws)]
    return float(draws.std(ddof=1)) if len(draws) > 1 else float("nan")
