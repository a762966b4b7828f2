"""Signals of single columns: features, predictions, labels, and the rows per day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.evaluation.predictions import Predictions
from lifecycle.monitoring import drift, periods
from lifecycle.monitoring.alerts import ALL, Kind
from lifecycle.monitoring.drift import UsualDrift
from lifecycle.monitoring.observations import Observations
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.signals import UNKNOWN, Signal, describe_usual


@dataclass(frozen=True)
class MonitoredColumn:
    """A column's reference and usual drift, and the kind of signal that its drift is."""

    kind: Kind
    reference: drift.Reference
    usual: UsualDrift


def describe_columns(before: Observations, predicted: Observations, monitor: Monitor) -> list[MonitoredColumn]:
    """Features and labels of the training data, and the predictions on the reference's rows."""
    kinds: list[tuple[Kind, pd.DataFrame | None, Observations]] = [
        ("drift", before.features, before),
        ("label", None if before.labels is None else before.labels.to_frame(), before),
        ("prediction", tabulate_predictions(predicted.predictions), predicted),
    ]
    references = [
        (kind, one)
        for kind, table, rows in kinds
        if table is not None and not table.empty
        for one in describe_references(table, rows)
    ]
    return [MonitoredColumn(kind, one, drift.measure_usual_drift(one, monitor.measure)) for kind, one in references]


def describe_references(columns: pd.DataFrame, rows: Observations) -> list[drift.Reference]:
    """The reference of each column; the columns have the same rows as `rows`."""
    ordered = columns.iloc[np.concatenate(list(rows.periods.values()))]
    return [drift.describe_reference(ordered[name], rows.bounds) for name in columns]


def tabulate_predictions(predictions: Predictions | None) -> pd.DataFrame:
    """The columns of predictions whose drift is measured; none without predictions."""
    if predictions is None:
        return pd.DataFrame()
    if predictions.task == "clustering":
        return pd.DataFrame({"cluster": pd.Series(predictions.scores).astype("int64").astype("str")})
    if predictions.task == "multiclass":
        codes = range(predictions.scores.shape[1])
        return pd.DataFrame(predictions.scores, columns=[f"probability {code}" for code in codes])
    return pd.DataFrame({"probability" if predictions.task == "binary" else "predicted": predictions.number})


def compare_columns(
    columns: list[MonitoredColumn], part: Observations, predicted: Observations | None, least: int
) -> Iterator[tuple[MonitoredColumn, drift.Drift]]:
    """The drift of each column in one period: of the predictions in its `predicted` rows, of all else in all.

    Labels count from so many known ones on.
    """
    predictions = tabulate_predictions(predicted.predictions if predicted else None)
    labels = part.labels.iloc[part.known] if part.labels is not None and len(part.known) >= least else None
    for one in columns:
        name = one.reference.name
        if one.kind == "label" and labels is not None:
            yield one, drift.compare_column(one.reference, labels)
        elif one.kind == "prediction" and name in predictions:
            yield one, drift.compare_column(one.reference, predictions[name])
        elif one.kind == "drift":
            yield one, drift.compare_column(one.reference, part.features[name])


def build_column_signals(period: str, one: MonitoredColumn, found: drift.Drift, monitor: Monitor) -> Iterator[Signal]:
    """The signals of one column in one period: its drift, and of a feature missing, new and out-of-range values."""
    limits, name, usual = monitor.limits, one.reference.name, one.usual
    size = found.psi if monitor.measure == "psi" else found.jensen_shannon
    message = f"{name}: {monitor.measure.replace('_', '-')} {size:.3f}, {describe_usual(usual.size)}"
    limit = {"drift": limits.drift, "prediction": limits.prediction, "label": limits.label}[one.kind]
    yield Signal(period, one.kind, name, size, limit, found.p_value, message, usual.size)
    if one.kind != "drift":
        return
    before = float(one.reference.missing.sum() / one.reference.rows.sum())
    message = f"{name}: {found.missing:.1%} missing, {before:.1%} before"
    more = found.missing - before
    yield Signal(period, "missing", name, more, limits.missing, found.missing_p_value, message, usual.missing)
    if one.reference.number:
        message, share, p_value = (
            f"{name}: {found.outside:.1%} of the rows out of range",
            found.outside,
            found.outside_p_value,
        )
        yield Signal(period, "outside", name, share, limits.outside, p_value, message, usual.outside)
    else:
        message, share, p_value = f"{name}: {found.new:.1%} of the rows in new categories", found.new, found.new_p_value
        yield Signal(period, "new", name, share, limits.new, p_value, message, usual.new)


def build_volume_signals(before: Observations, now: Observations, monitor: Monitor) -> Iterator[Signal]:
    """Rows per day of each period against the reference's; nothing where rows have no time.

    The p-value is that of Welch's test (Biometrika 34, 1947) of the daily counts.
    """
    from scipy.stats import ttest_ind_from_stats

    if now.times is None or before.times is None:
        return
    old, new = (periods.count_daily_rows(times, monitor.every) for times in (before.times, now.times))
    means = old.groupby("period")["rows"].agg(["mean", "size"])
    middle, spread = float(old["rows"].mean()), float(old["rows"].std(ddof=1))
    typical = means.loc[means["size"] >= drift.TYPICAL * means["size"].median(), "mean"]
    usual = float((typical / middle - 1).abs().max()) if len(typical) >= drift.LEAST_PERIODS else UNKNOWN
    for period, rows in new.groupby("period")["rows"]:
        mean, deviation = float(rows.mean()), float(rows.std(ddof=1)) if len(rows) > 1 else spread
        p_value = 1.0
        if spread + deviation > 0:
            test = ttest_ind_from_stats(middle, spread, len(old), mean, deviation, max(len(rows), 2), equal_var=False)
            p_value = float(test.pvalue)
        message = f"{mean:,.1f} rows per day, {middle:,.1f} before"
        yield Signal(str(period), "volume", ALL, abs(mean / middle - 1), monitor.limits.volume, p_value, message, usual)
