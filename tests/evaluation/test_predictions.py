"""Predictions as tables and back, for each task."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.predictions import list_classes, parse_predictions, tabulate_case
from lifecycle.evaluation.thresholds import ABOVE_ALL

NAMES = pd.DataFrame({"id": ["a", "b", "c"]}, index=[7, 8, 9])


def tabulate(task, truth, scores, **more):
    case = Case(task=task, truth=np.array(truth), scores=np.array(scores), context=NAMES, features=NAMES, **more)
    return tabulate_case(case, "id").drop(columns="id").to_dict("list")


def test_a_row_is_predicted_positive_when_its_probability_reaches_the_threshold():
    found = tabulate("binary", [1, 0, 1], [0.4, 0.5, 0.6], threshold=0.5)
    assert found == {"label": [1, 0, 1], "probability": [0.4, 0.5, 0.6], "predicted": [False, True, True]}


def test_classes_have_their_names_and_a_probability_each():
    found = tabulate("multiclass", [1, 0, 0], [[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]], classes=("red", "blue"))
    assert found == {
        "label": ["blue", "red", "red"],
        "predicted": ["blue", "red", "red"],
        "probability_red": [0.2, 0.9, 0.5],
        "probability_blue": [0.8, 0.1, 0.5],
    }


def test_numbers_have_the_truth_and_their_interval_beside_them():
    assert tabulate("regression", [1.0, 2.0, 3.0], [1.5, 2.5, 3.5]) == {
        "actual": [1.0, 2.0, 3.0],
        "predicted": [1.5, 2.5, 3.5],
    }
    found = tabulate("regression", [1.0, 2.0, 3.0], [[0.0, 1.0, 2.0]] * 3)
    assert (found["low"], found["predicted"], found["high"]) == ([0.0] * 3, [1.0] * 3, [2.0] * 3)


def test_clusters_have_numbers():
    assert tabulate("clustering", [[0.0], [1.0], [2.0]], [0.0, 1.0, 1.0]) == {"cluster": [0, 1, 1]}


def test_rows_keep_their_ids():
    case = Case(task="clustering", truth=np.zeros((3, 1)), scores=np.zeros(3), context=NAMES, features=NAMES)
    assert tabulate_case(case, "id")["id"].tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["label", "probability_x", "cluster", "predicted"])
def test_ids_called_like_a_column_of_predictions_stand_as_id(name):
    rows = pd.DataFrame({name: ["a", "b"]})
    table = tabulate_case(Case("multiclass", np.array([0, 1]), np.eye(2), rows, rows, ("x", "y")), name)
    assert table.columns.tolist() == ["id", "label", "predicted", "probability_x", "probability_y"]
    assert list(parse_predictions(table, "multiclass", ("x", "y")).ids) == ["a", "b"]


IDS = pd.DataFrame({"row": ["a", "b", "c"]})


def tabulate_rows(task, truth, scores, classes=(), threshold=None):
    return tabulate_case(Case(task, np.array(truth), np.array(scores), IDS, IDS, classes, threshold=threshold), "row")


def test_two_classes_are_parsed_with_a_threshold_that_predicts_the_same_rows_positive():
    table = tabulate_rows("binary", [0, 1, 1], [0.2, 0.5, 0.9], threshold=0.4)
    found = parse_predictions(table, "binary")
    assert list(found.ids) == ["a", "b", "c"]
    assert (found.truth.tolist(), found.scores.tolist(), found.threshold) == ([0, 1, 1], [0.2, 0.5, 0.9], 0.5)
    assert (
        parse_predictions(tabulate_rows("binary", [0, 1, 1], [0.2, 0.5, 0.9], threshold=0.95), "binary").threshold
        == ABOVE_ALL
    )


def test_classes_are_parsed_in_the_given_order_and_one_without_a_column_has_probability_0():
    table = tabulate_rows("multiclass", [0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], ("x", "y"))
    assert list_classes(table) == ["x", "y"]
    found = parse_predictions(table, "multiclass", ("y", "new", "x"))
    assert found.truth.tolist() == [2, 0, 0]
    assert found.scores.tolist() == [[0.1, 0.0, 0.9], [0.8, 0.0, 0.2], [0.6, 0.0, 0.4]]


def test_numbers_are_parsed_with_and_without_interval():
    full = parse_predictions(tabulate_rows("regression", [1.0, 2.0, 3.0], [[0.0, 1.0, 2.0]] * 3), "regression")
    assert full.scores.tolist() == [[0.0, 1.0, 2.0]] * 3
    assert (
        parse_predictions(tabulate_rows("regression", [1.0, 2.0, 3.0], [1.5] * 3), "regression").scores.tolist()
        == [1.5] * 3
    )


def test_clusters_are_parsed_as_numbers():
    assert parse_predictions(
        tabulate_rows("clustering", [[0.0]] * 3, [0.0, 1.0, 1.0]), "clustering"
    ).scores.tolist() == [0.0, 1.0, 1.0]


def test_rows_are_selected_by_id_in_the_given_order():
    found = parse_predictions(tabulate_rows("regression", [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]), "regression").select(
        pd.Index(["c", "a"])
    )
    assert (found.truth.tolist(), found.scores.tolist()) == ([3.0, 1.0], [6.0, 4.0])


def test_the_predictions_of_another_task_are_rejected():
    with pytest.raises(UnfitTable, match="no column actual, which regression has"):
        parse_predictions(tabulate_rows("binary", [0, 1, 1], [0.2, 0.5, 0.9]), "regression")
