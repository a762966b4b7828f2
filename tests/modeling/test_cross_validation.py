"""Cross-validation: folds are prepared once and fitted side by side, and the results are those of one at a time."""

import threading
import time
import warnings
from contextlib import closing
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.dataset import Dataset
from lifecycle.engine import local
from lifecycle.evaluation.metric import Metric
from lifecycle.modeling.cross_validation import CrossValidation, exclude_seen_rows, fit_early, fit_folds, prepare_folds
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe
from lifecycle.options import Call

SURPRISE = Metric(
    target="sklearn.metrics.log_loss", tasks=("binary",), needs="probability", better="lower", description=""
)
ROWS = np.arange(60)
FEATURES = pd.DataFrame({"x": ROWS % 7 * 1.0, "y": ROWS * 0.1})
EXAMPLES = Dataset(FEATURES, ((ROWS % 7 + ROWS % 4) > 4).astype(np.int64), pd.DataFrame({"row": ROWS}))
VALIDATION = CrossValidation(
    EXAMPLES, [(ROWS[:30], ROWS[30:45]), (ROWS[:45], ROWS[45:])], ("log_loss", SURPRISE), ("log_loss", SURPRISE)
)


def network(rate):
    estimator = Call(
        target="sklearn.neural_network.MLPClassifier", arguments={"max_iter": 3, "learning_rate_init": rate}
    )
    return Recipe(option="network", estimator=estimator, inputs=Inputs(numeric=(), categorical=()), plan=Plan())


NETWORKS = [network(0.001), network(0.01), network(0.1)]
FOLDS = prepare_folds(NETWORKS[0], VALIDATION, 40, 1)


class Constant:
    classes_: ClassVar = [0, 1]

    def predict_proba(self, rows):
        return np.full((len(rows), 2), 0.5)


def predicted(fits):
    return [[scores.tobytes() for scores, _ in row] for row in fits]


def test_a_fold_has_at_most_the_rows_asked_for_and_all_of_fewer():
    assert [(len(fold.train), len(fold.valid)) for fold in FOLDS] == [(30, 15), (40, 15)]


def test_fits_side_by_side_are_those_made_one_after_the_other(monkeypatch):
    found, filters = [], list(warnings.filters)
    for count in (1, 2, 4):
        monkeypatch.setattr(local, "processors", lambda count=count: count)
        found.append(predicted(fit_folds(fit_early, NETWORKS, FOLDS, 1)))
        assert warnings.filters == filters  # each fit silences a warning, and so did those that ended meanwhile
    assert found[0] == found[1] == found[2]
    assert len({tuple(row) for row in found[0]}) == 3  # in the order of the recipes, which differ
    assert found[0][1] == predicted(fit_folds(fit_early, NETWORKS[1:2], FOLDS, 1))[0]


def test_who_stops_early_leaves_no_fits_behind(monkeypatch):
    monkeypatch.setattr(local, "processors", lambda: 1)
    done = []

    def fit(recipe, fold, seed):
        time.sleep(0.01)
        done.append(recipe)
        return Constant(), None

    before = threading.active_count()
    with closing(fit_folds(fit, NETWORKS * 50, FOLDS, 1)) as fits:
        assert [scores.tolist() for scores, _ in next(fits)] == [[0.5] * 15] * 2
    assert threading.active_count() == before
    assert len(done) < 100  # of 300


@pytest.mark.parametrize("count", [1, 3])
def test_an_error_of_a_fit_is_raised_where_its_result_is_asked_for(monkeypatch, count):
    monkeypatch.setattr(local, "processors", lambda: count)

    def fit(recipe, fold, seed):
        if recipe is NETWORKS[1]:
            raise KeyError(len(fold.train))
        return Constant(), 7

    with closing(fit_folds(fit, NETWORKS, FOLDS, 1)) as fits:
        assert [rounds for _, rounds in next(fits)] == [7, 7]
        with pytest.raises(KeyError, match="30"):
            next(fits)


def test_a_model_that_has_seen_rows_is_judged_by_the_folds_it_has_not():
    full = Dataset(pd.DataFrame({"x": range(6)}), np.zeros(6), pd.DataFrame({"id": range(6)}))
    folds = [(np.array([0, 1]), np.array([2])), (np.array([0, 1, 2]), np.array([3])), (np.arange(4), np.array([4, 5]))]
    seen = np.array([True, True, False, False, False, False])
    narrowed, unjudged = exclude_seen_rows(CrossValidation(full, folds, ("a", SURPRISE), ("a", SURPRISE)), seen)
    assert unjudged == [0]
    assert [(train.tolist(), valid.tolist()) for train, valid in narrowed.folds] == [([2], [3]), ([2, 3], [4, 5])]
