"""Later rows against the reference: what was looked at in each period, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from lifecycle.monitoring import alerts, column_checks, multivariate, performance_checks
from lifecycle.monitoring.alerts import Alert
from lifecycle.monitoring.observations import Rows
from lifecycle.monitoring.performance_checks import RESULTS, Judge
from lifecycle.monitoring.signals import Signal, judged

OF_FEATURES = ("drift", "missing", "new", "outside")


@dataclass(frozen=True)
class Found:
    """What came out, one row each: of `columns` in a period, of KPIs (`results`), of `slices`, of `signals`.

    `seasonal` names the features that follow the season; `rows` counts those of each period, `few` names the
    periods with too few to be judged by more than their number.
    """

    columns: pd.DataFrame
    results: pd.DataFrame
    slices: pd.DataFrame
    signals: pd.DataFrame
    alerts: list[Alert]
    seasonal: list[str]
    rows: dict[str, int]
    few: list[str]

    @property
    def newest(self) -> str:
        """The last period that was judged, or whose few rows are a signal; empty where there is none."""
        judged = {name for name in self.rows if name not in self.few}
        return max(judged.union(self.signals.loc[self.signals["raised"], "period"]), default="")

    @property
    def present(self) -> list[Alert]:
        """The alerts that are on in the last period."""
        return [one for one in self.alerts if one.period == self.newest]


def watch(before: Rows, now: Rows, judge: Judge, broken: Sequence[tuple[str, str]] = ()) -> Found:
    """Everything that is looked at in later rows, beside the rows that the model learned from.

    `broken` names columns that are not what they should be, and why.
    """
    monitor = judge.monitor
    parts = {name: now.take(places) for name, places in now.periods.items() if len(places) >= monitor.rows}
    known = column_checks.watched(before, judge.held, monitor)
    drifts = [
        (name, one, found)
        for name, part in parts.items()
        for one, found in column_checks.drifts(known, part, monitor.rows)
    ]
    seasonal = multivariate.seasonal(known, monitor)
    results = performance_checks.results(judge, parts)
    signals = [
        *(
            Signal(name, "schema", column, 1.0, 1.0, 0.0, f"{column}: {why}")
            for name in parts
            for column, why in broken
        ),
        *column_checks.volumes(before, now, monitor),
        *(signal for name, one, found in drifts for signal in column_checks.signals(name, one, found, monitor)),
        *multivariate.signals(before, parts, seasonal, monitor, judge.seed),
        *performance_checks.signals(judge, results, parts),
    ]
    table = judged(signals, monitor.alpha)
    return Found(
        columns=pd.DataFrame([{"period": name, "kind": one.kind, **asdict(found)} for name, one, found in drifts]),
        results=pd.DataFrame([one.row() for one in results], columns=RESULTS),
        slices=performance_checks.sliced(judge, parts),
        signals=table,
        alerts=alerts.alerts(table, monitor.rules, judge.leaned),
        seasonal=seasonal,
        rows={name: len(places) for name, places in now.periods.items()},
        few=[name for name in now.periods if name not in parts],
    )


def causes(found: Found, leaned: Mapping[str, float]) -> pd.DataFrame:
    """The features with a raised signal, those that the model leans on most first.

    `period`, `feature`, `kind`, `size`, `usual`, and `fall`, that of the problem's score when the feature's
    values are shuffled, as `leaned` has it.
    """
    own = found.signals["kind"].isin(OF_FEATURES) & found.signals["raised"]
    rows = found.signals.loc[own, ["period", "subject", "kind", "size", "usual"]].rename(columns={"subject": "feature"})
    told = rows.assign(fall=rows["feature"].map(dict(leaned)).astype("float64"))
    order = ["period", "fall", "size", "feature", "kind"]
    return told.sort_values(order, ascending=[True, False, False, True, True], ignore_index=True)
