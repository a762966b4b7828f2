"""Metrics by slice of the rows, such as each carrier, origin or month, which an average hides."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Metric, compute_metric


def score_slices(case: Case, columns: Sequence[str], name: str, metric: Metric) -> pd.DataFrame:
    """One row per value of each column: `column`, `value`, `rows`, the task's description of it, and the metric.

    The metric is missing where it cannot be taken, such as in a slice of one class only.
    """
    rows: list[dict[str, Any]] = []
    for column in columns:
        for key, places in sorted(group_rows(case.context[column]).items()):
            measured = compute_metric(name, metric, case.truth[places], case.scores[places], case.decision_threshold)
            part = {"column": column, "value": str(key), "rows": len(places)}
            rows.append(part | describe_slice(case, places) | {name: measured})
    return pd.DataFrame(rows, columns=None if rows else ["column", "value", "rows", name])


def group_rows(column: pd.Series) -> dict[Any, npt.NDArray[np.intp]]:
    """The positions of the rows that share a value, by the value as text."""
    texts = column.astype("str").fillna("(missing)").reset_index(drop=True)
    indices = texts.to_frame("value").groupby("value").indices
    return {key: np.asarray(places) for key, places in indices.items()}


def describe_slice(case: Case, places: npt.NDArray[np.intp]) -> dict[str, float]:
    """A summary of some rows for the task.

    For two classes `rate`, the share of positives, `predicted`, the mean probability, and `predicted_positive`, the
    share at or above the threshold; for numbers the means of `actual` and `predicted`;
    for clusters the share of the rows in the largest, `largest_cluster`; for several classes nothing.
    """
    truth = case.truth[places]
    if case.task == "binary":
        probability = case.scores[places]
        positive = float((probability >= case.decision_threshold).mean())
        return {"rate": float(truth.mean()), "predicted": float(probability.mean()), "predicted_positive": positive}
    if case.task == "regression":
        return {"actual": float(truth.mean()), "predicted": float(case.number[places].mean())}
    if case.task == "clustering":
        _, sizes = np.unique(case.clusters[places], return_counts=True)
        return {"largest_cluster": float(sizes.max() / len(places))}
    return {}


def find_worst_slices(
    slices: pd.DataFrame, name: str, metric: Metric, least_rows: int = 300, count: int = 5
) -> pd.DataFrame:
    """The slices of at least that many rows in which the metric is worst, the worst first."""
    large = slices[(slices["rows"] >= least_rows) & slices[name].notna()]
    return large.sort_values([name, "column", "value"], ascending=[metric.sign > 0, True, True]).head(count)
