"""Metrics of predicted probabilities: of the positive class, or one column for each class."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def calibration_error(
    labels: Labels, probability: Floats, *, sample_weight: Floats | None = None, bins: int = 10
) -> float:
    """Mean distance between predicted probability and observed rate over bins of equally many rows, 0 to 1.

    The expected calibration error with equal-mass bins (Nixon et al., CVPR workshops 2019). Of several
    classes, the probability of the most probable is compared with how often it is the true one.
    """
    if probability.ndim == 2:
        labels, probability = select_likeliest(labels, probability)
    weights = np.ones(len(labels)) if sample_weight is None else sample_weight
    order = np.argsort(probability, kind="stable")
    total = 0.0
    for part in np.array_split(order, bins):
        mass = weights[part].sum()
        if mass > 0:
            total += abs(float((weights[part] * (probability[part] - labels[part])).sum()))
    return total / float(weights.sum())


def select_likeliest(labels: Labels, probability: Floats) -> tuple[Labels, Floats]:
    """For each row whether its most probable class is the true one, 0 or 1, and the probability of that class."""
    return (probability.argmax(axis=1) == labels).astype(np.int64), probability.max(axis=1)


def select_true_probability(labels: Labels, probability: Floats) -> Floats:
    """The probability that was given to each row's true class."""
    if probability.ndim == 2:
        return probability[np.arange(len(labels)), labels]
    return np.where(labels == 1, probability, 1 - probability)


def log_loss(labels: Labels, probability: Floats, *, sample_weight: Floats | None = None) -> float:
    """Mean negative log-probability of the true class, in nats, with probabilities kept 2.2e-16 from 0 and 1.

    Classes that no row is of may have a column.
    """
    least = np.finfo(np.float64).eps
    clipped = np.clip(select_true_probability(labels, probability), least, 1 - least)
    return float(np.average(-np.log(clipped), weights=sample_weight))


def brier(labels: Labels, probability: Floats, *, sample_weight: Floats | None = None) -> float:
    """Mean squared distance between probability and truth (Brier, Monthly Weather Review 78, 1950).

    0 to 1 for the probability of the positive class; 0 to 2 for several classes, where the squares of all
    columns are summed.
    """
    if probability.ndim == 1:
        return float(np.average((labels - probability) ** 2, weights=sample_weight))
    truth = labels[:, None] == np.arange(probability.shape[1])
    return float(np.average(((truth - probability) ** 2).sum(axis=1), weights=sample_weight))


def roc_auc_ovr(labels: Labels, probability: Floats, *, sample_weight: Floats | None = None) -> float:
    """ROC-AUC of each class against the rest, averaged over the classes that some but not all rows are of.

    NaN where there is no such class.
    """
    from sklearn.metrics import roc_auc_score

    return average_one_versus_rest(roc_auc_score, labels, probability, sample_weight)


def pr_auc_ovr(labels: Labels, probability: Floats, *, sample_weight: Floats | None = None) -> float:
    """Average precision of each class against the rest, averaged over the classes that some but not all rows are of.

    NaN where there is no such class.
    """
    from sklearn.metrics import average_precision_score

    return average_one_versus_rest(average_precision_score, labels, probability, sample_weight)


def average_one_versus_rest(
    measure: Callable[..., float], labels: Labels, probability: Floats, weights: Floats | None
) -> float:
    """The mean over the classes of a measure of two classes; rows without weight show no class."""
    counted = np.ones(len(labels), dtype=bool) if weights is None else weights > 0
    present = np.unique(labels[counted])
    if len(present) < 2:
        return float("nan")
    return float(np.mean([measure(labels == code, probability[:, code], sample_weight=weights) for code in present]))
