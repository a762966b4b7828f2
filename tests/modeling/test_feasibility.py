"""Whether the data can answer the question, on numbers typed by hand."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Budget, Minimum
from lifecycle.evaluation.bootstrap import estimate_auc_width
from lifecycle.evaluation.metric import Metric
from lifecycle.modeling.feasibility import (
    CostEstimate,
    DataCheck,
    Feasibility,
    MonthlyLabels,
    Probe,
    check_data,
    compute_learning_curve,
    estimate_cost,
    explain_few_positives,
    explain_folds,
    list_exceeded_budgets,
    list_sizes,
    sample_classes,
    summarize_labels_by_month,
)
from lifecycle.modeling.pipeline import Inputs, Plan
from lifecycle.options import Call

AUC = Metric(
    target="sklearn.metrics.roc_auc_score", tasks=("binary",), needs="probability", better="higher", description=""
)
MAE = Metric(
    target="sklearn.metrics.mean_absolute_error", tasks=("regression",), needs="number", better="lower", description=""
)
ACCURACY = Metric(
    target="sklearn.metrics.accuracy_score", tasks=("multiclass",), needs="decision", better="higher", description=""
)
QUICK = Feasibility(
    option="quick",
    classes=Call(target="sklearn.linear_model.LogisticRegression"),
    numbers=Call(target="sklearn.linear_model.LinearRegression"),
    inputs=Inputs(numeric=(), categorical=()),
    sizes=(),
    validation_rows=20,
)
NUMBER = Plan(task="regression", classes=0)


def curve(asked, *sizes, plan=None, validation_rows=20, name="roc_auc", metric=AUC):
    return compute(asked, *sizes, plan=plan, validation_rows=validation_rows, name=name, metric=metric).points


def compute(asked, *sizes, plan=None, validation_rows=20, name="roc_auc", metric=AUC, block="row"):
    recipe = QUICK.make_recipe(plan or Plan())
    return compute_learning_curve(asked, recipe, sizes, validation_rows, (name, metric), block, 1)


def examples(rows=100, labels=None):
    number = np.arange(rows)
    found = (number % 5 > 2).astype(np.int64) if labels is None else labels
    return Dataset(pd.DataFrame({"x": number % 5 * 1.0}), found, pd.DataFrame({"row": number}))


@pytest.mark.parametrize(("plan", "kind"), [(Plan(), "LogisticRegression"), (NUMBER, "LinearRegression")])
def test_the_quick_estimator_is_that_of_the_task(plan, kind):
    made = QUICK.make_recipe(plan)
    assert made.estimator.target == f"sklearn.linear_model.{kind}"
    assert (made.plan, made.inputs, made.stopping) == (plan, QUICK.inputs, None)


def test_labels_by_month():
    times = pd.Series(["2013-02-01", "2013-01-05", "2013-01-31"], index=[4, 2, 9])
    assert summarize_labels_by_month(times, np.array([1, 0, 1])) == [
        MonthlyLabels("2013-01", 2, 0.5),
        MonthlyLabels("2013-02", 1, 1.0),
    ]
    assert summarize_labels_by_month(times, np.array([2.0, 4.0, 5.0]))[0] == MonthlyLabels("2013-01", 2, 4.5)


def test_the_learning_curve_grows_to_all_rows_before_those_that_judge():
    assert curve(examples(), 10, 40, 5000) == [
        {"rows": 10, "roc_auc": 1.0},
        {"rows": 40, "roc_auc": 1.0},
        {"rows": 80, "roc_auc": 1.0},
    ]


def test_the_learning_curve_of_a_number():
    numbers = examples(labels=np.arange(100) % 5 * 2.0 + 1)
    found = curve(numbers, 10, 40, plan=NUMBER, name="mae", metric=MAE)
    assert [(one["rows"], one["mae"]) for one in found] == [(10, pytest.approx(0)), (40, pytest.approx(0))]


def test_the_learning_curve_of_classes_some_of_which_come_late():
    labels = np.where(np.arange(100) < 70, np.arange(100) % 2, np.arange(100) % 3)
    late = examples(labels=labels)
    plan = Plan(task="multiclass", classes=3)
    found = curve(late, 5, 80, plan=plan, name="accuracy", metric=ACCURACY)
    assert [one["rows"] for one in found] == [5, 80]
    assert all(0 <= one["accuracy"] <= 1 for one in found)


def test_at_most_a_fifth_of_the_rows_judges():
    assert curve(examples(), 80, validation_rows=90)[-1]["rows"] == 80


def test_a_table_smaller_than_every_size_has_a_curve_of_its_half_and_all():
    assert [row["rows"] for row in curve(examples(), 1000, 5000)] == [40, 80]
    assert list_sizes([1000, 5000], 1) == [1]
    assert list_sizes([10], 413) == [10]


def test_sizes_with_one_class_are_left_out():
    labels = np.array([1] * 40 + [0] * 40 + [0, 1] * 10)
    assert [row["rows"] for row in curve(examples(100, labels), 10, 60)] == [60]


def test_equal_numbers_are_no_reason_to_leave_a_size_out():
    found = curve(examples(labels=np.full(100, 2.5)), 10, plan=NUMBER, name="mae", metric=MAE)
    assert found == [{"rows": 10, "mae": pytest.approx(0)}]


def steep(rows=3000, slope=1.0):
    """A number with noise, told by thirty features of which few rows leave much open."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(rows, 30))).add_prefix("x")
    labels = table.sum(axis=1).to_numpy() * slope + random.normal(size=rows)
    return Dataset(table, labels, pd.DataFrame({"row": np.arange(rows), "all": "same"}))


