"""Signals of single columns: the features, the model's answers, the labels, and the rows per day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.monitoring import drift, periods
from lifecycle.monitoring.alerts import ALL, Kind
from lifecycle.monitoring.drift import Drift, Reference
from lifecycle.monitoring.observations import Rows
from lifecycle.monitoring.performance_estimation import Answers
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.signals import Signal


@dataclass(frozen=True)
class Watched:
    """What a column was, and which signal its drift is."""

    kind: Kind
    reference: Reference
    usual: Mapping[str, float]


def watched(before: Rows, held: Rows, monitor: Monitor) -> list[Watched]:
    """Features and labels as the model learned from them, and its answers as held rows had them."""
    kinds: list[tuple[Kind, pd.DataFrame | None, Rows]] = [
        ("drift", before.features, before),
        ("label", None if before.labels is None else before.labels.to_frame(), before),
        ("score", None if held.answers is None else answered(held.answers), held),
    ]
    found = [(kind, one) for kind, table, rows in kinds if table is not None for one in references(table, rows)]
    return [Watched(kind, one, drift.usual(one, monitor.measure)) for kind, one in found]


def references(columns: pd.DataFrame, rows: Rows) -> list[Reference]:
    """The reference of each column; the columns have the same rows as `rows`."""
    ordered = columns.iloc[np.concatenate(list(rows.periods.values()))]
    return [drift.reference(ordered[name], rows.bounds) for name in columns]


def answered(answers: Answers) -> pd.DataFrame:
    """The model's answers as columns whose drift is of interest."""
    if answers.task == "clustering":
        return pd.DataFrame({"cluster": pd.Series(answers.scores).astype("int64").astype("str")})
    if answers.task == "multiclass":
        return pd.DataFrame(answers.scores, columns=[f"probability {code}" for code in range(answers.scores.shape[1])])
    return pd.DataFrame({"probability" if answers.task == "binary" else "predicted": answers.number})


def drifts(columns: list[Watched], part: Rows, least: int) -> Iterator[tuple[Watched, Drift]]:
    """The drift of each column in rows of one period; labels count from so many known ones on."""
    answers = answered(part.answers) if part.answers is not None else pd.DataFrame()
    told = part.labels.iloc[part.known] if part.labels is not None and len(part.known) >= least else None
    for one in columns:
        name = one.reference.name
        if one.kind == "label" and told is not None:
            yield one, drift.compare(one.reference, told)
        elif one.kind == "score" and name in answers:
            yield one, drift.compare(one.reference, answers[name])
        elif one.kind == "drift":
            yield one, drift.compare(one.reference, part.features[name])


def signals(period: str, one: Watched, found: Drift, monitor: Monitor) -> Iterator[Signal]:
    """The signals of one column in one period: its drift, and for a feature what it lacks or never held."""
    limits, name, usual = monitor.limits, one.reference.name, one.usual
    size = found.psi if monitor.measure == "psi" else found.jensen_shannon
    words = f"{name}: {monitor.measure.replace('_', '-')} {size:.3f}, usual up to {usual['size']:.3f}"
    limit = {"drift": limits.drift, "score": limits.score, "label": limits.label}[one.kind]
    yield Signal(period, one.kind, name, size, limit, found.p, words, usual["size"])
    if one.kind != "drift":
        return
    was = float(one.reference.missing.sum() / one.reference.rows.sum())
    words = f"{name}: {found.missing:.1%} missing, {was:.1%} before"
    more = found.missing - was
    yield Signal(period, "missing", name, more, limits.missing, found.p_missing, words, usual["missing"])
    if one.reference.number:
        words = f"{name}: {found.outside:.1%} of the rows beyond the range seen"
        yield Signal(period, "outside", name, found.outside, limits.outside, found.p_outside, words, usual["outside"])
    else:
        words = f"{name}: {found.new:.1%} of the rows in categories never seen"
        yield Signal(period, "new", name, found.new, limits.new, found.p_new, words, usual["new"])


def volumes(before: Rows, now: Rows, monitor: Monitor) -> Iterator[Signal]:
    """Rows per day of each period against the reference's; nothing where rows have no time.

    The p-value is that of Welch's test (Biometrika 34, 1947) of the daily counts.
    """
    from scipy.stats import ttest_ind_from_stats

    if now.times is None or before.times is None:
        return
    old, new = (periods.daily(rows.times, monitor.every) for rows in (before, now) if rows.times is not None)
    means = old.groupby("period")["rows"].agg(["mean", "size"])
    middle, spread = float(old["rows"].mean()), float(old["rows"].std(ddof=1))
    whole = means.loc[means["size"] >= drift.TYPICAL * means["size"].median(), "mean"]
    usual = float((whole / middle - 1).abs().max()) if len(whole) > 2 else 0.0
    for period, rows in new.groupby("period")["rows"]:
        mean, deviation = float(rows.mean()), float(rows.std(ddof=1)) if len(rows) > 1 else spread
        p = 1.0
        if spread + deviation > 0:
            test = ttest_ind_from_stats(middle, spread, len(old), mean, deviation, max(len(rows), 2), equal_var=False)
            p = float(test.pvalue)
        words = f"{mean:,.1f} rows a day, {middle:,.1f} before"
        yield Signal(str(period), "volume", ALL, abs(mean / middle - 1), monitor.limits.volume, p, words, usual)
