"""The verdict of marked metrics, and what closes the gate."""

import pytest

from lifecycle.review.comparison import MetricDifference, SliceDifference
from lifecycle.review.kpis import ReportedInterval, ReportedKpi, RequiredKpi
from lifecycle.review.record import parse_accepted
from lifecycle.review.verdict import (
    Finding,
    accept_findings,
    find_gaps,
    find_inconclusive,
    find_missed_floors,
    find_regressions,
    find_unused,
    find_weakened_kpis,
    judge,
)
from lifecycle.review.versions import Gap

INTERVAL = ReportedInterval(value=0.7, low=0.6, high=0.8)


def fields(name, mark, difference):
    return {
        "name": name, "mark": mark, "base": 0.7, "head": 0.7 + difference, "difference": difference,
        "low": difference - 0.005, "high": difference + 0.005, "gain": difference, "tolerance": 0.001, "luck": 0.0,
        "p_value": 0.5,
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


def required(metric, floor, better="higher"):
    return RequiredKpi(metric=metric, floor=floor, better=better)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (required("auc", 0.7), [], "KPI auc of base, floor 0.7, is removed"),
        (required("auc", 0.7), [required("brier", 0.1)], "KPI auc of base, floor 0.7, is removed"),
        (
            required("auc", 0.7),
            [required("auc", 0.65)],
            "the floor of KPI auc is lowered from 0.7 to 0.65 (higher is better)",
        ),
        (
            required("auc", 0.2, "lower"),
            [required("auc", 0.3, "lower")],
            "the floor of KPI auc is lowered from 0.2 to 0.3 (lower is better)",
        ),
        (required("auc", 0.7), [required("auc", 0.7, "lower")], "KPI auc is turned round: better was higher, is lower"),
    ],
)
def test_a_kpi_that_is_removed_or_weaker_closes_the_gate_until_it_is_accepted_by_name(before, after, what):
    found = find_weakened_kpis([before], after)
    assert found == [Finding(what=what, accept="kpi:auc")]
    assert accept_findings(found, {"auc", "incomplete"}) == found
    assert accept_findings(found, {"kpi:auc"})[0].accepted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (required("auc", 0.7), required("auc", 0.75)),
        (required("auc", 0.7), required("auc", 0.7)),
        (required("auc", 0.2, "lower"), required("auc", 0.1, "lower")),
    ],
)
def test_a_kpi_that_is_as_strict_or_stricter_closes_nothing(before, after):
    assert find_weakened_kpis([before], [after, required("new", 0.1)]) == []


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
