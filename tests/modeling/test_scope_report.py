"""The scope report, for every task, from numbers typed by hand."""

import dataclasses

import pytest

from lifecycle.data.problem import Budget, Costs, Decision, Kpi, Minimum, PredictionTime, Problem
from lifecycle.modeling.feasibility import DataCheck, MonthlyLabels, PlannedSearch, Scope, ScoreGain
from lifecycle.modeling.irreducible_error import IrreducibleError, MetricLimit
from lifecycle.modeling.scope_report import describe_gain, draw_bar, format_limit, format_quantity, render_scope_report

PROBLEM = Problem(
    question="Will the parcel be late?",
    decision=Decision(who="the shop", how="tells the customer"),
    unit="one parcel",
    task="binary",
    target="late",
    positive="arrives late",
    split="by_time",
    prediction_time=PredictionTime(description="when it is sent", column="sent"),
    score="roc_auc",
    costs=Costs(false_positive=1.0, false_negative=2.5),
    kpis=(Kpi(metric="brier", floor=0.2, why="more than guessing"),),
    minimum=Minimum(rows=1),
    budget=Budget(minutes=1.0, memory_gib=1.0, disk_gib=1.0),
)
SCOPE = Scope(
    problem={},
    baseline={},
    labels={"label_rate": 0.25},
    labels_by_month=[MonthlyLabels("2013-01", 1200, 0.25), MonthlyLabels("2013-02", 8, 0.0)],
    learning_curve=[{"rows": 1000, "roc_auc": 0.61234}],
    learning_gain=ScoreGain(1000, 4000, 0.0123, 0.0021, 0.0456),
    irreducible_error=IrreducibleError(
        rows=1200,
        groups=310,
        share=0.123,
        limits=[
            MetricLimit("accuracy", 0.8123, 0.79, 0.83449, is_bound=True),
            MetricLimit("brier", 0.151, 0.14, 0.16, is_bound=False),
        ],
    ),
    searches=[PlannedSearch("linear", trials=4, finalists=3, fits=21)],
    checks=[DataCheck("train rows", 1208, 500.0, True), DataCheck("interval", 0.0712, 0.05, False)],
    leak_signs=[{"kind": "pair", "columns": ["weight", "price"], "strength": 0.71}],
)
PAGE = """# The question

**Will the parcel be late?**

- One row is one parcel; the positive class: arrives late.
- The prediction is due when it is sent.
- Who decides: the shop. How: tells the customer.
- A false positive costs 1, a false negative 2.5.

## What is good enough

| KPI | floor | why |
|---|---:|---|
| brier | 0.2 | more than guessing |

## Are there enough rows?

| condition | found | needed | enough |
|---|---:|---:|---|
| train rows | 1,208 | 500 | yes |
| interval | 0.0712 | 0.05 | **no** |

Learning curve of a simple model, fitted on more and more of the rows before the last ones and scored on those:

| train rows | roc_auc |
|---:|---:|
| 1,000 | 0.6123 |

More rows would probably help: from 1,000 to 4,000 train rows roc_auc got better by 0.0123 (95 % interval of the \
improvement: +0.0021 to +0.0456), more than chance. A model of another family may need more rows.

## What can any model reach at best?

1,200 of the train rows (12.3%) equal another one in all features, in 310 groups.
Where they do, no model can tell them apart: what their labels disagree about is irreducible (the Bayes error). By that,
on such rows:

| metric | best value | 95 % interval |
|---|---:|---|
| accuracy | at most 0.8123 | 0.79 to 0.8345 |
| brier | about 0.151 | 0.14 to 0.16 |

Features that steps of `conf/features/` make may tell such rows apart, and copies of one record agree by themselves.

## What does a full run try?

| candidate | trials | finalists at most | fits at most |
|---|---:|---:|---:|
| `linear` | 4 | 3 | 21 |

`lifecycle timings` prints what runs of 1, 2, 5 and 20 minutes hold of it on your machine.

## How often is `late` true? 25.0% of the train rows

| month | rows | rate |
|---|---:|---|
| 2013-01 | 1,200 | █████ 25.0% |
| 2013-02 | 8 | 0.0% |

## Strongest signs of target leakage

None of them is strong enough to stop the run (conf/leaks/ sets the limits).

| sign | columns | strength alone (ROC-AUC) |
|---|---|---:|
| pair | `weight`, `price` | 0.710 |
"""


def asking(**changes):
    return dataclasses.replace(PROBLEM, **changes)


def section(text, title):
    """The lines from a title to the next."""
    lines = text.split("## ")
    return next(part for part in lines if part.startswith(title)).splitlines()


def test_the_report_of_a_binary_problem():
    assert render_scope_report(PROBLEM, SCOPE) == PAGE


def test_without_positive_class_prediction_time_and_costs_their_lines_are_left_out():
    text = render_scope_report(asking(positive="", prediction_time=None, costs=None), SCOPE)
    assert "- One row is one parcel.\n- Who decides: the shop. How: tells the customer.\n\n## What" in text


