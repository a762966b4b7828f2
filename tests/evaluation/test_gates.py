"""Verdicts on few rows: floors, intervals, the trivial baseline, and what could not be measured."""

import numpy as np
import pytest

from lifecycle.data.problem import Kpi
from lifecycle.evaluation.bootstrap import Interval
from lifecycle.evaluation.gates import UNKNOWN, Gate, Rivals, explain_missed_floor, explain_missing_gain, judge_kpis
from lifecycle.evaluation.metric import Metric

AUC = Metric(
    target="sklearn.metrics.roc_auc_score", tasks=("binary",), needs="probability", better="higher", description=""
)
BRIER = Metric(
    target="sklearn.metrics.brier_score_loss", tasks=("binary",), needs="probability", better="lower", description=""
)
NAN = float("nan")


def gate(held="value", baseline=True):
    return Gate(judge=held, beat_baseline=baseline, resamples=10)


def kpi(floor, metric="roc_auc"):
    return Kpi(metric=metric, floor=floor, why="")


def test_a_reached_floor_passes():
    assert explain_missed_floor(kpi(0.7), AUC, Interval(0.7, 0.6, 0.8), gate()) == []


def test_a_missed_floor_is_said_with_both_numbers():
    found = explain_missed_floor(kpi(0.7), AUC, Interval(0.65, 0.6, 0.8), gate())
    assert found == ["value 0.6500 is worse than the floor 0.7"]


def test_the_worse_end_depends_on_the_direction():
    ours = Interval(0.2, 0.1, 0.3)
    assert explain_missed_floor(kpi(0.1), AUC, ours, gate("worse_end")) == []
    assert explain_missed_floor(kpi(0.15), AUC, ours, gate("worse_end")) == [
        "worse end 0.1000 is worse than the floor 0.15"
    ]
    assert explain_missed_floor(kpi(0.3, "brier"), BRIER, ours, gate("worse_end")) == []
    assert explain_missed_floor(kpi(0.25, "brier"), BRIER, ours, gate("worse_end")) == [
        "worse end 0.3000 is worse than the floor 0.25"
    ]


@pytest.mark.parametrize("gain", [Interval(0.1, 0.0, 0.2), Interval(0.1, -0.1, 0.3), Interval(NAN, NAN, NAN)])
def test_a_gain_that_is_not_clear_is_said(gain):
    assert len(explain_missing_gain(gain)) == 1


def test_a_clear_gain_is_enough():
    assert explain_missing_gain(Interval(0.1, 0.05, 0.15)) == []


@pytest.mark.parametrize("held", ["value", "worse_end"])
@pytest.mark.parametrize("metric", [AUC, BRIER])
def test_what_could_not_be_measured_never_passes(held, metric):
    unknown = Interval(NAN, NAN, NAN)
    assert len(explain_missed_floor(kpi(0.0), metric, unknown, gate(held))) == 1
    assert explain_missed_floor(kpi(NAN), metric, Interval(0.5, 0.5, 0.5), gate(held))


LABELS = np.array([0, 1] * 20)
MODEL = np.where(LABELS == 1, 0.9, 0.1)
MODEL[:4] = 0.5
WEIGHTS = [np.random.default_rng(seed).multinomial(40, np.full(40, 1 / 40)).astype(float) for seed in range(50)]


def verdicts(model, kpis, how, labels=LABELS):
    baseline = np.full(len(labels), 0.5)
    return judge_kpis(kpis, {"roc_auc": AUC, "brier": BRIER}, Rivals(labels, model, baseline, 0.5, WEIGHTS), how)


def test_a_good_model_passes_every_kpi_in_their_order():
    found = verdicts(MODEL, [kpi(0.2, "brier"), kpi(0.8)], gate("worse_end"))
    assert [(one.metric, one.passed, one.reason) for one in found] == [
        ("brier", True, "reached"),
        ("roc_auc", True, "reached"),
    ]
    assert found[0].model.value == pytest.approx((4 * 0.25 + 36 * 0.01) / 40)
    assert found[0].gain.value == pytest.approx(0.25 - found[0].model.value)
    assert found[1].baseline == Interval(0.5, 0.5, 0.5)


def test_a_model_like_the_baseline_does_not_pass():
    (found,) = verdicts(np.full(40, 0.5), [kpi(0.4)], gate())
    assert not found.passed
    assert found.reason == "not significantly better than the trivial baseline (gain 0.0000, from 0.0000)"


def test_one_class_alone_does_not_pass():
    (found,) = verdicts(MODEL, [kpi(0.0)], gate(baseline=False), labels=np.ones(40, dtype=np.int64))
    assert not found.passed
    assert np.isnan(found.model.value)


def test_a_gain_that_is_not_asked_for_is_not_judged():
    (found,) = verdicts(np.full(40, 0.5), [kpi(0.4)], gate(baseline=False))
    assert (found.passed, found.reason) == (True, "reached")


WIDTH = Metric(
    target="lifecycle.evaluation.metrics.regression.interval_width",
    tasks=("regression",),
    needs="interval",
    better="lower",
    description="",
)


def widths(floor, baseline):
    truth = np.arange(40.0)
    model = np.stack([truth - 1, truth, truth + 1], axis=1)
    rivals = Rivals(truth, model, baseline, 0.5, WEIGHTS)
    (found,) = judge_kpis([kpi(floor, "width")], {"width": WIDTH}, rivals, gate("worse_end"))
    return found


def test_where_the_baseline_cannot_be_measured_the_floor_alone_judges_and_it_is_said():
    passed, missed = (widths(floor, np.zeros(40)) for floor in (3.0, 1.0))
    assert (passed.passed, passed.reason) == (True, f"reached; {UNKNOWN}")
    assert (missed.passed, missed.reason) == (False, f"worse end 2.0000 is worse than the floor 1.0; {UNKNOWN}")
    assert np.isnan(passed.baseline.value) and np.isnan(passed.gain.value)


def test_numbers_are_judged_like_chances():
    found = widths(3.0, np.tile([-5.0, 0.0, 5.0], (40, 1)))
    assert (found.passed, found.reason, found.gain.value) == (True, "reached", 8.0)
