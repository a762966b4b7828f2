"""What is told beside the findings: how labels come back, and how the service does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lifecycle.monitoring.observations import Rows


@dataclass(frozen=True)
class Facts:
    """A table with its columns' formats, under a name for programs; a heading and words for a person."""

    name: str
    heading: str
    words: str
    rows: pd.DataFrame
    formats: Mapping[str, str]


def coverage(rows: Rows, versions: pd.Series) -> Facts:
    """How many answers of each period and release have a label, and the days from answer to label.

    Median and ninth decile of those days are of the labels whose time is known.
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
    words = f"{int(table['label'].sum()):,} of {len(table):,} answered rows have a label"
    if len(timed):
        words += (
            f"; of {len(timed):,} it is known when it came: {timed.median():.3g} days after the answer at the median, "
            f"{timed.quantile(0.9):.3g} for nine in ten"
        )
    formats = {"period": "", "release": "", "rows": ",", "labelled": ".1%", "days_median": ".3g", "days_90": ".3g"}
    return Facts("labels", "Labels", f"{words}.", found, formats)
