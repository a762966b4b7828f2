"""Measures of predicted chances: of the positive class, or one column for each class."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def calibration_error(labels: Labels, chance: Floats, *, sample_weight: Floats | None = None, bins: int = 10) -> float:
    """Mean distance between predicted chance and observed rate over bins of equally many rows, 0 to 1.

    The expected calibration error with equal-mass bins (Nixon et al., CVPR workshops 2019). Of several
    classes, the chance of the likeliest is held against how often it is the true one.
    """
    if chance.ndim == 2:
        labels, chance = foremost(labels, chance)
    weights = np.ones(len(labels)) if sample_weight is None else sample_weight
    order = np.argsort(chance, kind="stable")
    total = 0.0
    for part in np.array_split(order, bins):
        mass = weights[part].sum()
        if mass > 0:
            total += abs(float((weights[part] * (chance[part] - labels[part])).sum()))
    return total / float(weights.sum())


def foremost(labels: Labels, chance: Floats) -> tuple[Labels, Floats]:
    """For each row whether its likeliest class is the true one, 0 or 1, and the chance of that class."""
    return (chance.argmax(axis=1) == labels).astype(np.int64), chance.max(axis=1)


def of_truth(labels: Labels, chance: Floats) -> Floats:
    """The chance that was given to each row's true class."""
    if chance.ndim == 2:
        return chance[np.arange(len(labels)), labels]
    return np.where(labels == 1, chance, 1 - chance)


def log_loss(labels: Labels, chance: Floats, *, sample_weight: Floats | None = None) -> float:
    """Mean surprise at the truth, in nats, with chances kept 2.2e-16 from 0 and 1.

    Classes that no row is of may have a column.
    """
    least = np.finfo(np.float64).eps
    sure = np.clip(of_truth(labels, chance), least, 1 - least)
    return float(np.average(-np.log(sure), weights=sample_weight))


def brier(labels: Labels, chance: Floats, *, sample_weight: Floats | None = None) -> float:
    """Mean squared distance between chance and truth (Brier, Monthly Weather Review 78, 1950).

    0 to 1 for the chance of the positive class; 0 to 2 for several classes, where the squares of all
    columns are summed.
    """
    if chance.ndim == 1:
        return float(np.average((labels - chance) ** 2, weights=sample_weight))
    truth = labels[:, None] == np.arange(chance.shape[1])
    return float(np.average(((truth - chance) ** 2).sum(axis=1), weights=sample_weight))


def roc_auc_ovr(labels: Labels, chance: Floats, *, sample_weight: Floats | None = None) -> float:
    """ROC-AUC of each class against the rest, averaged over the classes that some but not all rows are of.

    NaN where there is no such class.
    """
    from sklearn.metrics import roc_auc_score

    return one_versus_rest(roc_auc_score, labels, chance, sample_weight)


def pr_auc_ovr(labels: Labels, chance: Floats, *, sample_weight: Floats | None = None) -> float:
    """Average precision of each class against the rest, averaged over the classes that some but not all rows are of.

    NaN where there is no such class.
    """
    from sklearn.metrics import average_precision_score

    return one_versus_rest(average_precision_score, labels, chance, sample_weight)


def one_versus_rest(measure: Callable[..., float], labels: Labels, chance: Floats, weights: Floats | None) -> float:
    """The mean over the classes of a measure of two classes; rows without weight show no class."""
    counted = np.ones(len(labels), dtype=bool) if weights is None else weights > 0
    shown = np.unique(labels[counted])
    if len(shown) < 2:
        return float("nan")
    return float(np.mean([measure(labels == code, chance[:, code], sample_weight=weights) for code in shown]))
