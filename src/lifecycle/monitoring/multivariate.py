"""Signals of all features together: whether later rows can be told from earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lifecycle.evaluation.bootstrap import Interval
from lifecycle.monitoring import domain_classifier, drift
from lifecycle.monitoring.alerts import ALL
from lifecycle.monitoring.column_checks import Watched
from lifecycle.monitoring.observations import Rows
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.signals import Signal, p_value


def seasonal(columns: Sequence[Watched], monitor: Monitor) -> list[str]:
    """The features that follow the season: by them any later rows can be told from earlier ones."""
    features = [one for one in columns if one.kind == "drift"]
    return [one.reference.name for one in features if one.usual["size"] >= monitor.joint.seasonal]


def signals(
    before: Rows, parts: Mapping[str, Rows], left_out: Sequence[str], monitor: Monitor, seed: int
) -> Iterator[Signal]:
    """Whether the rows of each period can be told from the reference's by the other features."""
    names = [str(name) for name in before.features if name not in left_out]
    if not names or not parts:
        return
    pairs = own_pairs(before, monitor)
    usual = max((told_apart(old, new, names, monitor, seed).value for old, new in pairs), default=0.0)
    for period, part in parts.items():
        found = told_apart(before, part, names, monitor, seed)
        p = p_value(found.value - 0.5, (found.high - found.low) / (2 * domain_classifier.Z))
        words = (
            f"rows told apart with ROC-AUC {found.value:.3f} ({found.low:.3f} to {found.high:.3f}), "
            f"usual up to {usual:.3f}"
        )
        yield Signal(period, "joint", ALL, found.value, monitor.limits.joint, p, words, usual)


def own_pairs(before: Rows, monitor: Monitor) -> Iterator[tuple[Rows, Rows]]:
    """The other periods of the reference and the period itself, for each of the last whole ones."""
    typical = drift.TYPICAL * np.median([len(places) for places in before.periods.values()])
    whole = [name for name, places in before.periods.items() if len(places) >= max(typical, monitor.rows)]
    if len(whole) < 3 or not monitor.joint.periods:
        return
    for name in whole[-monitor.joint.periods :]:
        own = before.periods[name]
        yield before.take(np.setdiff1d(np.arange(len(before.features)), own)), before.take(own)


def told_apart(old: Rows, new: Rows, names: Sequence[str], monitor: Monitor, seed: int) -> Interval:
    """How well rows drawn from both sides are told apart by these columns."""
    first, second = (drawn(rows, monitor.joint.rows, seed) for rows in (old, new))
    sides = (first.features[list(names)], second.features[list(names)])
    return domain_classifier.told_apart(*sides, (first.blocks, second.blocks), seed)


def drawn(rows: Rows, most: int, seed: int) -> Rows:
    """At most so many of the rows, drawn by chance, in their order."""
    if len(rows.features) <= most:
        return rows
    places = np.random.default_rng(seed).choice(len(rows.features), size=most, replace=False)
    return rows.take(np.sort(places))
