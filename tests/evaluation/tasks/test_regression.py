"""Numbers, few rows."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.case import Case
from lifecycle.evaluation.tasks.regression import bin_errors, evaluate_regression, summarize_deciles

TRUTH = np.array([1.0, 4.0, 2.0])
ROWS = pd.DataFrame({"id": ["a", "b", "c"]})
CASE = Case(
    task="regression",
    truth=TRUTH,
    scores=np.array([2.0, 4.0, 1.5]),
    context=ROWS,
    features=ROWS,
    target="time",
    labels_train=np.array([2.0, 4.0]),
    units={"time": "days"},
)
INTERVALS = dataclasses.replace(CASE, scores=np.array([[1.5, 2.0, 3.0], [3.0, 4.0, 6.0], [1.0, 1.5, 2.0]]))


def test_each_tenth_by_hand():
    assert summarize_deciles(CASE).to_dict("list") == {
        "rows": [1, 1, 1],
        "predicted": [1.5, 2.0, 4.0],
        "actual": [2.0, 1.0, 4.0],
        "absolute_error": [0.5, 1.0, 0.0],
        "error": [0.5, -1.0, 0.0],
    }
    found = summarize_deciles(INTERVALS)
    assert found["covered"].tolist() == [1.0, 0.0, 1.0]
    assert found["width"].tolist() == [1.0, 1.5, 3.0]
    assert (found["low"] <= found["covered"]).all() and (found["covered"] <= found["high"]).all()


def test_tenths_hold_equally_many_rows():
    many = dataclasses.replace(CASE, truth=np.zeros(95), scores=np.arange(95.0)[::-1])
    assert summarize_deciles(many)["rows"].tolist() == [10] * 5 + [9] * 5
    assert summarize_deciles(many)["predicted"].iloc[0] == 4.5


def test_histogram_by_hand():
    found = bin_errors(np.concatenate([np.linspace(0, 5, 1001), [1e6]]))
    assert (len(found), found["share"].sum()) == (31, pytest.approx(1.0))
    assert found["right"].max() < 6
    assert bin_errors(np.ones(3)).values.tolist() == [[0.5, 1.5, 1.0]]


def test_the_section():
    found = evaluate_regression(CASE)
    assert found.section.splitlines()[0] == (
        "The mean absolute error is 0.5 days, the median absolute error 0.5 days; "
        "predicting the mean of the train part, 3, has a mean absolute error of 1.333."
    )
    assert sorted(found.plots) == ["actual", "deciles", "errors", "residuals"]
    assert all(f"]({stem}.png)" in found.section for stem in found.plots)
    assert sorted(found.tables) == ["deciles", "errors", "points"]
    assert found.tables["points"].values.tolist() == [[2.0, 1.0], [4.0, 4.0], [1.5, 2.0]]
    assert len(found.confusion) == 0


def test_the_section_with_intervals():
    found = evaluate_regression(INTERVALS)
    assert found.section.splitlines()[2] == (
        "The prediction intervals cover 66.7% of the rows, nominally 80%; their mean width is 1.833."
    )
    assert "coverage" in found.plots
    assert "](coverage.png)" in found.section
    assert "| covered | width |\n" in found.section


def test_many_rows_are_thinned_for_the_dots():
    many = dataclasses.replace(CASE, truth=np.arange(5001.0), scores=np.arange(5001.0), labels_train=np.empty(0))
    found = evaluate_regression(many)
    assert len(found.tables["points"]) == 2000
    assert found.tables["points"]["actual"].iloc[[0, -1]].tolist() == [0.0, 5000.0]
    assert found.section.splitlines()[0] == "The mean absolute error is 0 days, the median absolute error 0 days."
