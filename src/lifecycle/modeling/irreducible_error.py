"""The irreducible error: how far the labels of rows disagree that are equal in all features.

No model can tell such rows apart, so that what their labels disagree about bounds what any model can reach on them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats, Integers, Labels
from lifecycle.data.problem import Task

LEAST_ROWS = 100  # that repeat
LEAST_GROUPS = 30  # that they make
Z = 1.96  # of a 95 % interval


@dataclass(frozen=True)
class MetricLimit:
    """The best value of a metric that any model can reach on rows that repeat, with its 95 % confidence interval.

    `is_bound`: no model is better, and the best one may be worse; else it is an estimate of the best one's value.
    """

    metric: str
    value: float
    low: float
    high: float
    is_bound: bool


@dataclass(frozen=True)
class IrreducibleError:
    """The train rows that equal another in all features, the groups that they make, and what any model can reach there.

    `share` is theirs of the train rows, 0 to 1. `limits` is empty where they are too few.
    """

    rows: int
    groups: int
    share: float
    limits: list[MetricLimit]


def estimate_irreducible_error(features: pd.DataFrame, labels: Labels, task: Task) -> IrreducibleError | None:
    """What any model can reach on rows that repeat; None for clustering, which has no labels.

    Missing values are equal to each other. Classes: the share of pairs of equal rows whose labels differ is the error
    of the nearest neighbour in the limit (Cover and Hart 1967), which bounds the Bayes error from below; half of it is
    the least Brier score of two classes; and with the variance of the probability that follows from it, it bounds
    ROC-AUC. Numbers: the pure error (Draper and Smith, Applied Regression Analysis, 1998, section 2.1).
    """
    if task == "clustering":
        return None
    groups = number_equal_rows(features)
    repeated = np.bincount(groups)[groups] > 1
    found, count = int(repeated.sum()), len(np.unique(groups[repeated]))
    limits = []
    if found >= LEAST_ROWS and count >= LEAST_GROUPS:
        places = np.unique(groups[repeated], return_inverse=True)[1]
        limits = (limit_number if task == "regression" else limit_classes)(places, labels[repeated], task)
    return IrreducibleError(found, count, found / len(labels), limits)


def number_equal_rows(features: pd.DataFrame) -> Integers:
    """The number of each row's group: rows are of one group where they are equal in every column."""
    codes = np.zeros(len(features), dtype=np.int64)
    for _, column in features.items():
        values, distinct = pd.factorize(column)  # -1 where missing
        codes = pd.factorize(codes * (len(distinct) + 1) + values + 1)[0].astype(np.int64)
        if len(codes) and codes.max() == len(codes) - 1:
            break
    return codes


def limit_classes(groups: Integers, labels: Labels, task: Task) -> list[MetricLimit]:
    """What any model can reach for classes; `groups` are numbered from 0 and have two rows or more each."""
    sizes = np.bincount(groups)
    counts = count_classes(groups, labels)
    differ = 1 - (counts * (counts - 1)).sum(axis=1) / (sizes * (sizes - 1))
    rate, deviation = average_groups(differ, sizes)
    present = int((counts.sum(axis=0) > 0).sum())
    low, high = max(rate - Z * deviation, 0.0), min(rate + Z * deviation, 1.0)
    accuracy, best, worst = (bound_accuracy(one, present) for one in (rate, low, high))
    limits = [MetricLimit("accuracy", accuracy, worst, best, is_bound=True)]
    if task == "binary" and present == 2:
        area, best, worst = (bound_auc(one, float(labels.mean())) for one in (rate, low, high))
        limits.append(MetricLimit("roc_auc", area, worst, best, is_bound=True))
    if task == "binary":
        limits.append(MetricLimit("brier", rate / 2, low / 2, high / 2, is_bound=False))
    return limits


def count_classes(groups: Integers, labels: Labels) -> Floats:
    """The rows of each class in each group, of shape (groups, classes)."""
    classes, codes = np.unique(labels, return_inverse=True)
    size = len(classes)
    cells = np.bincount(groups * size + codes, minlength=(int(groups.max()) + 1) * size)
    return cells.reshape(-1, size).astype(np.float64)


def average_groups(values: Floats, weights: Integers) -> tuple[float, float]:
    """The weighted mean over groups and its standard error: that of a ratio of sums over independent groups."""
    total = weights.sum()
    mean = float((values * weights).sum() / total)
    spread = ((weights * (values - mean)) ** 2).sum() * len(weights) / (len(weights) - 1)
    return mean, float(math.sqrt(spread) / total)


def bound_accuracy(differ: float, classes: int) -> float:
    """The largest accuracy, by Cover and Hart's lower bound of the Bayes error, from the share of differing pairs."""
    if classes < 2:
        return 1.0
    most = (classes - 1) / classes
    return 1 - most * (1 - math.sqrt(max(1 - differ / most, 0.0)))


def bound_auc(differ: float, share: float) -> float:
    """The largest ROC-AUC: of the best score, the probability itself, it is 1/2 + E|p - p'| / (4 share (1 - share)).

    E|p - p'| of two rows is at most the root of twice the variance of p, which is share (1 - share) - differ / 2.
    """
    both = share * (1 - share)
    variance = max(both - differ / 2, 0.0)
    return min(0.5 + math.sqrt(2 * variance) / (4 * both), 1.0)


def limit_number(groups: Integers, labels: Labels, task: Task) -> list[MetricLimit]:
    """The least RMSE for numbers; `groups` are numbered from 0 and have two rows or more each."""
    sizes = np.bincount(groups)
    means = np.bincount(groups, weights=labels) / sizes
    squares = np.bincount(groups, weights=(labels - means[groups]) ** 2)
    error, deviation = average_groups(squares / (sizes - 1), sizes - 1)
    ends = (error, max(error - Z * deviation, 0.0), error + Z * deviation)
    value, low, high = (math.sqrt(one) for one in ends)
    return [MetricLimit("rmse", value, low, high, is_bound=False)]
