"""The verdict of marked metrics, and what closes the gate."""

import pytest

from lifecycle.review.comparison import MetricDifference, SliceDifference
from lifecycle.review.kpis import ReportedInterval, ReportedKpi
from lifecycle.review.record import parse_accepted
from lifecycle.review.verdict import (
    Finding,
    accept_findings,
    find_gaps,
    find_inconclusive,
    find_missed_floors,
    find_regressions,
    find_unused,
    judge,
)
from lifecycle.review.versions import Gap

INTERVAL = ReportedInterval(value=0.7, low=0.6, high=0.8)


def fields(name, mark, difference):
    return {
        "name": name, "mark": mark, "base": 0.7, "head": 0.7 + difference, "difference": difference,
        "low": difference - 0.005, "high": difference + 0.005, "gain": difference, "tolerance": 0.001, "p_value": 0.5,
    }  # fmt: skip


def metric(name, mark, difference=0.01):
    return MetricDifference(better="higher", **fields(name, mark, difference))


def part(name, mark):
    return SliceDifference(column="shop", value="north", rows=200, **fields(name, mark, -0.01))


def kpi(name, passed, reason="reached"):
    return ReportedKpi(
        metric=name, floor=0.8, model=INTERVAL, baseline=INTERVAL, gain=INTERVAL, passed=passed, reason=reason
    )


@pytest.mark.parametrize(
    ("marks", "word"),
    [
        (("better", "within noise"), "better"),
        (("within noise", "within noise"), "no significant difference"),
        (("better", "worse"), "worse"),
        (("inconclusive", "within noise"), "no significant difference"),
        (("inconclusive", "inconclusive"), "not comparable"),
    ],
)
def test_one_metric_that_is_significantly_worse_is_enough(marks, word):
    rows = [metric("auc", marks[0]), metric("brier", marks[1]), metric("f1", "worse")]
    assert judge(rows, "the rows", {"auc", "brier"}).word == word


def test_the_reason_names_numbers_and_rows():
    found = judge([metric("auc", "better"), metric("brier", "worse", -0.02)], "the same 10 rows", {"auc", "brier"})
    assert found.reason == (
        "brier goes from 0.7000 to 0.6800 (-0.0200, -0.0250 to -0.0150) on the same 10 rows, "
        "although auc is significantly better."
    )
    assert judge([metric("auc", "within noise", 0.0)], "ten rows", {"auc"}).reason == "the same auc on ten rows."
    one = judge([metric("auc", "within noise")], "ten rows", {"auc"})
    assert one.reason == "auc differs by no more than tolerance and noise on ten rows."


def test_what_closes_the_gate_and_by_which_name_it_can_be_accepted():
    findings = [
        *find_missed_floors([kpi("auc", False, "too low"), kpi("brier", True)]),
        *find_regressions([metric("auc", "worse"), metric("f1", "worse")], [part("shop=north", "worse")], {"auc"}),
        *find_gaps([Gap(what="no base", todo="git fetch")]),
    ]
    assert [one.accept for one in findings] == ["", "auc", "shop=north", "incomplete"]
    held = accept_findings(findings, {"auc", "incomplete", "else", ""})
    assert [one.accepted for one in held] == [False, True, False, True]
    assert find_unused(findings, {"auc", "else"}) == ["else"]


def test_a_watched_metric_that_is_inconclusive_closes_the_gate():
    rows = [
        metric("auc", "inconclusive"),
        metric("brier", "inconclusive", 0.0),
        metric("recall", "within noise"),
        metric("f1", "inconclusive"),
    ]
    found = find_inconclusive(rows, {"auc", "brier", "recall", "log_loss"})
    assert found == [
        Finding(what="comparison incomplete: auc is inconclusive", accept="incomplete"),
        Finding(what="comparison incomplete: log_loss is inconclusive", accept="incomplete"),
    ]


def test_nobody_accepts_a_missed_floor():
    assert accept_findings([Finding(what="a floor")], {""})[0].accepted is False


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
    assert parse_accepted(["x"], labels) == names
