"""Predictions of the folds' valid rows, on their way from tune to select."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.dataset import Dataset
from lifecycle.errors import CorruptFile
from lifecycle.evaluation.metric import Metric
from lifecycle.io.tables import read_table, write_table
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.out_of_fold import draw_truth, read_predictions, tabulate_predictions
from lifecycle.modeling.pipeline import Form, Inputs, Plan
from lifecycle.modeling.search_space import round_digits
from lifecycle.modeling.tuning import Candidate, Search, Trial, tune_candidate

ERROR = Metric(
    target="sklearn.metrics.mean_squared_error", tasks=("regression",), needs="number", better="lower", description=""
)
FOLDS = [(np.array([0, 1]), np.array([2, 3])), (np.array([0, 1, 2, 3]), np.array([4]))]


def judged_by(labels, folds=FOLDS):
    rows = pd.DataFrame({"x": np.arange(len(labels)) * 1.0})
    return CrossValidation(Dataset(rows, np.array(labels), rows), folds, ("mse", ERROR), ("mse", ERROR))


def trial(*predicted):
    folds = [np.array(fold, dtype=float) for fold in predicted]
    return Trial(arguments={}, scores=[], losses=[], rounds=[], rows=9, predicted=folds)


NUMBERS = judged_by([9.0, 9.0, 1.5, 2.5, 3.5])
CODES = judged_by([0, 1, 1, 0, 1])
CLASSES = judged_by([0, 1, 2, 0, 1])
THREE = [[[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]], [[0.0, 1.0, 0.0]]]


@pytest.mark.parametrize(("validation", "truth"), [(NUMBERS, [1.5, 2.5, 3.5]), (CODES, [1, 0, 1])])
def test_a_trial_of_one_number_a_row_has_a_column(validation, truth):
    table = tabulate_predictions({4: trial([0.25, 0.5], [0.75]), 10: trial([1, 2], [3])}, validation, 9, 1)
    assert table.to_dict("list") == {
        "fold": [0, 0, 1],
        "truth": truth,
        "4": [0.25, 0.5, 0.75],
        "10": [1.0, 2.0, 3.0],
    }


def test_a_trial_of_several_classes_has_a_column_for_each():
    table = tabulate_predictions({3: trial(*THREE)}, CLASSES, 9, 1)
    assert table.to_dict("list") == {
        "fold": [0, 0, 1],
        "truth": [2, 0, 1],
        "3.0": [0.1, 0.5, 0.0],
        "3.1": [0.2, 0.25, 1.0],
        "3.2": [0.7, 0.25, 0.0],
    }


def through_files(tmp_path, **tables):
    for name, table in tables.items():
        write_table(tmp_path / f"{name}.parquet", table)
    return read_predictions({name: read_table(tmp_path / f"{name}.parquet") for name in tables})


def as_lists(folds):
    return [fold.tolist() for fold in folds]


def test_predictions_come_back_by_candidate_trial_and_fold(tmp_path):
    trees = tabulate_predictions({4: trial([0.25, 0.5], [0.75]), 0: trial([1, 2], [3])}, CODES, 9, 1)
    line = tabulate_predictions({2: trial([0.5, 0.5], [0.25])}, CODES, 9, 1)
    found = through_files(tmp_path, line=line, nothing=pd.DataFrame(), trees=trees)
    assert as_lists(found.truths) == [[1, 0], [1]]
    assert {name: as_lists(folds) for name, folds in found.scores.items()} == {
        "line 2": [[0.5, 0.5], [0.25]],
        "trees 4": [[0.25, 0.5], [0.75]],
        "trees 0": [[1.0, 2.0], [3.0]],
    }


def test_predictions_of_classes_come_back_in_the_shape_they_had(tmp_path):
    every = tabulate_predictions({3: trial(*THREE), 12: trial(*THREE)}, CLASSES, 9, 1)
    found = through_files(tmp_path, trees=every)
    assert {name: as_lists(folds) for name, folds in found.scores.items()} == {"trees 3": THREE, "trees 12": THREE}


def test_more_than_ten_classes_keep_their_order(tmp_path):
    many = np.arange(36.0).reshape(3, 12)
    table = tabulate_predictions({1: trial(many[:2], many[2:])}, CLASSES, 9, 1)
    assert as_lists(through_files(tmp_path, trees=table).scores["trees 1"]) == [many[:2].tolist(), many[2:].tolist()]


def test_one_row_keeps_the_shape_of_its_predictions(tmp_path):
    alone = judged_by([0, 1, 2], [(np.array([0, 1]), np.array([2]))])
    classes = tabulate_predictions({1: trial([[0.25, 0.5, 0.25]])}, alone, 9, 1)
    number = tabulate_predictions({1: trial([0.5])}, alone, 9, 1)
    found = through_files(tmp_path, classes=classes, number=number)
    assert as_lists(found.scores["classes 1"]) == [[[0.25, 0.5, 0.25]]]
    assert as_lists(found.scores["number 1"]) == [[0.5]]


def test_the_same_predictions_give_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        write_table(tmp_path / name, tabulate_predictions({3: trial(*THREE)}, CLASSES, 9, 1))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_candidates_without_predictions_give_nothing(tmp_path):
    assert through_files(tmp_path, kmeans=pd.DataFrame()) is None
    assert read_predictions({}) is None


@pytest.mark.parametrize(
    ("other", "rows"),
    [
        (judged_by([9.0, 9.0, 1.5, 2.5, 0.5]), 3),
        (judged_by([9.0, 9.0, 1.5, 2.5, 3.5], [FOLDS[0], (np.array([0, 1]), np.array([2, 4]))]), 4),
    ],
)
def test_candidates_judged_by_other_rows_are_not_averaged(other, rows):
    one = tabulate_predictions({0: trial([1, 2], [3])}, NUMBERS, 9, 1)
    folds = [[0.0] * len(valid) for _, valid in other.folds]
    with pytest.raises(CorruptFile) as caught:
        read_predictions({"line": one, "trees": tabulate_predictions({0: trial(*folds)}, other, 9, 1)})
    assert str(caught.value) == (
        "error: trees was judged by other rows than line\n"
        f"where: data/out_of_fold/trees.parquet, {rows} rows\n"
        "next:  dvc repro --force tune"
    )


def test_the_truth_is_that_of_the_rows_that_a_trial_was_judged_by():
    every = np.arange(60)
    validation = judged_by(every % 7 * 1.0, [(every[:30], every[30:]), (every[30:], every[:30])])
    search = Search(
        option="s", sampler=None, trials=1, rows=12, values=0, finalists=1, final_values=0, abort_minutes=5.0
    )
    line = Candidate(
        "line",
        Form(target="sklearn.linear_model.Ridge"),
        Inputs(numeric=(), categorical=()),
        Plan(task="regression", classes=0),
    )
    done = tune_candidate(line, validation, search, 3, lambda *_: None)[0]
    assert [len(draw_truth(validation, fold, done.rows, 3)) for fold in (0, 1)] == [12, 12]
    found = read_predictions({"line": tabulate_predictions({0: done}, validation, done.rows, 3)})
    pairs = zip(found.truths, found.scores["line 0"], strict=True)
    assert [round_digits(float(np.mean((truth - scores) ** 2))) for truth, scores in pairs] == done.scores