def gain_of(asked, *sizes):
    return compute(asked, *sizes, plan=NUMBER, validation_rows=500, name="mae", metric=MAE).gain


def test_more_rows_gain_where_the_error_falls():
    gain = gain_of(steep(), 40, 2000)
    assert (gain.fewer, gain.rows) == (40, 2000)
    assert 0 < gain.low < gain.value < gain.high


def test_more_rows_gain_nothing_beyond_chance_where_the_curve_is_flat():
    gain = gain_of(steep(), 2300, 2400)
    assert gain.low < 0 < gain.high and abs(gain.value) < 0.01


def test_the_gain_is_that_of_the_points_in_the_direction_of_the_metric():
    found = compute(steep(), 40, 60, 2000, plan=NUMBER, validation_rows=500, name="mae", metric=MAE)
    assert found.gain.value == pytest.approx(found.points[1]["mae"] - found.points[2]["mae"])
    better = compute(examples(200), 10, 40)
    assert better.gain.value == pytest.approx(better.points[1]["roc_auc"] - better.points[0]["roc_auc"])


def test_no_gain_without_two_sizes():
    assert gain_of(steep(), 40) is None
    assert compute(examples(labels=(np.arange(100) < 50).astype(np.int64)), 40).gain is None


def labels_with(positives, rows):
    return (np.arange(rows) < positives).astype(np.int64)


def test_enough_holds_each_condition_against_its_minimum():
    minimum = Minimum(rows=100, positives=31, interval=0.1)
    found = check_data(labels_with(30, 100), 1000, Plan(), 0.7, minimum)
    width = estimate_auc_width(300, 700, 0.7)
    assert found == [
        DataCheck("train rows", 100, 100, True),
        DataCheck("train rows of the rarest class", 30, 31, False),
        DataCheck("interval of ROC-AUC on the test part", width, 0.1, True),
    ]
    assert 0.06 < width < 0.08


def test_the_rarest_class_is_that_with_fewest_rows_even_if_positive_or_absent():
    minimum = Minimum(rows=1, positives=20)
    assert check_data(labels_with(90, 100), 50, Plan(), 0.7, minimum)[1].found == 10
    three = check_data(labels_with(50, 100), 50, Plan(task="multiclass", classes=3), 0.5, minimum)
    assert three[1] == DataCheck("train rows of the rarest class", 0, 20, False)
    assert len(three) == 2


@pytest.mark.parametrize("task", ["regression", "clustering"])
def test_numbers_and_clusters_need_rows_alone(task):
    minimum = Minimum(rows=3, interval=0.1)
    assert check_data(np.array([0.5, 1.5]), 9, Plan(task=task, classes=0), 0.5, minimum) == [
        DataCheck("train rows", 2, 3, False)
    ]


