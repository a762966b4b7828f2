"""What marked metrics come to, and what closes the gate."""

import pytest

from lifecycle.review.record import accepted
from lifecycle.review.verdict import Finding, decided, floors, incomplete, regressions, untold, unused, verdict
from lifecycle.review.versions import Gap


def row(name, mark, difference=0.01):
    return {
        "name": name, "mark": mark, "base": 0.7, "head": 0.7 + difference, "difference": difference,
        "low": difference - 0.005, "high": difference + 0.005, "tolerance": 0.001, "rows": 200,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("marks", "word"),
    [
        (("better", "within noise"), "better"),
        (("within noise", "within noise"), "no real difference"),
        (("better", "worse"), "worse"),
        (("inconclusive", "within noise"), "no real difference"),
        (("inconclusive", "cannot be told"), "not comparable"),
    ],
)
def test_one_metric_that_is_really_worse_is_enough(marks, word):
    rows = [row("auc", marks[0]), row("brier", marks[1]), row("f1", "worse")]
    assert verdict(rows, "the rows", {"auc", "brier"}).word == word


def test_the_reason_names_numbers_and_rows():
    found = verdict([row("auc", "better"), row("brier", "worse", -0.02)], "the same 10 rows", {"auc", "brier"})
    assert found.reason == (
        "brier goes from 0.7000 to 0.6800 (-0.0200, -0.0250 to -0.0150) on the same 10 rows, "
        "although auc is really better."
    )
    assert verdict([row("auc", "within noise", 0.0)], "ten rows", {"auc"}).reason == "the same auc on ten rows."
    one = verdict([row("auc", "within noise")], "ten rows", {"auc"})
    assert one.reason == "auc differs by no more than tolerance and noise on ten rows."


def test_what_closes_the_gate_and_by_which_name_it_can_be_accepted():
    findings = [
        *floors({"auc": {"passed": False, "floor": 0.8, "reason": "too low"}, "brier": {"passed": True}}),
        *regressions([row("auc", "worse"), row("f1", "worse")], [row("shop=north", "worse")], {"auc"}),
        *incomplete([Gap("no base", "git fetch")]),
    ]
    assert [one.accept for one in findings] == ["", "auc", "shop=north", "incomplete"]
    held = decided(findings, {"auc", "incomplete", "else", ""})
    assert [one.accepted for one in held] == [False, True, False, True]
    assert unused(findings, {"auc", "else"}) == ["else"]


def test_a_watched_metric_that_cannot_be_told_closes_the_gate():
    rows = [
        row("auc", "inconclusive"),
        row("brier", "inconclusive", 0.0),
        row("recall", "within noise"),
        row("f1", "inconclusive"),
    ]
    found = untold(rows, {"auc", "brier", "recall", "log_loss"})
    assert found == [
        Finding("comparison incomplete: auc cannot be told", "incomplete"),
        Finding("comparison incomplete: log_loss cannot be told", "incomplete"),
    ]


def test_nobody_accepts_a_missed_floor():
    assert decided([Finding("a floor")], {""})[0].accepted is False


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ('["bug", "accept:roc_auc", "accept:shop=a, b"]', {"roc_auc", "shop=a, b", "x"}),
        ("bug,accept:roc_auc, accept:brier", {"roc_auc", "brier", "x"}),
        ("", {"x"}),
        ("null", {"x"}),
        ('{"accept:a": 1}', {"x"}),
        ("[1, null]", {"x"}),
    ],
)
def test_labels_are_a_json_list_or_have_commas_between_them(labels, names):
    assert accepted(["x"], labels) == names
