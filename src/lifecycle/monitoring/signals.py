"""Signals: a size, its limit, what is usual, and whether chance explains it; one rule for all kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from lifecycle.evaluation.bootstrap import Resampled
from lifecycle.monitoring.alerts import Kind


@dataclass(frozen=True)
class Signal:
    """One thing that was looked at in one period.

    `size` and `limit` are in the unit of the kind; `usual` is the largest size of the reference's own periods;
    `p` is the p-value of the size when nothing changed; `said` is it in words.
    """

    period: str
    kind: Kind
    subject: str
    size: float
    limit: float
    p: float
    said: str
    usual: float = 0.0


COLUMNS = ["period", "kind", "subject", "size", "limit", "usual", "p", "p_adjusted", "raised", "said"]


def judged(signals: Sequence[Signal], alpha: float) -> pd.DataFrame:
    """One row per signal, with `p_adjusted` and `raised`.

    A signal is raised when its size reaches the limit, exceeds what is usual, and its adjusted p-value is at
    most alpha: large samples make any difference significant, and of many columns some differ by chance.
    """
    table = pd.DataFrame([asdict(one) for one in signals], columns=[one.name for one in fields(Signal)])
    table["p_adjusted"] = table.groupby("period")["p"].transform(adjusted)
    table["raised"] = (
        (table["size"] >= table["limit"]) & (table["size"] > table["usual"]) & (table["p_adjusted"] <= alpha)
    )
    return table[COLUMNS]


def adjusted(p: pd.Series) -> pd.Series:
    """P-values adjusted for their number, those that could not be taken left out.

    Benjamini and Hochberg, J. Royal Statistical Society B 57 (1995).
    """
    from scipy.stats import false_discovery_control

    there = p.notna()
    found = pd.Series(np.nan, index=p.index, dtype="float64")
    if there.any():
        found[there] = false_discovery_control(p[there].clip(0, 1).to_numpy())
    return found


def p_value(size: float, spread: float) -> float:
    """The one-sided p-value of a size when the true one is 0 and its standard error is `spread`; NaN without either."""
    from scipy.stats import norm

    if np.isnan(size) or np.isnan(spread):
        return float("nan")
    return float(norm.sf(size / spread)) if spread > 0 else float(size <= 0)


def error(found: Resampled) -> float:
    """The standard error of a value: the spread of its draws; NaN with fewer than two."""
    draws = found.draws[~np.isnan(found.draws)]
    return float(draws.std(ddof=1)) if len(draws) > 1 else float("nan")