def test_a_useless_curve_counts_as_guessing():
    minimum, labels = Minimum(rows=1, positives=1, interval=1.0), labels_with(5, 10)
    assert check_data(labels, 100, Plan(), 0.3, minimum) == check_data(labels, 100, Plan(), 0.5, minimum)


def cost(rows, start=60.0, table=0, disk=0, predict=0.0, features=0, prepared=()):
    return estimate_cost(
        Probe(rows=100, valid_rows=4000, prepare=1.0, fit=2.0, predict=predict),
        prepared=prepared,
        fits=rows,
        features=features,
        start_seconds=start,
        table_bytes=table,
        disk_bytes=disk,
    )


def test_estimate_counts_preprocessing_apart_from_fits():
    assert cost([], prepared=[300, 300]).minutes - cost([]).minutes == pytest.approx(0.1)


def test_estimate_scales_the_probe_row_for_row():
    one, two = cost([400]).minutes - 1, cost([400, 400]).minutes - 1
    assert cost([]).minutes == 1.0
    assert one >= 400 * 0.02 / 60
    assert two == pytest.approx(2 * one)


def test_estimate_counts_the_predictions_of_permutation_importance():
    few, many = cost([], features=50, predict=0.6), cost([], features=3000, predict=0.6)
    assert few.minutes - cost([], features=50).minutes == pytest.approx(100 * 0.01)
    assert many.minutes - cost([], features=3000).minutes == pytest.approx(202 * 0.01)


def test_estimate_grows_with_the_columns():
    assert cost([], features=3000).minutes - cost([]).minutes == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("counts", "folds", "apart", "reason"),
    [
        ({"negatives": 596, "positives": 4}, 3, 0, None),
        ({"negatives": 596, "positives": 4}, 3, 1, None),
        ({"no": 5, "positives": 4}, 3, 2, "4 positives do not make 3 folds with at least 1 each beside valid and test"),
        ({"negatives": 418, "positives": 2}, 3, 0, "2 positives do not make 3 folds with at least 1 each"),
        ({"negatives": 1, "positives": 9}, 1, 0, "1 negatives do not make 1 folds with at least 1 each"),
        ({"negatives": 0, "positives": 0}, 2, 0, "0 negatives do not make 2 folds with at least 1 each"),
    ],
)
def test_few_rows_of_a_label_are_held_against_the_folds(counts, folds, apart, reason):
    assert explain_few_positives(counts, folds, apart) == reason


def test_a_fold_with_one_class_is_named():
    labels, all_rows = np.array([0, 0, 0, 1, 1, 0]), np.arange(6)
    assert explain_folds(labels, [(all_rows[2:], all_rows[2:4])], Plan()) is None
    assert explain_folds(labels, [(all_rows[2:], all_rows[2:]), (all_rows[1:4], all_rows[:3])], Plan()) == (
        "all 3 valid rows of fold 2 of 2 have one class; 2 of all 6 train rows have another"
    )
    assert explain_folds(labels * 0.5, [(all_rows[:2], all_rows[:2])], NUMBER) is None


def test_a_sample_has_a_row_of_every_class():
    rare = examples(1000, np.eye(1, 1000, 700, dtype=np.int64)[0])
    assert sample_classes(rare, 10, 1, Plan()).labels.sum() == 1
    assert len(sample_classes(rare, 10, 1, NUMBER).labels) == 10
    assert sample_classes(rare, 5000, 1, Plan()) is rare


def test_no_learning_curve_where_the_last_rows_have_one_class():
    assert curve(examples(labels=(np.arange(100) < 50).astype(np.int64)), 40) == []


def test_estimate_grows_with_the_table_and_the_files():
    assert cost([], table=2**30).memory_gib - cost([]).memory_gib >= 1
    assert cost([], disk=2**30).disk_gib >= 1
    assert cost([]).disk_gib == 0.0


def test_over_budget_names_what_costs_too_much():
    budget = Budget(minutes=10.0, memory_gib=4.0, disk_gib=1.0)
    assert list_exceeded_budgets(CostEstimate(10.0, 4.0, 1.0), budget) == []
    assert list_exceeded_budgets(CostEstimate(10.1, 4.0, 1.5), budget) == ["minutes", "disk_gib"]