def test_a_number_is_summarised_by_its_mean():
    scope = dataclasses.replace(
        SCOPE, labels={"label_mean": 123456.7}, labels_by_month=[MonthlyLabels("2013-01", 3, 12.34567)]
    )
    assert section(render_scope_report(asking(task="regression", target="price"), scope), "How large") == [
        "How large is `price`? 1.235e+05 on average in the train rows",
        "",
        "| month | rows | mean |",
        "|---|---:|---|",
        "| 2013-01 | 3 | 12.35 |",
        "",
    ]


def test_classes_are_summarised_by_their_shares():
    scope = dataclasses.replace(SCOPE, labels={"label_shares": {"low": 0.75, "high": 0.25}}, labels_by_month=[])
    assert section(render_scope_report(asking(task="multiclass", target="risk"), scope), "How often is `risk`") == [
        "How often is `risk` which class?",
        "",
        "| class | share of the train rows |",
        "|---|---|",
        "| `low` | ███████████████ 75.0% |",
        "| `high` | █████ 25.0% |",
        "",
    ]


def test_clusters_have_neither_labels_nor_a_curve():
    scope = dataclasses.replace(
        SCOPE,
        labels={},
        labels_by_month=[],
        learning_curve=[],
        learning_gain=None,
        irreducible_error=None,
        searches=[],
    )
    text = render_scope_report(asking(task="clustering", target=None), scope)
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# The question",
        "## What is good enough",
        "## Are there enough rows?",
        "## Strongest signs of target leakage",
    ]
    assert "simple model" not in text


def test_without_a_time_there_is_the_rate_alone():
    text = render_scope_report(PROBLEM, dataclasses.replace(SCOPE, labels_by_month=[]))
    assert section(text, "How often") == ["How often is `late` true? 25.0% of the train rows", ""]


@pytest.mark.parametrize(("share", "blocks"), [(0.0, 0), (0.024, 0), (0.05, 1), (0.5, 10), (1.0, 20)])
def test_a_block_stands_for_five_percent(share, blocks):
    assert draw_bar(share) == "█" * blocks


@pytest.mark.parametrize(("number", "text"), [(1234567, "1,234,567"), (100, "100"), (99.5, "99.5"), (0.05, "0.05")])
def test_format_quantity(number, text):
    assert format_quantity(number) == text


@pytest.mark.parametrize(
    ("task", "measure"),
    [
        ("binary", "ROC-AUC"),
        ("multiclass", "least ROC-AUC between two classes"),
        ("regression", "half of 1 + rank correlation"),
    ],
)
def test_the_strength_of_a_sign_is_called_what_it_is(task, measure):
    labels = {"label_rate": 0.5, "label_mean": 1.0, "label_shares": {}}
    scope = dataclasses.replace(SCOPE, labels=labels, labels_by_month=[])
    assert f"| strength alone ({measure}) |" in render_scope_report(asking(task=task), scope)


@pytest.mark.parametrize(
    ("gain", "sentence"),
    [
        (None, ""),
        (
            ScoreGain(1000, 4000, 0.002, -0.001, 0.005),
            "Whether more rows would help is not clear: from 1,000 to 4,000 train rows auc got better by 0.0020 "
            "(95 % interval of the improvement: -0.0010 to +0.0050), which may be chance.",
        ),
        (
            ScoreGain(1000, 4000, -0.002, -0.01, 0.005),
            "Whether more rows would help is not clear: from 1,000 to 4,000 train rows auc got worse by 0.0020 "
            "(95 % interval of the improvement: -0.0100 to +0.0050), which may be chance.",
        ),
        (
            ScoreGain(10, 40, -0.02, -0.03, -0.01),
            "More rows of the same kind would not help this model: from 10 to 40 train rows auc got worse by 0.0200 "
            "(95 % interval of the improvement: -0.0300 to -0.0100).",
        ),
    ],
)
def test_the_learning_curve_is_read_against_its_noise(gain, sentence):
    assert describe_gain("auc", gain) == sentence


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            IrreducibleError(12, 5, 0.01, []),
            "12 of the train rows (1.0%) equal another one in all features, in 5 groups.",
        ),
        (IrreducibleError(0, 0, 0.0, []), "No train row equals another one in all features."),
    ],
)
def test_too_few_repeated_rows_are_said(found, line):
    scope = dataclasses.replace(SCOPE, irreducible_error=found)
    assert section(render_scope_report(PROBLEM, scope), "What can") == [
        "What can any model reach at best?",
        "",
        line,
        "So the irreducible error, which no model can avoid, cannot be estimated: it takes 100 such rows in 30 groups.",
        "",
    ]


@pytest.mark.parametrize(
    ("limit", "cells"),
    [
        (MetricLimit("roc_auc", 1.0, 0.98, 1.0, is_bound=True), ["roc_auc", "no bound below 1", ""]),
        (MetricLimit("roc_auc", 0.9989, 0.98, 1.0, is_bound=True), ["roc_auc", "at most 0.9989", "0.98 to 1"]),
        (MetricLimit("rmse", 1.0, 0.9, 1.1, is_bound=False), ["rmse", "about 1", "0.9 to 1.1"]),
    ],
)
def test_a_bound_that_rules_nothing_out_is_no_bound(limit, cells):
    assert format_limit(limit) == cells
