"""Base against head in curves and tables that a comment can show."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.evaluation import curves
from lifecycle.evaluation.metric import decide_classes
from lifecycle.evaluation.metrics.probabilistic import select_likeliest
from lifecycle.evaluation.predictions import Predictions
from lifecycle.review.paired_predictions import Pair

STEPS = 20
SHARES = np.linspace(0, 1, STEPS + 1)
MOST_CLASSES = 12


def plots(pair: Pair, task: str, classes: tuple[str, ...]) -> dict[str, Any]:
    """The task's curves and tables, each with a value of base and one of head."""
    if task == "binary":
        return {
            "roc": {"base": roc(pair.base), "head": roc(pair.head)},
            "calibration": calibrations(pair.base, pair.head),
            "confusion": confusion(pair, ("no", "yes")),
        }
    if task == "multiclass":
        shown = confusion(pair, classes) if len(classes) <= MOST_CLASSES else []
        return {"calibration": calibrations(*(surest(one) for one in (pair.base, pair.head))), "confusion": shown}
    if task == "regression":
        return {"errors": {"base": errors(pair.base), "head": errors(pair.head)}, "residuals": residuals(pair)}
    return {"clusters": sizes(pair)}


def roc(side: Predictions) -> list[float]:
    """The share of positives found at evenly spaced shares of false positives; empty where only one class is there."""
    points = curves.roc_points(side.truth, side.scores, 2000)
    if points.empty:
        return []
    found = np.interp(SHARES, points["false_positive_rate"], points["true_positive_rate"])
    return [0.0, *found[1:].tolist()]


def surest(side: Predictions) -> Predictions:
    """Of several classes the probability of the likeliest, and whether it is the true one."""
    right, probability = select_likeliest(side.truth, side.scores)
    return replace(side, truth=right, scores=probability)


def calibrations(base: Predictions, head: Predictions) -> list[dict[str, float]]:
    """Mean probability and share of positives in each tenth of the rows, from the lowest probability up, of both."""
    tables = {"base": base, "head": head}
    columns = {
        f"{side}_{name}": curves.calibration_table(one.truth, one.scores)[name]
        for side, one in tables.items()
        for name in ("predicted", "observed")
    }
    return [
        dict(zip(columns, values, strict=True))
        for values in zip(*(one.tolist() for one in columns.values()), strict=True)
    ]


def confusion(pair: Pair, classes: tuple[str, ...]) -> list[dict[str, Any]]:
    """How many rows of each class were given each class, of both."""
    said = [decide_classes(one.scores, one.threshold) for one in (pair.base, pair.head)]
    return [
        {
            "actual": actual,
            "predicted": predicted,
            "base": int(((pair.head.truth == row) & (said[0] == column)).sum()),
            "head": int(((pair.head.truth == row) & (said[1] == column)).sum()),
        }
        for row, actual in enumerate(classes)
        for column, predicted in enumerate(classes)
    ]


def errors(side: Predictions) -> list[float]:
    """The absolute error that each evenly spaced share of the rows stays below, up to nineteen twentieths."""
    return [float(one) for one in np.quantile(np.abs(side.truth - side.number), SHARES[:-1])]


def residuals(pair: Pair) -> list[dict[str, float]]:
    """In each tenth of the rows, by the truth, its mean and the mean of actual less predicted, of both."""
    order = np.argsort(pair.head.truth, kind="stable")
    return [
        {
            "rows": len(places),
            "actual": float(pair.head.truth[places].mean()),
            "base": residual(pair.base, places),
            "head": residual(pair.head, places),
        }
        for places in np.array_split(order, 10)
        if len(places)
    ]


def residual(side: Predictions, places: npt.NDArray[np.intp]) -> float:
    """The mean of actual less predicted of some rows."""
    return float((side.truth[places] - side.number[places]).mean())


def sizes(pair: Pair) -> list[dict[str, Any]]:
    """The rows of each cluster, of both."""
    counts = [pd.Series(one.scores.astype(np.int64)).value_counts() for one in (pair.base, pair.head)]
    names = sorted(set(counts[0].index) | set(counts[1].index))
    return [
        {"cluster": int(name), "base": int(counts[0].get(name, 0)), "head": int(counts[1].get(name, 0))}
        for name in names
    ]
