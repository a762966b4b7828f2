"""Predictions as they were kept, taken up again."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.predictions import as_table, classes_of, restored
from lifecycle.evaluation.thresholds import NONE

IDS = pd.DataFrame({"row": ["a", "b", "c"]})


def kept(task, truth, scores, classes=(), threshold=None):
    return as_table(Case(task, np.array(truth), np.array(scores), IDS, IDS, classes, threshold=threshold), "row")


def test_two_classes_come_back_with_a_threshold_that_flags_the_same_rows():
    table = kept("binary", [0, 1, 1], [0.2, 0.5, 0.9], threshold=0.4)
    found = restored(table, "binary")
    assert list(found.ids) == ["a", "b", "c"]
    assert (found.truth.tolist(), found.scores.tolist(), found.cut) == ([0, 1, 1], [0.2, 0.5, 0.9], 0.5)
    assert restored(kept("binary", [0, 1, 1], [0.2, 0.5, 0.9], threshold=0.95), "binary").cut == NONE


def test_classes_come_back_in_the_order_asked_for_and_one_without_chances_had_none():
    table = kept("multiclass", [0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], ("x", "y"))
    assert classes_of(table) == ["x", "y"]
    found = restored(table, "multiclass", ("y", "new", "x"))
    assert found.truth.tolist() == [2, 0, 0]
    assert found.scores.tolist() == [[0.1, 0.0, 0.9], [0.8, 0.0, 0.2], [0.6, 0.0, 0.4]]


def test_numbers_come_back_with_and_without_interval():
    whole = restored(kept("regression", [1.0, 2.0, 3.0], [[0.0, 1.0, 2.0]] * 3), "regression")
    assert whole.scores.tolist() == [[0.0, 1.0, 2.0]] * 3
    assert restored(kept("regression", [1.0, 2.0, 3.0], [1.5] * 3), "regression").scores.tolist() == [1.5] * 3


def test_clusters_come_back_as_numbers():
    assert restored(kept("clustering", [[0.0]] * 3, [0.0, 1.0, 1.0]), "clustering").scores.tolist() == [0.0, 1.0, 1.0]


def test_rows_are_taken_by_name_in_the_order_asked_for():
    found = restored(kept("regression", [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]), "regression").of(pd.Index(["c", "a"]))
    assert (found.truth.tolist(), found.scores.tolist()) == ([3.0, 1.0], [6.0, 4.0])


def test_the_predictions_of_another_task_are_rejected():
    with pytest.raises(UnfitTable, match="no column actual, predicted, which regression has"):
        restored(kept("binary", [0, 1, 1], [0.2, 0.5, 0.9]), "regression")
