"""Models that answer all rows alike: no row or every row positive, one class, one number, one cluster."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lifecycle.data.problem import Task
from lifecycle.evaluation.metric import decide_classes
from lifecycle.evaluation.predictions import Predictions
from lifecycle.review.paired_predictions import Pair


def find_remarks(pair: Pair, classes: Sequence[str]) -> list[str]:
    """A sentence for each of the models that answers all rows of the pair alike."""
    return [
        f"{name} model predicts {found}."
        for name, side in (("Base's", pair.base), ("Head's", pair.head))
        if (found := DESCRIBE[side.task](side, classes))
    ]


def describe_binary(side: Predictions, classes: Sequence[str]) -> str:
    """That no or every row reaches the threshold; empty where some do."""
    positive = decide_classes(side.scores, side.threshold)
    if not positive.any():
        most = f"its threshold is {side.threshold:.4f}, its probabilities go up to {side.scores.max():.4f}"
        return f"none of the {len(positive):,} rows positive: {most}"
    if positive.all():
        least = f"its threshold is {side.threshold:.4f}, its probabilities start at {side.scores.min():.4f}"
        return f"all {len(positive):,} rows positive: {least}"
    return ""


def describe_multiclass(side: Predictions, classes: Sequence[str]) -> str:
    """That every row has one class; empty where not."""
    found = np.unique(decide_classes(side.scores, side.threshold))
    return f"the class {classes[int(found[0])]} for all {len(side.ids):,} rows" if len(found) == 1 else ""


def describe_regression(side: Predictions, classes: Sequence[str]) -> str:
    """That every row has one number; empty where not."""
    return f"the number {side.number[0]:.4g} for all {len(side.ids):,} rows" if np.ptp(side.number) == 0 else ""


def describe_clustering(side: Predictions, classes: Sequence[str]) -> str:
    """That every row is in one cluster; empty where not."""
    return f"the cluster {side.scores[0]:.0f} for all {len(side.ids):,} rows" if np.ptp(side.scores) == 0 else ""


DESCRIBE: Mapping[Task, Callable[[Predictions, Sequence[str]], str]] = {
    "binary": describe_binary,
    "multiclass": describe_multiclass,
    "regression": describe_regression,
    "clustering": describe_clustering,
}
