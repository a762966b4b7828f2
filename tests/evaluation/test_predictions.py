"""Predictions per row, for each task."""

import numpy as np
import pandas as pd

from lifecycle.evaluation.case import Case
from lifecycle.evaluation.predictions import as_table

NAMES = pd.DataFrame({"id": ["a", "b", "c"]}, index=[7, 8, 9])


def told(task, truth, scores, **more):
    case = Case(task=task, truth=np.array(truth), scores=np.array(scores), context=NAMES, features=NAMES, **more)
    return as_table(case, "id").drop(columns="id").to_dict("list")


def test_a_row_is_flagged_when_its_chance_reaches_the_threshold():
    found = told("binary", [1, 0, 1], [0.4, 0.5, 0.6], threshold=0.5)
    assert found == {"label": [1, 0, 1], "probability": [0.4, 0.5, 0.6], "boolean": [False, True, True]}


def test_classes_have_their_names_and_a_chance_each():
    found = told("multiclass", [1, 0, 0], [[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]], classes=("red", "blue"))
    assert found == {
        "label": ["blue", "red", "red"],
        "probability_red": [0.2, 0.9, 0.5],
        "probability_blue": [0.8, 0.1, 0.5],
    }


def test_numbers_stand_beside_what_was_with_their_interval():
    assert told("regression", [1.0, 2.0, 3.0], [1.5, 2.5, 3.5]) == {
        "actual": [1.0, 2.0, 3.0],
        "predicted": [1.5, 2.5, 3.5],
    }
    found = told("regression", [1.0, 2.0, 3.0], [[0.0, 1.0, 2.0]] * 3)
    assert (found["low"], found["predicted"], found["high"]) == ([0.0] * 3, [1.0] * 3, [2.0] * 3)


def test_clusters_have_numbers():
    assert told("clustering", [[0.0], [1.0], [2.0]], [0.0, 1.0, 1.0]) == {"cluster": [0, 1, 1]}


def test_rows_keep_their_ids():
    case = Case(task="clustering", truth=np.zeros((3, 1)), scores=np.zeros(3), context=NAMES, features=NAMES)
    assert as_table(case, "id")["id"].tolist() == ["a", "b", "c"]
