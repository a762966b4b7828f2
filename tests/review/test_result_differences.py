"""The reported results beside the recomputed ones: every value that differs is named, and nothing else."""

import pytest

from lifecycle.review.result_differences import describe_differences, find_values_outside

Record = dict[str, object]


def kpi(value: float = 0.758645, low: float = 0.693152, floor: float = 0.7, passed: bool = True) -> Record:
    gain: Record = {"value": value - 0.5, "low": low - 0.5, "high": 0.304112}
    return {
        "metric": "roc_auc",
        "floor": floor,
        "model": {"value": value, "low": low, "high": 0.804112},
        "baseline": {"value": 0.5, "low": 0.5, "high": 0.5},
        "gain": gain,
        "passed": passed,
        "reason": "reached",
    }


def record(one: Record, passed: bool = True, f1: float | None = 0.380178) -> Record:
    return {"passed": passed, "kpis": {"roc_auc": one}, "metrics": {"f1": f1}, "rows": 27010}


def test_equal_records_differ_in_nothing() -> None:
    assert describe_differences(record(kpi()), record(kpi())) == []


def test_what_the_reports_digits_cut_off_is_no_difference() -> None:
    exact = record(kpi(0.75864549, 0.69315151))
    assert describe_differences(record(kpi(0.758645, 0.693152)), exact) == []
    assert describe_differences(record(kpi(0.758646, 0.693152)), exact) == [], "the last digit, rounded elsewhere"


def test_an_undefined_value_is_reported_as_nothing() -> None:
    assert describe_differences(record(kpi(), f1=None), record(kpi(), f1=float("nan"))) == []
    assert describe_differences(record(kpi(), f1=0.9), record(kpi(), f1=float("nan"))) == [
        "reports/test.json: metrics.f1 is reported as 0.9, recomputed as nothing"
    ]


def test_the_noise_of_a_gain_of_nothing_is_no_difference() -> None:
    before, after = kpi(), kpi()
    before["gain"], after["gain"] = ({"value": value, "low": 0.0, "high": 0.0} for value in (1e-17, -3e-17))
    assert describe_differences(record(before), record(after)) == []


def test_a_forged_verdict_is_named_with_both_values() -> None:
    assert describe_differences(record(kpi(passed=True)), record(kpi(passed=False), passed=False)) == [
        "KPI roc_auc: passed is reported as true, recomputed as false",
        "reports/test.json: passed is reported as true, recomputed as false",
    ]


def test_a_forged_value_is_named_with_both_and_with_its_own_interval() -> None:
    forged = kpi()
    forged["model"] = {"value": 0.8586, "low": 0.693152, "high": 0.804112}
    assert describe_differences(record(forged), record(kpi())) == [
        "KPI roc_auc: model.value is reported as 0.8586, recomputed as 0.758645; "
        "0.8586 lies outside its own interval 0.693152 to 0.804112"
    ]


def test_a_lowered_floor_is_named_beside_that_of_the_problem() -> None:
    assert describe_differences(record(kpi(floor=0.5)), record(kpi())) == [
        "KPI roc_auc: floor is reported as 0.5, in conf/problem/ it is 0.7"
    ]


def test_a_kpi_that_is_left_out_or_added_is_named() -> None:
    without: Record = {"passed": True, "kpis": {}, "metrics": {"f1": 0.380178}, "rows": 27010}
    (gone,) = describe_differences(without, record(kpi()))
    assert gone.startswith("KPI roc_auc: baseline.high is reported as nothing, recomputed as 0.5; ")
    assert gone.endswith("; and 8 more")
    (added,) = describe_differences(record(kpi()), without)
    assert added.startswith("KPI roc_auc: baseline.high is reported as 0.5, recomputed as nothing; ")


def test_other_values_are_named_together() -> None:
    forged = record(kpi(), f1=0.9) | {"rows": 30000}
    assert describe_differences(forged, record(kpi())) == [
        "reports/test.json: metrics.f1 is reported as 0.9, recomputed as 0.380178; "
        "rows is reported as 30000, recomputed as 27010"
    ]


def test_a_truth_value_is_no_number() -> None:
    assert describe_differences({"rows": True}, {"rows": 1}) == [
        "reports/test.json: rows is reported as true, recomputed as 1"
    ]


@pytest.mark.parametrize("content", [[], None, "passed"])
def test_what_is_no_record_differs(content: object) -> None:
    assert describe_differences(content, record(kpi()))


def test_values_outside_their_interval_are_found_where_there_is_one() -> None:
    inside, outside, unknown = kpi(), kpi(), kpi()
    outside["model"] = {"value": 0.6, "low": 0.7, "high": 0.8}
    unknown["model"] = {"value": 0.6, "low": None, "high": None}
    found = find_values_outside({"kpis": {"a": inside, "b": outside, "c": unknown}})
    assert found == {"b": "0.6 lies outside its own interval 0.7 to 0.8"}
