"""The scope's page, for every task, from numbers typed by hand."""

import dataclasses

import pytest

from lifecycle.data.problem import Budget, Costs, Decision, Kpi, Minimum, PredictionTime, Problem
from lifecycle.modeling.scope_report import bar, page, short

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
FOUND = {
    "labels": {"label_rate": 0.25},
    "labels_by_month": [{"month": "2013-01", "rows": 1200, "mean": 0.25}, {"month": "2013-02", "rows": 8, "mean": 0.0}],
    "learning_curve": [{"rows": 1000, "roc_auc": 0.61234}],
    "checks": [
        {"name": "train rows", "found": 1208, "needed": 500.0, "enough": True},
        {"name": "interval", "found": 0.0712, "needed": 0.05, "enough": False},
    ],
    "leak_signs": [{"kind": "pair", "columns": ["weight", "price"], "strength": 0.71}],
}
PAGE = """# The question

**Will the parcel be late?**

- One row is one parcel; positive means: arrives late.
- The answer is due when it is sent.
- Who acts: the shop. How: tells the customer.
- A false positive costs 1, a miss 2.5.

## What is good enough

| KPI | floor | why |
|---|---:|---|
| brier | 0.2 | more than guessing |

## Are there enough rows?

| condition | found | needed | enough |
|---|---:|---:|---|
| train rows | 1,208 | 500 | yes |
| interval | 0.0712 | 0.05 | **no** |

A quick model, learning from ever more of the rows before the last ones (roc_auc on those):

| train rows | roc_auc |
|---:|---:|
| 1,000 | 0.6123 |

## How often is late true? 25.0% of the train rows

| month | rows | rate |
|---|---:|---|
| 2013-01 | 1,200 | █████ 25.0% |
| 2013-02 | 8 |  0.0% |

## Strongest signs of a leak

None of them is strong enough to stop the run (conf/leaks/ says from where one would).

| sign | columns | strength alone (ROC-AUC) |
|---|---|---:|
| pair | weight, price | 0.710 |"""


def asking(**changes):
    return dataclasses.replace(PROBLEM, **changes)


def section(text, title):
    """The lines from a title to the next."""
    lines = text.split("## ")
    return next(part for part in lines if part.startswith(title)).splitlines()


def test_the_page_of_a_binary_problem():
    assert page(PROBLEM, FOUND) == PAGE


def test_without_positive_class_moment_and_costs_nothing_is_said_of_them():
    text = page(asking(positive="", prediction_time=None, costs=None), FOUND)
    assert "- One row is one parcel.\n- Who acts: the shop. How: tells the customer.\n\n## What" in text


def test_a_number_is_told_by_its_mean():
    found = FOUND | {
        "labels": {"label_mean": 123456.7},
        "labels_by_month": [{"month": "2013-01", "rows": 3, "mean": 12.34567}],
    }
    assert section(page(asking(task="regression", target="price"), found), "How large") == [
        "How large is price? 1.235e+05 on average in the train rows",
        "",
        "| month | rows | mean |",
        "|---|---:|---|",
        "| 2013-01 | 3 | 12.35 |",
        "",
    ]


def test_classes_are_told_by_their_shares():
    found = FOUND | {"labels": {"label_shares": {"low": 0.75, "high": 0.25}}, "labels_by_month": []}
    assert section(page(asking(task="multiclass", target="risk"), found), "Which risk") == [
        "Which risk how often?",
        "",
        "| class | share of the train rows |",
        "|---|---|",
        "| low | ███████████████ 75.0% |",
        "| high | █████ 25.0% |",
        "",
    ]


def test_clusters_have_neither_labels_nor_a_curve():
    found = FOUND | {"labels": {}, "labels_by_month": [], "learning_curve": []}
    text = page(asking(task="clustering", target=None), found)
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# The question",
        "## What is good enough",
        "## Are there enough rows?",
        "## Strongest signs of a leak",
    ]
    assert "quick model" not in text


def test_without_a_time_the_title_tells_the_rate_alone():
    text = page(PROBLEM, FOUND | {"labels_by_month": []})
    assert section(text, "How often") == ["How often is late true? 25.0% of the train rows", ""]


@pytest.mark.parametrize(("share", "blocks"), [(0.0, 0), (0.024, 0), (0.05, 1), (0.5, 10), (1.0, 20)])
def test_a_block_stands_for_five_percent(share, blocks):
    assert bar(share) == "█" * blocks


@pytest.mark.parametrize(("number", "text"), [(1234567, "1,234,567"), (100, "100"), (99.5, "99.5"), (0.05, "0.05")])
def test_short(number, text):
    assert short(number) == text


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
    found = FOUND | {"labels": labels, "labels_by_month": []}
    assert f"| strength alone ({measure}) |" in page(asking(task=task), found)
