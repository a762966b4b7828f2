"""The trivial baseline, which a model must beat: it knows the train part's labels and nothing of the row."""

import numpy as np
import numpy.typing as npt

from lifecycle.arrays import Floats
from lifecycle.data.problem import Task
from lifecycle.evaluation.metric import Truth

# The shares of train labels below the ends of the trivial interval.
ENDS = (0.1, 0.9)


def predict_baseline(labels_train: Truth, scores: Floats, task: Task, seed: int) -> Floats:
    """The trivial predictions for as many rows as there are scores, in their shape.

    The rate of positives; the rate of each class; the mean, between the ends of the middle 80 % where
    the scores are intervals; or, for clusters, the scores themselves shuffled among the rows.
    """
    if task == "clustering":
        return np.random.default_rng(seed).permutation(scores)
    prediction = (
        compute_class_rates(labels_train, scores.shape[1]) if task == "multiclass" else np.float64(labels_train.mean())
    )
    if task == "regression" and scores.ndim == 2:
        low, high = np.quantile(labels_train, ENDS)
        prediction = np.array([low, prediction, high])
    return np.broadcast_to(prediction, scores.shape).copy()


def compute_class_rates(labels: npt.NDArray[np.int64], classes: int) -> Floats:
    """The share of each class, also of those that no row is of."""
    return np.bincount(labels, minlength=classes) / len(labels)
