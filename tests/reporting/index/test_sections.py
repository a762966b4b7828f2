from dataclasses import replace

import pytest

from lifecycle.config import from_record
from lifecycle.errors import CorruptFile
from lifecycle.reporting.index import sections
from lifecycle.reporting.index.records import (
    IntervalView,
    MetricsView,
    ProvenanceView,
    QualityView,
    ScopeView,
    SealedTestView,
    SelectionView,
    SplitView,
    ThresholdView,
    VerdictView,
)
from lifecycle.reporting.index.section import Line

PROBLEM = {
    "question": "which days are alike?",
    "task": "clustering",
    "target": None,
    "unit": "one day",
    "decision": {"who": "a planner", "how": "by kind of day"},
    "prediction_time": None,
    "costs": None,
    "positive": "",
    "score": "silhouette",
    "kpis": [{"metric": "silhouette", "floor": 0.1, "why": "clusters are apart"}],
}


def scope(enough=True, months=(), **problem):
    report = {
        "problem": PROBLEM | problem,
        "checks": [{"name": "train rows", "found": 50, "needed": 1000.5, "enough": enough}],
        "labels_by_month": list(months),
        "learning_curve": [],
        "leak_signs": [],
    }
    return from_record(ScopeView, report)


def test_a_question_without_labels_has_no_charts():
    section = sections.describe_question(scope())
    assert section.charts == ()
    assert section.facts == (("One row", "one day"), ("Who acts", "a planner"), ("How", "by kind of day"))
    assert section.tables[1].rows == (("train rows", "50", "1,000.5000", "yes"),)
    assert (section.lead, section.tone) == ("There are enough rows to answer the question.", "good")


def test_costs_and_prediction_time_are_facts():
    times = {"prediction_time": {"column": "asked", "description": "at noon"}}
    section = sections.describe_question(scope(costs={"false_positive": 1.0, "false_negative": 2.5}, **times))
    assert section.facts[3:] == (
        ("Prediction time", "at noon"),
        ("Costs", "1 per false positive, 2.5 per false negative"),
    )


def test_too_few_rows_come_first():
    section = sections.describe_question(scope(enough=False))
    assert (section.lead, section.tone) == ("Not enough: train rows.", "bad")


def test_a_rate_is_shown_in_percent_and_a_mean_as_it_is():
    months = [{"month": "2013-01", "mean": 0.25, "rows": 4}]
    rate = sections.chart_target(scope(months=months, task="binary", positive="is late"))
    mean = sections.chart_target(scope(months=months, task="regression", target="minutes"))
    assert (rate[0].title, rate[0].lines[0].text) == ("Share of train rows by month: is late", "25.0%")
    assert (mean[0].title, mean[0].lines[0].text) == ("Mean of minutes by month", "0.25")


def test_the_learning_curve_has_a_bar_for_each_number_of_rows():
    curve = ({"rows": 1000, "silhouette": 0.25}, {"rows": 2000, "silhouette": 0.5})
    (chart,) = sections.chart_target(replace(scope(), learning_curve=curve))
    assert [(line.label, line.text) for line in chart.lines] == [("1,000 rows", "0.2500"), ("2,000 rows", "0.5000")]


def test_data_counts_rows_by_table_and_batch():
    origin = {"source": "s", "licence": "l", "publisher": "p"}
    batches = [{"batch": f"flights/2013-0{month}.parquet", "rows": month, **origin} for month in (1, 2)]
    planes = {"batch": "planes/all.parquet", "rows": 9, **origin}
    report = {"batches": [*batches, planes], "through": "2013-02-28"}
    section = sections.describe_data(from_record(ProvenanceView, report))
    assert section.lead == "3 batches with 12 rows make up the data version through 2013-02-28."
    one = sections.describe_data(from_record(ProvenanceView, {"batches": batches[:1]}))
    assert one.lead == "1 batch with 1 row makes up the data version."
    assert [(line.label, line.text) for line in section.charts[0].lines] == [("planes", "9"), ("flights", "3")]
    assert section.tables[0].rows == (("s", "l", "p"),)


def test_batches_of_the_largest_table_are_charted():
    origin = {"source": "s", "licence": "l", "publisher": "p"}
    batches = [{"batch": f"flights/2013-0{month}.parquet", "rows": month, **origin} for month in (1, 2)]
    section = sections.describe_data(from_record(ProvenanceView, {"batches": batches}))
    assert section.charts[1].title == "Rows by batch of flights"
    assert [(line.label, line.text) for line in section.charts[1].lines] == [("2013-01", "1"), ("2013-02", "2")]


