import pandas as pd

from lifecycle.reporting.index import sections
from lifecycle.reporting.index.section import Line

ASKED = {
    "task": "clustering",
    "target": None,
    "unit": "one day",
    "decision": {"who": "a planner", "how": "by kind of day"},
    "prediction_time": None,
    "costs": None,
    "positive": "",
    "score": "silhouette",
    "kpis": [{"metric": "silhouette", "floor": 0.1, "why": "clusters stand apart"}],
}


def scope(enough=True, **asked):
    return {
        "problem": ASKED | asked,
        "checks": [{"name": "train rows", "found": 50, "needed": 1000.5, "enough": enough}],
        "labels_by_month": [],
        "learning_curve": [],
    }


def test_a_question_without_labels_has_no_charts():
    made = sections.question(scope())
    assert made.charts == ()
    assert made.facts == (("One row", "one day"), ("Who acts", "a planner"), ("How", "by kind of day"))
    assert made.tables[1].rows == (("train rows", "50", "1,000.5000", "yes"),)
    assert (made.lead, made.tone) == ("There are enough rows to answer it.", "good")


def test_too_few_rows_are_said_first():
    made = sections.question(scope(enough=False))
    assert (made.lead, made.tone) == ("Not enough: train rows.", "bad")


def test_a_rate_is_shown_in_percent_and_a_mean_as_it_is():
    months = {"labels_by_month": [{"month": "2013-01", "mean": 0.25, "rows": 4}], "learning_curve": []}
    rate = sections.answers(scope(task="binary", positive="is late") | months)
    mean = sections.answers(scope(task="regression", target="minutes") | months)
    assert (rate[0].title, rate[0].lines[0].told) == ("Share of train rows by month: is late", "25.0%")
    assert (mean[0].title, mean[0].lines[0].told) == ("Mean of minutes by month", "0.25")


def test_data_counts_rows_by_table_and_batch():
    origin = {"source": "s", "licence": "l", "publisher": "p"}
    batches = [{"batch": f"flights/2013-0{month}.parquet", "rows": month, **origin} for month in (1, 2)]
    planes = {"batch": "planes/all.parquet", "rows": 9, **origin}
    made = sections.data({"batches": [*batches, planes], "through": "2013-02-28"})
    assert made.lead == "3 batches with 12 rows make up the data version through 2013-02-28."
    one = sections.data({"batches": batches[:1]})
    assert one.lead == "1 batch with 1 row makes up the data version."
    assert [(line.label, line.told) for line in made.charts[0].lines] == [("planes", "9"), ("flights", "3")]
    assert made.tables[0].rows == (("s", "l", "p"),)


def test_quality_says_what_was_rejected_missing_and_mended():
    made = sections.quality(
        {
            "kept_rows": 90,
            "rejected_rows": 10,
            "rejected_by_reason": {"no label": 10},
            "missing_share": {"a": 0.1, "b": 0.2},
            "changed_values": {"c": {"blank": 2}},
            "blanked_as_noise": {"weather.wind": 7},
        }
    )
    assert made.lead == "90 rows are kept, 10 rejected (10.0%)."
    assert [line.label for line in made.charts[1].lines] == ["b", "a"]
    assert made.tables[0].rows == (("c", "2"), ("weather.wind", "7"))


def test_parts_without_a_time_have_no_calendar():
    split = {"parts": {name: {"rows": 1000} for name in ("train", "valid", "test")}, "signs": []}
    made = sections.parts(split)
    assert [chart.title for chart in made.charts] == ["Rows by part"]
    assert made.lead == "1,000 rows to learn from, 1,000 to decide on, 1,000 sealed for the test."


def test_the_winner_is_green_and_what_is_worse_than_noise_grey():
    rows = [("lightgbm", 0.8, True), ("linear", 0.79, True), ("baseline", 0.5, False)]
    found = [{"option": name, "score": score, "within_noise": near} for name, score, near in rows]
    made = sections.candidates({"candidates": found, "winner": "lightgbm", "metric": "auc", "reason": "the best"})
    assert [line.tone for line in made.charts[0].lines] == ["good", "plain", "quiet"]
    assert made.lead == "the best."


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
    made = sections.tested({"kpis": {"auc": verdict(), "f1": verdict(passed=False)}, "rows": 2000})
    assert (made.lead, made.tone) == ("1 of 2 KPIs are reached on 2,000 sealed rows.", "bad")
    assert [chart.lines[0].tone for chart in made.charts] == ["good", "bad"]
    assert made.tables[0].rows[1] == ("f1", "0.7000", "MISSED", "below its floor")


def test_a_baseline_of_which_the_metric_cannot_be_taken_has_no_bar():
    chart = sections.kpi("silhouette", verdict(baseline=None))
    assert chart.lines[1] == Line("baseline", "–", None, None, (("floor", 0.7),), "quiet")
    assert chart.low < 0.7 < 0.85 < chart.high


def test_evaluation_tells_the_threshold_where_there_is_one():
    importance = pd.DataFrame({"feature": ["hour"], "fall": [0.1]})
    metrics = {"valid": {"mae": 1.0, "width": None}, "baseline": {"mae": 2.0}}
    plain = sections.evaluation(metrics, {"threshold": None}, importance)
    costs = {"threshold": 0.25, "cost": 0.4, "cost_of_none": 0.7, "cost_of_all": 0.8}
    priced = sections.evaluation(metrics, costs, importance)
    assert "flagged" not in plain.lead
    assert "flagged from a probability of 0.250 on and then costs 0.400" in priced.lead
    assert plain.tables[0].rows == (("mae", "1.0000", "2.0000"),)
