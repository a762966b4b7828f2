"""How the model does for each carrier, origin, month: parts of the rows that an average hides."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Metric, value


def score(case: Case, columns: Sequence[str], name: str, metric: Metric) -> pd.DataFrame:
    """One row per value of each column: `column`, `value`, `rows`, what the task tells of it, and the metric.

    The metric is missing where it cannot be taken, such as in a slice of one class only.
    """
    found: list[dict[str, Any]] = []
    for column in columns:
        for key, places in sorted(groups(case.context[column]).items()):
            measured = value(name, metric, case.truth[places], case.scores[places], case.cut)
            part = {"column": column, "value": str(key), "rows": len(places)}
            found.append(part | described(case, places) | {name: measured})
    return pd.DataFrame(found, columns=None if found else ["column", "value", "rows", name])


def groups(column: pd.Series) -> dict[Any, npt.NDArray[np.intp]]:
    """The positions of the rows that share a value, by the value as text."""
    texts = column.astype("str").fillna("(missing)").reset_index(drop=True)
    found = texts.to_frame("value").groupby("value").indices
    return {key: np.asarray(places) for key, places in found.items()}


def described(case: Case, places: npt.NDArray[np.intp]) -> dict[str, float]:
    """What a task tells of some rows.

    For two classes `rate`, the share of positives, `predicted`, the mean probability, and `flagged`, the share
    at or above the threshold; for numbers the means of what was, `actual`, and of what was `predicted`;
    for clusters the share of the rows in the largest, `largest_cluster`; for several classes nothing.
    """
    truth = case.truth[places]
    if case.task == "binary":
        probability = case.scores[places]
        flagged = float((probability >= case.cut).mean())
        return {"rate": float(truth.mean()), "predicted": float(probability.mean()), "flagged": flagged}
    if case.task == "regression":
        return {"actual": float(truth.mean()), "predicted": float(case.number[places].mean())}
    if case.task == "clustering":
        _, sizes = np.unique(case.clusters[places], return_counts=True)
        return {"largest_cluster": float(sizes.max() / len(places))}
    return {}


def worst(slices: pd.DataFrame, name: str, metric: Metric, least_rows: int = 300, count: int = 5) -> pd.DataFrame:
    """The slices of at least that many rows in which the metric is worst, the worst first."""
    large = slices[(slices["rows"] >= least_rows) & slices[name].notna()]
    return large.sort_values([name, "column", "value"], ascending=[metric.sign > 0, True, True]).head(count)
