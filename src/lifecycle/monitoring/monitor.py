"""Runs all checks of later rows against the training data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from lifecycle.monitoring import column_checks, multivariate, performance_checks
from lifecycle.monitoring.alerts import Alert, raise_alerts
from lifecycle.monitoring.column_checks import MonitoredColumn
from lifecycle.monitoring.drift import Drift
from lifecycle.monitoring.observations import Basis, BrokenColumn, Observations
from lifecycle.monitoring.performance_checks import RESULTS, Criteria, KpiResult
from lifecycle.monitoring.signals import Signal, evaluate_signals

OF_FEATURES = ("drift", "missing", "new", "outside")


@dataclass(frozen=True)
class MonitoringResult:
    """The results of all checks, a row each: of `columns` in a period, of KPIs (`results`), of `slices`, of `signals`.

    `seasonal` names the features that follow the season; `rows` counts those of each period, `few` names the
    periods with too few rows for any check but that of their number; `basis` is what predictions were compared with.
    """

    columns: pd.DataFrame
    results: pd.DataFrame
    slices: pd.DataFrame
    signals: pd.DataFrame
    alerts: list[Alert]
    seasonal: list[str]
    rows: dict[str, int]
    few: list[str]
    basis: Basis

    @property
    def newest(self) -> str:
        """The last period with enough rows, or whose few rows are a signal; empty where there is none."""
        complete = {name for name in self.rows if name not in self.few}
        return max(complete.union(self.signals.loc[self.signals["raised"], "period"]), default="")

    @property
    def present(self) -> list[Alert]:
        """The alerts that are active in the last period."""
        return [one for one in self.alerts if one.period == self.newest]


def run_checks(
    before: Observations,
    now: Observations,
    criteria: Criteria,
    compared: Observations,
    broken: Sequence[BrokenColumn] = (),
) -> MonitoringResult:
    """The findings on later rows, compared with the training data `before`.

    `now` has the predictions that were or would be served, which are measured. `compared` are those of these rows of
    which the reference's own model made the predictions: with it predictions are compared, and KPIs estimated.
    """
    monitor = criteria.monitor
    parts, predicted = (select_periods(rows, monitor.rows) for rows in (now, compared))
    columns = column_checks.describe_columns(before, criteria.reference.rows, monitor)
    drifts = [
        (name, one, found)
        for name, part in parts.items()
        for one, found in column_checks.compare_columns(columns, part, predicted.get(name), monitor.rows)
    ]
    seasonal = multivariate.find_seasonal_features(columns, monitor)
    results = performance_checks.evaluate_kpis(criteria, parts, predicted)
    signals = [
        *build_schema_signals(parts, broken),
        *column_checks.build_volume_signals(before, now, monitor),
        *build_drift_signals(drifts, criteria),
        *multivariate.build_domain_signals(before, parts, seasonal, monitor, criteria.seed),
        *performance_checks.build_performance_signals(criteria, results, parts),
    ]
    table = evaluate_signals(signals, monitor.alpha)
    return MonitoringResult(
        columns=pd.DataFrame([{"period": name, "kind": one.kind, **asdict(found)} for name, one, found in drifts]),
        results=tabulate_results(results),
        slices=performance_checks.evaluate_slices(criteria, predicted),
        signals=table,
        alerts=raise_alerts(table, monitor.rules, criteria.importance),
        seasonal=seasonal,
        rows={name: len(places) for name, places in now.periods.items()},
        few=[name for name in now.periods if name not in parts],
        basis=criteria.reference.basis,
    )


def select_periods(rows: Observations, least: int) -> dict[str, Observations]:
    """The rows of each period that has so many of them, by its name."""
    return {name: rows.take(places) for name, places in rows.periods.items() if len(places) >= least}


def build_schema_signals(periods: Iterable[str], broken: Sequence[BrokenColumn]) -> Iterator[Signal]:
    """A signal of each broken column in every period."""
    for period in periods:
        for one in broken:
            yield Signal(period, "schema", one.name, 1.0, 1.0, 0.0, f"{one.name}: {one.why}")


def build_drift_signals(drifts: list[tuple[str, MonitoredColumn, Drift]], criteria: Criteria) -> Iterator[Signal]:
    """The signals of every column in every period."""
    for period, one, found in drifts:
        yield from column_checks.build_column_signals(period, one, found, criteria.monitor)


def tabulate_results(results: Sequence[KpiResult]) -> pd.DataFrame:
    """One row per KPI and period."""
    return pd.DataFrame([one.row() for one in results], columns=RESULTS)


def rank_causes(found: MonitoringResult, importance: Mapping[str, float]) -> pd.DataFrame:
    """The features with a raised signal, those with the highest permutation importance first.

    `period`, `feature`, `kind`, `size`, `usual`, and `importance`, the drop of the problem's score when the
    feature's values are shuffled.
    """
    own = found.signals["kind"].isin(OF_FEATURES) & found.signals["raised"]
    rows = found.signals.loc[own, ["period", "subject", "kind", "size", "usual"]].rename(columns={"subject": "feature"})
    weighed = rows.assign(importance=rows["feature"].map(dict(importance)).astype("float64"))
    order = ["period", "importance", "size", "feature", "kind"]
    return weighed.sort_values(order, ascending=[True, False, False, True, True], ignore_index=True)
