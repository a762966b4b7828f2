"""Signals of multivariate drift: whether a domain classifier tells later rows from earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lifecycle.evaluation.bootstrap import Interval
from lifecycle.monitoring import domain_classifier, drift
from lifecycle.monitoring.alerts import ALL
from lifecycle.monitoring.column_checks import MonitoredColumn
from lifecycle.monitoring.observations import Observations
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.signals import UNKNOWN, Signal, describe_usual
from lifecycle.statistics.hypothesis_tests import z_test_p_value


def find_seasonal_features(columns: Sequence[MonitoredColumn], monitor: Monitor) -> list[str]:
    """The features that follow the season, by which a classifier tells any later rows from earlier ones."""
    features = [one for one in columns if one.kind == "drift"]
    return [one.reference.name for one in features if one.usual.size >= monitor.domain_classifier.seasonal]


def build_domain_signals(
    before: Observations, parts: Mapping[str, Observations], left_out: Sequence[str], monitor: Monitor, seed: int
) -> Iterator[Signal]:
    """How well the other features tell the rows of each period from the reference's."""
    names = [str(name) for name in before.features if name not in left_out]
    if not names or not parts:
        return
    pairs = pair_reference_periods(before, monitor)
    usual = max((classify_domains(old, new, names, monitor, seed).value for old, new in pairs), default=UNKNOWN)
    for period, part in parts.items():
        found = classify_domains(before, part, names, monitor, seed)
        p_value = z_test_p_value(found.value - 0.5, (found.high - found.low) / (2 * domain_classifier.Z))
        interval = f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
        message = f"domain classifier: ROC-AUC {interval}, {describe_usual(usual)}"
        limit = monitor.limits.domain_classifier
        yield Signal(period, "domain_classifier", ALL, found.value, limit, p_value, message, usual)


def pair_reference_periods(before: Observations, monitor: Monitor) -> Iterator[tuple[Observations, Observations]]:
    """The other periods of the reference and the period itself, for each of the last complete ones."""
    typical = drift.TYPICAL * np.median([len(places) for places in before.periods.values()])
    complete = [name for name, places in before.periods.items() if len(places) >= max(typical, monitor.rows)]
    if len(complete) < drift.LEAST_PERIODS or not monitor.domain_classifier.periods:
        return
    for name in complete[-monitor.domain_classifier.periods :]:
        own = before.periods[name]
        yield before.take(np.setdiff1d(np.arange(len(before.features)), own)), before.take(own)


def classify_domains(
    old: Observations, new: Observations, names: Sequence[str], monitor: Monitor, seed: int
) -> Interval:
    """The ROC-AUC of a domain classifier of rows drawn from both sides, by these columns."""
    first, second = (draw_rows(rows, monitor.domain_classifier.rows, seed) for rows in (old, new))
    sides = (first.features[list(names)], second.features[list(names)])
    return domain_classifier.measure_domain_auc(*sides, (first.blocks, second.blocks), seed)


def draw_rows(rows: Observations, most: int, seed: int) -> Observations:
    """At most so many of the rows, drawn at random, in their order."""
    if len(rows.features) <= most:
        return rows
    places = np.random.default_rng(seed).choice(len(rows.features), size=most, replace=False)
    return rows.take(np.sort(places))
