"""The labels that came back: their share of the predictions, and their delay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lifecycle.monitoring.observations import Observations


@dataclass(frozen=True)
class ReportTable:
    """A table for the report: a name for programs, a heading and a summary for a person, and formats of its columns."""

    name: str
    heading: str
    summary: str
    rows: pd.DataFrame
    formats: Mapping[str, str]


def measure_label_coverage(rows: Observations, versions: pd.Series, release: str) -> ReportTable:
    """The share of labelled predictions by period and release, and the days from prediction to label.

    The median and the 90th percentile of the days are those of the labels whose time is known. The summary counts the
    predictions that were not made by this `release`.
    """
    labels = pd.Series(False, index=range(len(rows.period))) if rows.labels is None else rows.labels.notna()
    table = pd.DataFrame({"period": rows.period.to_numpy(), "release": versions.to_numpy(), "label": labels.to_numpy()})
    table["days"] = float("nan") if rows.delays is None else rows.delays.to_numpy()
    found = table.groupby(["period", "release"], as_index=False).agg(
        rows=("label", "size"),
        labelled=("label", "mean"),
        days_median=("days", "median"),
        days_90=("days", lambda days: days.quantile(0.9)),
    )
    timed = table["days"].dropna()
    summary = f"{int(table['label'].sum()):,} of {len(table):,} predictions have a label"
    if len(timed):
        summary += (
            f"; {len(timed):,} labels have a time: a median of {timed.median():.3g} days after the prediction, "
            f"90th percentile {timed.quantile(0.9):.3g} days"
        )
    others = int((versions != release).sum())
    if others:
        summary += (
            f"; {others:,} are not of release {release}, which is here: they are measured, but neither compared with "
            "its reference nor estimated"
        )
    formats = {"period": "", "release": "", "rows": ",", "labelled": ".1%", "days_median": ".3g", "days_90": ".3g"}
    return ReportTable("labels", "Labels", f"{summary}.", found, formats)
