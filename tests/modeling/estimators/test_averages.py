"""Averages of fitted estimators, on numbers typed by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from lifecycle.modeling.estimators.averages import AverageClassifier, AverageRegressor
from lifecycle.modeling.pipeline import Plan, predict_scores

ROWS = pd.DataFrame({"0.x": [0.1, 0.2], "0.y": [0.3, 0.4], "1.x": [0.5, 1.0]})


class Column(BaseEstimator):
    """Its last column as the number, or as the probability of the second of its classes."""

    def __init__(self, names, classes=(0, 1)):
        self.names = names
        self.classes = classes

    @property
    def classes_(self):
        return np.array(self.classes)

    def predict(self, table):
        assert list(table.columns) == self.names
        return table.iloc[:, -1].to_numpy()

    def predict_proba(self, table):
        return np.stack([1 - self.predict(table), self.predict(table)], axis=1)


PARTS = {"starts": [0, 2], "names": [["x", "y"], ["x"]], "weights": [0.25, 0.75]}


def test_numbers_are_averaged_with_their_weights():
    average = AverageRegressor([Column(["x", "y"]), Column(["x"])], **PARTS)
    assert average.predict(ROWS).tolist() == pytest.approx([0.25 * 0.3 + 0.75 * 0.5, 0.25 * 0.4 + 0.75 * 1.0])


def test_probabilities_are_averaged_class_by_class():
    average = AverageClassifier([Column(["x", "y"]), Column(["x"])], classes=2, **PARTS)
    assert average.predict_proba(ROWS) == pytest.approx(np.array([[0.55, 0.45], [0.15, 0.85]]))
    assert average.predict(ROWS).tolist() == [0, 1]
    assert average.classes_.tolist() == [0, 1]
    assert predict_scores(Plan(), average, ROWS) == pytest.approx([0.45, 0.85])


def test_a_class_that_a_member_has_not_seen_has_none_of_its_weight():
    average = AverageClassifier([Column(["x", "y"], (0, 2)), Column(["x"], (1, 2))], classes=3, **PARTS)
    expected = [[0.25 * 0.7, 0.75 * 0.5, 0.25 * 0.3 + 0.75 * 0.5], [0.25 * 0.6, 0.0, 0.25 * 0.4 + 0.75 * 1.0]]
    assert average.predict_proba(ROWS) == pytest.approx(np.array(expected))
    assert average.predict(ROWS).tolist() == [2, 2]


def test_members_of_the_same_preparation_read_the_same_columns():
    average = AverageRegressor(
        [Column(["x", "y"]), Column(["x", "y"])], starts=[0, 0], names=[["x", "y"]] * 2, weights=[0.5, 0.5]
    )
    assert average.list_columns() == [slice(0, 2), slice(0, 2)]
    assert average.predict(ROWS).tolist() == [0.3, 0.4]
    assert average.fit(ROWS) is average
