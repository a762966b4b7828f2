"""Whether the data can answer the question, on numbers typed by hand."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.examples import Examples
from lifecycle.feasibility import (
    Check,
    Estimate,
    Feasibility,
    enough,
    estimate,
    learning_curve,
    over_budget,
    rate_by_month,
)
from lifecycle.intervals import auc_width
from lifecycle.metrics import Metric
from lifecycle.options import Call
from lifecycle.pipeline import Inputs
from lifecycle.problem import Budget, Minimum

AUC = Metric(target="sklearn.metrics.roc_auc_score", needs="chance", better="higher", description="")


def plan(*sizes, judged=20):
    return Feasibility(
        estimator=Call(target="sklearn.linear_model.LogisticRegression"),
        inputs=Inputs(numeric=(), categorical=()),
        sizes=sizes,
        judged=judged,
    )


def examples(rows=100, labels=None):
    number = np.arange(rows)
    found = (number % 5 > 2).astype(np.int64) if labels is None else labels
    return Examples(pd.DataFrame({"x": number % 5 * 1.0}), found, pd.DataFrame({"row": number}))


def test_rate_by_month():
    times = pd.Series(["2013-02-01", "2013-01-05", "2013-01-31"])
    labels = pd.Series(pd.array([True, False, True], dtype="boolean"))
    assert rate_by_month(times, labels) == [
        {"month": "2013-01", "rows": 2, "rate": 0.5},
        {"month": "2013-02", "rows": 1, "rate": 1.0},
    ]


def test_the_learning_curve_grows_to_all_rows_before_those_that_judge():
    found = learning_curve(examples(), plan(10, 40, 5000), "roc_auc", AUC, 1)
    assert found == [
        {"rows": 10, "roc_auc": 1.0},
        {"rows": 40, "roc_auc": 1.0},
        {"rows": 80, "roc_auc": 1.0},
    ]


def test_at_most_a_fifth_of_the_rows_judges():
    assert learning_curve(examples(), plan(5000, judged=90), "roc_auc", AUC, 1)[0]["rows"] == 80


def test_sizes_with_one_class_are_left_out():
    labels = np.array([1] * 40 + [0] * 40 + [0, 1] * 10)
    assert [row["rows"] for row in learning_curve(examples(100, labels), plan(10, 60), "m", AUC, 1)] == [60]


def test_enough_holds_each_condition_against_its_minimum():
    minimum = Minimum(rows=100, positives=30, interval=0.1)
    found = enough(rows=100, positives=29, test_rows=1000, rate=0.3, auc=0.7, minimum=minimum)
    width = auc_width(300, 700, 0.7)
    assert found == [
        Check("train rows", 100, 100, True),
        Check("positive train rows", 29, 30, False),
        Check("interval of ROC-AUC on the test part", width, 0.1, True),
    ]
    assert 0.06 < width < 0.08


def test_a_useless_curve_counts_as_guessing():
    minimum = Minimum(rows=1, positives=1, interval=1.0)
    assert enough(9, 9, 100, 0.5, 0.3, minimum) == enough(9, 9, 100, 0.5, 0.5, minimum)


def cost(rows, start=60.0, table=0, disk=0):
    return estimate(
        probe_seconds=2.0, probe_rows=100, fits=rows, start_seconds=start, table_bytes=table, disk_bytes=disk
    )


def test_estimate_scales_the_probe_row_for_row():
    one, two = cost([400]).minutes - 1, cost([400, 400]).minutes - 1
    assert cost([]).minutes == 1.0
    assert one >= 400 * 0.02 / 60
    assert two == pytest.approx(2 * one)


def test_estimate_grows_with_the_table_and_the_files():
    assert cost([], table=2**30).memory_gib - cost([]).memory_gib >= 1
    assert cost([], disk=2**30).disk_gib >= 1
    assert cost([]).disk_gib == 0.0


def test_over_budget_names_what_costs_too_much():
    budget = Budget(minutes=10.0, memory_gib=4.0, disk_gib=1.0)
    assert over_budget(Estimate(10.0, 4.0, 1.0), budget) == []
    assert over_budget(Estimate(10.1, 4.0, 1.5), budget) == ["minutes", "disk_gib"]