def test_quality_shows_rejected_missing_and_repaired_values():
    report = {
        "kept_rows": 90,
        "rejected_rows": 10,
        "rejected_by_reason": {"no label": 10},
        "missing_share": {"a": 0.1, "b": 0.2},
        "changed_values": {"c": {"blank": 2}},
        "blanked_as_noise": {"weather.wind": 7},
    }
    section = sections.describe_quality(from_record(QualityView, report))
    assert section.lead == "90 rows are kept, 10 rejected (10.0%)."
    assert [line.label for line in section.charts[1].lines] == ["b", "a"]
    assert section.tables[0].rows == (("c", "2"), ("weather.wind", "7"))
    waiting = sections.describe_quality(from_record(QualityView, report | {"open_rows": 1200}))
    assert waiting.lead == f"{section.lead} 1,200 have no label yet."


def test_parts_without_a_time_have_no_time_spans():
    split = {"parts": {name: {"rows": 1000} for name in ("train", "valid", "test")}, "signs": []}
    section = sections.describe_parts(from_record(SplitView, split))
    assert [chart.title for chart in section.charts] == ["Rows by part"]
    assert section.lead == "1,000 rows train the model, 1,000 validate it, 1,000 are sealed for the test."


def test_the_winner_is_green_and_what_is_worse_than_noise_grey():
    rows = [("boosted", 0.8, True), ("linear", 0.79, True), ("baseline", 0.5, False)]
    candidates = [{"option": name, "score": score, "within_noise": near} for name, score, near in rows]
    report = {"candidates": candidates, "winner": "boosted", "metric": "auc", "reason": "the best"}
    section = sections.describe_candidates(from_record(SelectionView, report))
    assert [line.tone for line in section.charts[0].lines] == ["good", "plain", "quiet"]
    assert section.lead == "the best."


def verdict(passed=True, baseline=0.5):
    ends = {"low": None, "high": None} if baseline is None else {"low": 0.4, "high": 0.6}
    return {
        "floor": 0.7,
        "model": {"value": 0.8, "low": 0.75, "high": 0.85},
        "baseline": {"value": baseline, **ends},
        "passed": passed,
        "reason": "reached" if passed else "below its floor",
    }


def test_a_missed_kpi_is_red_and_counted():
    report = {"kpis": {"auc": verdict(), "f1": verdict(passed=False)}, "rows": 2000}
    section = sections.describe_test(from_record(SealedTestView, report))
    assert (section.lead, section.tone) == ("1 of 2 KPIs reach their floor on 2,000 sealed rows.", "bad")
    assert [chart.lines[0].tone for chart in section.charts] == ["good", "bad"]
    assert section.tables[0].rows[1] == ("f1", "0.7000", "MISSED", "below its floor")


def test_a_baseline_without_a_value_has_no_bar():
    chart = sections.chart_kpi("silhouette", from_record(VerdictView, verdict(baseline=None)))
    assert chart.lines[1] == Line("baseline", "–", None, None, (("floor", 0.7),), "quiet")
    assert chart.low < 0.7 < 0.85 < chart.high


def test_an_interval_without_length_is_a_value():
    assert sections.format_interval(IntervalView(value=0.5, low=0.5, high=0.5)) == "0.5000"


def test_evaluation_describes_the_threshold_where_there_is_one():
    metrics = MetricsView(valid={"mae": 1.0, "width": None}, baseline={"mae": 2.0})
    costs = ThresholdView(threshold=0.25, cost=0.4, cost_of_none=0.7, cost_of_all=0.8)
    plain = sections.describe_evaluation(metrics, ThresholdView(threshold=None), {"hour": 0.1})
    priced = sections.describe_evaluation(metrics, costs, {"hour": 0.1})
    assert "predicted positive" not in plain.lead
    assert "predicted positive at probability ≥ 0.250. The mean cost per row is then 0.400" in priced.lead
    assert plain.tables[0].rows == (("mae", "1.0000", "2.0000"),)
    assert [line.label for line in plain.charts[0].lines] == ["hour"]


@pytest.mark.parametrize(("rows", "message"), [("many", "rows"), (None, "rows"), (1.5, "rows")])
def test_a_report_that_does_not_fit_is_named(rows, message):
    report = {"kpis": {"auc": verdict()}, "rows": rows}
    with pytest.raises(CorruptFile, match=message) as raised:
        from_record(SealedTestView, report, where="reports/test.json", todo="dvc repro")
    assert "reports/test.json" in str(raised.value)
