"""Labels that a cross-validated model confidently contradicts: left out or replaced."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.modeling.augment.checks import must_be_classes, must_be_share

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Labels = npt.NDArray[Any]


def drop_noisy_labels(
    inputs: pd.DataFrame, labels: Labels, *, seed: int, most: float = 0.02, folds: int = 5
) -> tuple[pd.DataFrame, Labels]:
    """The rows without at most a share `most` of noisy labels, the noisiest first.

    Raises WrongValue for labels that are no classes, UnfitTable for a class of one row.
    """
    places, _ = find_noisy_labels(inputs, labels, seed, most, folds, "clean_labels")
    clean = np.delete(np.arange(len(labels)), places)
    return inputs.iloc[clean].reset_index(drop=True), labels[clean]


def repair_noisy_labels(
    inputs: pd.DataFrame, labels: Labels, *, seed: int, most: float = 0.02, folds: int = 5
) -> tuple[pd.DataFrame, Labels]:
    """The rows, with the likelier class in place of at most a share `most` of noisy labels.

    Raises WrongValue for labels that are no classes, UnfitTable for a class of one row.
    """
    places, likelier = find_noisy_labels(inputs, labels, seed, most, folds, "clean_labels")
    repaired = labels.copy()
    repaired[places] = likelier
    return inputs.reset_index(drop=True), repaired


def find_noisy_labels(
    inputs: pd.DataFrame, labels: Labels, seed: int, most: float, folds: int, name: str
) -> tuple[Integers, Labels]:
    """The positions of the noisiest labels, and the more probable class for each.

    A label is noisy when another class is more probable and its probability reaches the mean that
    rows labelled with that class have (confident joint; Northcutt, Jiang and Chuang 2021). The noise is
    the difference between the two probabilities.
    """
    must_be_classes(labels, name, least=2)
    must_be_share(most, "most", name)
    classes, codes = np.unique(labels, return_inverse=True)
    probability = predict_out_of_fold(inputs, codes, len(classes), seed, folds)
    usual = np.array([probability[codes == number, number].mean() for number in range(len(classes))])
    other = np.where(probability >= usual, probability, -1.0)
    likelier = other.argmax(axis=1)
    noise = other.max(axis=1) - probability[np.arange(len(codes)), codes]
    noise[likelier == codes] = 0.0
    ranked = np.argsort(-noise, kind="stable")[: int(most * len(labels))]
    places = np.sort(ranked[noise[ranked] > 0])
    return places, classes[likelier[places]]


def predict_out_of_fold(inputs: pd.DataFrame, codes: Integers, classes: int, seed: int, folds: int) -> Floats:
    """The probability of each class for each row, from boosted trees that did not see the row."""
    from lightgbm import LGBMClassifier

    numbered = inputs.set_axis(
        [str(number) for number in range(inputs.shape[1])], axis=1
    )  # LightGBM rejects some names
    fold = assign_folds(codes, folds, seed)
    probability = np.zeros((len(codes), classes))
    for number in range(folds):
        inside = fold == number
        trees = LGBMClassifier(
            n_estimators=60,
            num_leaves=15,
            random_state=seed,
            deterministic=True,
            force_row_wise=True,
            verbose=-1,
            n_jobs=1,  # the trees are small: threads that wait for each other cost more
        ).fit(numbered[~inside], codes[~inside])
        if inside.any():
            probability[inside] = trees.predict_proba(numbered[inside])
    return probability


def assign_folds(codes: Integers, folds: int, seed: int) -> Integers:
    """The fold of each row, dealt at random class by class: a class of two rows is in every train part."""
    order = np.random.default_rng(seed).permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    fold = np.empty(len(codes), dtype=np.int64)
    fold[order] = np.arange(len(codes)) % folds
    return fold
