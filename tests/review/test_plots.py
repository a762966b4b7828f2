"""Curves and tables of two models on a handful of rows."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.predictions import Predictions
from lifecycle.review.paired_predictions import Pair
from lifecycle.review.plots import CalibrationBin, ClusterSize, Plots, ResidualBin, compare_plots

IDS = pd.Index(list("abcd"))


def pair(task, truth, base, head, threshold=0.5):
    sides = [Predictions(task, IDS, np.array(scores), np.array(truth), threshold) for scores in (base, head)]
    return Pair("rows", *sides, pd.DataFrame(index=IDS), pd.Series(IDS))


def test_two_classes_have_roc_calibration_and_confusion():
    found = compare_plots(pair("binary", [0, 0, 1, 1], [0.1, 0.9, 0.2, 0.8], [0.1, 0.2, 0.8, 0.9]), "binary", ())
    assert found.roc.head == pytest.approx([0.0] + [1.0] * 20)
    assert (found.roc.base[9], found.roc.base[10]) == (0.0, 1.0)
    assert [(row.actual, row.predicted, row.base, row.head) for row in found.confusion] == [
        ("no", "no", 1, 2), ("no", "yes", 1, 0), ("yes", "no", 1, 0), ("yes", "yes", 1, 2),
    ]  # fmt: skip
    assert found.calibration[0] == CalibrationBin(
        base_predicted=0.1, base_observed=0.0, head_predicted=0.1, head_observed=0.0
    )


def test_numbers_have_errors_and_residuals():
    found = compare_plots(
        pair("regression", [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 5.0]), "regression", ()
    )
    assert set(found.errors.base) == {0.0}
    assert set(found.errors.head) == {1.0}
    assert found.residuals[0] == ResidualBin(rows=1, actual=1.0, base=0.0, head=-1.0)


def test_several_classes_have_calibration_of_the_likeliest_and_confusion():
    sure, unsure = [[0.9, 0.1], [0.1, 0.9]] * 2, [[0.6, 0.4]] * 4
    found = compare_plots(pair("multiclass", [0, 1, 0, 1], unsure, sure), "multiclass", ("x", "y"))
    assert [(row.base, row.head) for row in found.confusion] == [(2, 2), (0, 0), (2, 0), (0, 2)]
    assert found.calibration[0].head_observed == 1.0


def test_clusters_have_sizes():
    found = compare_plots(pair("clustering", [0.0] * 4, [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 2.0]), "clustering", ())
    assert found == Plots(
        clusters=[
            ClusterSize(cluster=0, base=2, head=3),
            ClusterSize(cluster=1, base=2, head=0),
            ClusterSize(cluster=2, base=0, head=1),
        ]
    )
