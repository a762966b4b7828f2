"""Planted drifts are found where they are, and shuffled rows raise next to nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from lifecycle.data.problem import Budget, Decision, Kpi, Minimum, Problem
from lifecycle.evaluation.bootstrap import draw_block_weights
from lifecycle.evaluation.gates import Gate, Rivals, judge_kpis
from lifecycle.evaluation.metric import Metric
from lifecycle.evaluation.predictions import Predictions
from lifecycle.monitoring.alerts import Rule
from lifecycle.monitoring.monitor import MonitoringResult, rank_causes, run_checks
from lifecycle.monitoring.notifications import Channels
from lifecycle.monitoring.observations import VALIDATION, Basis, BrokenColumn, Observations, PredictedReference
from lifecycle.monitoring.performance_checks import Criteria
from lifecycle.monitoring.settings import DomainClassifier, Limits, Monitor

ROWS = 400
ONCE = {"fire": 1, "of": 1, "clear": 1}
IMPORTANCE = {"n3": 0.3, "n2": 0.1, "n1": 0.9}
MONITOR = Monitor(
    every="month",
    rows=50,
    alpha=0.005,
    measure="jensen_shannon",
    limits=Limits(
        volume=0.5,
        missing=0.05,
        new=0.01,
        outside=0.01,
        drift=0.1,
        domain_classifier=0.6,
        prediction=0.2,
        label=0.05,
        calibration=0.05,
        performance=0.02,
    ),
    domain_classifier=DomainClassifier(rows=300, periods=2, seasonal=0.3),
    resamples=20,
    notify=Channels(),
    rules={
        "data": Rule(watch=("schema", "volume", "missing", "new", "outside"), per="column", **ONCE),
        "drift": Rule(watch=("drift", "domain_classifier", "prediction", "label"), per="kind", **ONCE),
        "quality": Rule(watch=("floor", "performance", "calibration", "estimate"), per="column", **ONCE),
    },
)
PROBLEM = Problem(
    question="",
    decision=Decision(who="", how=""),
    unit="",
    task="binary",
    target="late",
    split="by_time",
    score="roc_auc",
    kpis=(Kpi(metric="roc_auc", floor=0.6, why=""),),
    minimum=Minimum(rows=1),
    budget=Budget(minutes=1, memory_gib=1, disk_gib=1),
    slices=("shop",),
)


def metric(function: Callable[..., float], better: str) -> Metric:
    return Metric(
        target=f"sklearn.metrics.{function.__name__}",
        tasks=("binary",),
        needs="probability",
        better=better,  # type: ignore[arg-type]
        description="",
    )


METRICS = {"roc_auc": metric(roc_auc_score, "higher")}


def draw_orders(
    periods: list[str], seed: int, change: Callable[[pd.DataFrame, str], None] | None = None
) -> Observations:
    """Orders of some months: what a model that knows the true probability says of them, and what happened.

    `change` gets each month's columns in turn, before the labels are drawn.
    """
    generator = np.random.default_rng(seed)
    tables = []
    for period in periods:
        days = pd.Series(pd.date_range(f"{period}-01", periods=28)).dt.strftime("%Y-%m-%d")
        columns = {f"n{place}": generator.normal(10, 2, ROWS) for place in range(4)}
        table = pd.DataFrame(columns).assign(
            gaps=np.where(generator.random(ROWS) < 0.1, np.nan, generator.uniform(size=ROWS)),
            skewed=generator.lognormal(0, 1, ROWS),
            shop=generator.choice(["north", "south", "west"], ROWS, p=[0.5, 0.3, 0.2]),
            day=generator.choice(days, ROWS),
            month=period,
        )
        table["probability"] = 1 / (1 + np.exp(-(table["n0"] - 10) / 1.5))
        table["late"] = (generator.random(ROWS) < table["probability"]).astype("int64")
        if change:
            change(table, period)
        tables.append(table.sort_values("day"))
    return rows(pd.concat(tables, ignore_index=True).dropna(subset="month", ignore_index=True))


def rows(table: pd.DataFrame) -> Observations:
    features = table.drop(columns=["probability", "late", "day", "month"]).astype({"shop": "str"})
    row = pd.Series(range(len(table)))
    truth = table["late"].to_numpy(dtype=np.int64)
    return Observations(
        features=features,
        period=table["month"].astype("str"),
        blocks=row,
        context=features[["shop"]],
        times=table["day"].astype("str"),
        predictions=Predictions("binary", features.index, table["probability"].to_numpy(), truth),
        labels=table["late"].astype("str").rename("late"),
    )


BEFORE, HELD, LATER = [f"2013-0{month}" for month in range(1, 7)], ["2013-07"], ["2013-08", "2013-09", "2013-10"]


def criteria(held: Observations) -> Criteria:
    return Criteria(
        problem=PROBLEM,
        metrics=METRICS,
        classes=("0", "1"),
        reference=PredictedReference(held, Basis(VALIDATION, "valid part")),
        monitor=MONITOR,
        importance=IMPORTANCE,
        resamples=20,
        seed=1,
    )


def check(
    before: Observations, later: Observations, asked: Criteria, compared: Observations | None = None
) -> MonitoringResult:
    """The findings where one model made all predictions, unless those to compare are others."""
    return run_checks(before, later, asked, compared or later)


def seen(change: Callable[[pd.DataFrame, str], None] | None = None, seed: int = 0) -> MonitoringResult:
    return check(draw_orders(BEFORE, seed), draw_orders(LATER, seed + 1, change), criteria(draw_orders(HELD, seed + 2)))


def raised(found: MonitoringResult) -> set[tuple[str, str, str]]:
    rows = found.signals[found.signals["raised"]]
    return set(zip(rows["period"], rows["kind"], rows["subject"], strict=True))


def in_september(change: Callable[[pd.DataFrame], None]) -> Callable[[pd.DataFrame, str], None]:
    return lambda table, period: change(table) if period == "2013-09" else None


def shift(table: pd.DataFrame) -> None:
    table["n2"] += 1.0  # half a standard deviation


def scale(table: pd.DataFrame) -> None:
    table["n2"] = 10 + 2.0 * (table["n2"] - 10)


def new_category(table: pd.DataFrame) -> None:
    table.loc[table.index[:20], "shop"] = "east"


def broken_sensor(table: pd.DataFrame) -> None:
    table.loc[table.index[::2], "skewed"] = np.nan


def stuck_sensor(table: pd.DataFrame) -> None:
    table["skewed"] = 1.0


def label_flip(table: pd.DataFrame) -> None:
    flipped = table.index[::3]
    table.loc[flipped, "late"] = 1 - table.loc[flipped, "late"]


@pytest.mark.parametrize(
    ("change", "signal"),
    [
        (shift, ("drift", "n2")),
        (scale, ("drift", "n2")),
        (scale, ("outside", "n2")),
        (new_category, ("new", "shop")),
        (broken_sensor, ("missing", "skewed")),
        (stuck_sensor, ("drift", "skewed")),
        (label_flip, ("performance", "roc_auc")),
    ],
)
def test_a_planted_change_is_found_in_its_column_and_period_and_no_other(
    change: Callable[[pd.DataFrame], None], signal: tuple[str, str]
) -> None:
    found = raised(seen(in_september(change)))
    assert ("2013-09", *signal) in found
    assert {period for period, _, _ in found} == {"2013-09"}
    columns = {subject for _, kind, subject in found if kind in ("drift", "missing", "new", "outside")}
    assert columns <= {signal[1]}


def test_a_slow_ramp_is_found_from_the_period_on_in_which_it_reaches_the_limit() -> None:
    steps = dict(zip(LATER, [0.1, 0.5, 0.9], strict=True))  # in standard deviations

    def ramp(table: pd.DataFrame, period: str) -> None:
        table["n3"] += 2 * steps[period]

    found = {(period, kind, subject) for period, kind, subject in raised(seen(ramp)) if kind == "drift"}
    assert found == {("2013-09", "drift", "n3"), ("2013-10", "drift", "n3")}


def test_fewer_rows_a_day_are_a_signal() -> None:
    def fewer(table: pd.DataFrame, period: str) -> None:
        if period == "2013-09":
            table.loc[table.index[100:], "month"] = None  # left out

    assert ("2013-09", "volume", "(all)") in raised(seen(fewer))


def test_a_change_of_pairs_alone_is_found_by_the_domain_classifier() -> None:
    def twisted(table: pd.DataFrame) -> None:
        table["n3"] = 20 - table["n2"]

    found = raised(seen(in_september(twisted)))
    assert ("2013-09", "domain_classifier", "(all)") in found
    assert not {one for one in found if one[1] == "drift"}


def test_predictions_that_are_too_high_are_a_signal_of_calibration() -> None:
    def easier(table: pd.DataFrame) -> None:
        table.loc[table.index[::3], "late"] = 0

    assert ("2013-09", "calibration", "(all)") in raised(seen(in_september(easier)))


def test_a_broken_schema_is_a_signal_of_its_own() -> None:
    later = draw_orders(LATER, 1)
    broken = [BrokenColumn("n9", "is missing")]
    found = run_checks(draw_orders(BEFORE, 0), later, criteria(draw_orders(HELD, 2)), later, broken)
    assert set(raised(found)) == {(period, "schema", "n9") for period in LATER}


def test_rows_without_the_column_of_a_slice_are_evaluated_without_that_slice() -> None:
    later = draw_orders(LATER, 1)
    found = check(
        draw_orders(BEFORE, 0),
        replace(later, context=later.context.drop(columns="shop")),
        criteria(draw_orders(HELD, 2)),
    )
    assert found.slices.empty
    assert found.results["value"].notna().all()


def test_rows_without_labels_are_evaluated_by_the_estimate_alone() -> None:
    later = draw_orders(LATER, 1)
    blank = pd.Series([None] * len(later.features), dtype="object", name="late")
    found = check(draw_orders(BEFORE, 0), replace(later, labels=blank), criteria(draw_orders(HELD, 2)))
    assert set(found.signals["kind"]).isdisjoint({"floor", "performance", "calibration", "label"})
    assert found.results["estimate"].notna().all()
    assert found.results["value"].isna().all()
    assert (found.results["labelled"] == 0).all()


def test_a_season_that_the_reference_has_too_is_no_signal() -> None:
    def season(table: pd.DataFrame, period: str) -> None:
        table["n2"] += 2 * (int(period[-2:]) % 2)

    before, later = draw_orders(BEFORE, 0, season), draw_orders(LATER, 1, season)
    found = check(before, later, criteria(draw_orders(HELD, 2, season)))
    assert "n2" in found.seasonal
    assert not {one for one in raised(found) if one[2] == "n2"}


def of_one_day(rows: Observations) -> Observations:
    day = pd.Series(["2013-08-01"] * len(rows.features))
    return replace(rows, blocks=day)


def test_rows_of_a_single_day_have_p_values_too() -> None:
    def twisted(table: pd.DataFrame, _: str) -> None:
        table["n3"] = 20 - table["n2"]

    before, held = draw_orders(BEFORE, 0), draw_orders(HELD, 2)
    same = check(before, of_one_day(draw_orders(LATER[:1], 1)), criteria(held))
    assert raised(same) == set()
    assert same.signals.set_index("kind").loc["calibration", "p_value"] > 0
    assert same.signals.set_index("kind").loc["domain_classifier", "size"] == pytest.approx(0.5, abs=0.08)
    changed = raised(check(before, of_one_day(draw_orders(LATER[:1], 1, twisted)), criteria(held)))
    assert ("2013-08", "domain_classifier", "(all)") in changed


def test_causes_name_the_most_important_features_first() -> None:
    def two(table: pd.DataFrame) -> None:
        table["n2"] += 4.0
        table["n3"] += 2.0

    seen_now = seen(in_september(two))
    found = rank_causes(seen_now, IMPORTANCE)
    assert list(dict.fromkeys(found["feature"])) == ["n3", "n2"]
    assert found["importance"].tolist() == found["feature"].map(IMPORTANCE).tolist()
    (alert,) = (one for one in seen_now.alerts if (one.kind, one.period) == ("drift", "2013-09"))
    assert (alert.subject, alert.key) == ("(all)", "drift/drift/(all)/2013-09")
    start = "2 of 7 features, the most important first: n3: jensen-shannon 0."
    assert alert.message.startswith(start)
    assert "; n2: jensen-shannon 0." in alert.message


def test_a_broken_sensor_among_many_changed_columns_is_an_alert_of_its_own() -> None:
    def broken(table: pd.DataFrame) -> None:
        table["n2"] += 4.0
        broken_sensor(table)

    found = [one for one in seen(in_september(broken)).alerts if one.rule == "data" and one.kind == "missing"]
    assert [(one.subject, one.period) for one in found] == [("skewed", "2013-09")]


def thinned(rows: int) -> Callable[[pd.DataFrame, str], None]:
    """So many rows alone in October."""

    def fewer(table: pd.DataFrame, period: str) -> None:
        if period == "2013-10":
            table.loc[table.index[rows:], "month"] = None  # left out

    return fewer


@pytest.mark.parametrize("rows", [1, MONITOR.rows - 1])
def test_a_period_with_few_rows_is_evaluated_by_their_number_alone(rows: int) -> None:
    found = seen(thinned(rows))
    assert (found.few, found.newest, found.rows["2013-10"]) == (["2013-10"], "2013-10", rows)
    signals = found.signals[found.signals["period"] == "2013-10"]
    assert signals[["kind", "raised"]].to_numpy().tolist() == [["volume", True]]
    assert [(one.rule, one.kind) for one in found.present] == [("data", "volume")]
    assert set(found.results["period"]) == {"2013-08", "2013-09"}


def test_a_few_rows_of_a_day_that_are_as_many_as_usual_are_not_the_newest_period() -> None:
    def begun(table: pd.DataFrame, period: str) -> None:
        if period == "2013-10":
            table.loc[table["day"] > "2013-10-02", "month"] = None  # left out

    found = seen(begun)
    assert (found.few, found.newest) == (["2013-10"], "2013-09")
    assert found.present == []


def test_a_measured_kpi_has_the_value_and_the_interval_that_the_gate_gives_the_same_rows() -> None:
    later = draw_orders(LATER[:1], 1)
    rows = replace(later, blocks=later.times)
    asked = replace(criteria(draw_orders(HELD, 2)), resamples=30)
    (found,) = check(draw_orders(BEFORE, 0), rows, asked).results.to_dict("records")
    scored = later.predictions
    assert scored is not None
    weights = draw_block_weights(later.times, 30, asked.seed)
    rivals = Rivals(scored.truth, scored.scores, np.full(ROWS, 0.5), 0.5, weights)
    (verdict,) = judge_kpis(PROBLEM.kpis, METRICS, rivals, Gate(judge="value", beat_baseline=True, resamples=30))
    model = verdict.model
    assert (found["value"], found["low"], found["high"]) == (model.value, model.low, model.high)


def by_released_model(rows: Observations) -> Observations:
    """The same rows scored by a model that is less sure, and that ranks no better than by chance."""
    assert rows.predictions is not None
    scores = 0.4 + 0.2 * np.random.default_rng(5).random(len(rows.predictions.scores))
    return replace(rows, predictions=replace(rows.predictions, scores=scores))


def test_predictions_are_compared_within_one_model_and_what_is_served_is_measured() -> None:
    before, later, asked = draw_orders(BEFORE, 0), draw_orders(LATER, 1), criteria(draw_orders(HELD, 2))
    found = check(before, by_released_model(later), asked, later)
    assert {kind for _, kind, _ in raised(found)} == {"floor"}
    same = check(before, later, asked).results
    assert found.results[["reference", "estimate", "compared"]].equals(same[["reference", "estimate", "compared"]])
    assert same["value"].tolist() == same["compared"].tolist()
    assert found.results["value"].between(0.4, 0.6).all()
    assert (found.basis.model, found.basis.part) == ("validation model", "valid part")
    mixed = {kind for _, kind, _ in raised(check(before, by_released_model(later), asked))}
    assert mixed >= {"floor", "prediction", "performance"}  # what comes of comparing two models


def test_without_predictions_of_the_references_model_nothing_is_estimated_or_compared() -> None:
    later = draw_orders(LATER, 1)
    found = check(draw_orders(BEFORE, 0), later, criteria(draw_orders(HELD, 2)), later.take(np.arange(0)))
    assert set(found.signals["kind"]).isdisjoint({"estimate", "performance", "prediction"})
    assert found.results[["estimate", "compared", "inside"]].isna().all(axis=None)
    assert found.results["value"].notna().all()
    assert found.slices.empty


def test_without_history_the_usual_size_is_not_known_and_the_limit_alone_counts() -> None:
    before, held = draw_orders(BEFORE[:2], 0), draw_orders(HELD, 2)
    quiet = check(before, draw_orders(LATER, 1), criteria(held))
    assert raised(quiet) == set()
    assert quiet.signals["usual"].isna().all()
    assert quiet.seasonal == []
    found = check(before, draw_orders(LATER, 1, in_september(shift)), criteria(held))
    assert ("2013-09", "drift", "n2") in raised(found)
    messages = found.signals.set_index(["period", "kind", "subject"])["message"]
    assert messages["2013-09", "drift", "n2"].endswith(", no history yet")
    assert messages["2013-09", "prediction", "probability"].endswith(", no history yet")
    assert messages["2013-09", "domain_classifier", "(all)"].endswith(", no history yet")


def test_with_history_the_usual_size_is_that_of_the_references_periods() -> None:
    signals = seen().signals
    known = signals[signals["kind"].isin(["drift", "missing", "new", "outside", "volume", "domain_classifier"])]
    assert known["usual"].notna().all()
    assert signals.loc[signals["kind"] == "prediction", "usual"].isna().all()  # its reference is one month


@pytest.mark.slow
def test_shuffled_rows_raise_an_alert_in_at_most_one_of_twenty_replays() -> None:
    monitor = replace(MONITOR, domain_classifier=DomainClassifier(rows=100, periods=0, seasonal=0.3))
    table = shuffled_rows()
    alarmed = [bool(replayed(table, seed, monitor).alerts) for seed in range(200)]
    assert sum(alarmed) <= 10


def shuffled_rows() -> pd.DataFrame:
    whole = draw_orders([*BEFORE[:3], *HELD, *LATER[:1]], 7)
    assert whole.predictions is not None
    return whole.features.assign(
        probability=whole.predictions.scores, late=whole.predictions.truth, day=whole.times, month=whole.period
    )


def replayed(table: pd.DataFrame, seed: int, monitor: Monitor) -> MonitoringResult:
    """The rows dealt anew to the days."""
    order = np.random.default_rng(seed).permutation(len(table))
    dealt = table.iloc[order].reset_index(drop=True).assign(day=table["day"], month=table["month"])
    parts = [rows(dealt[dealt["month"].isin(names)].reset_index(drop=True)) for names in (BEFORE, LATER, HELD)]
    return check(parts[0], parts[1], replace(criteria(parts[2]), monitor=monitor, seed=seed))
