"""Verdicts on few rows: floors, intervals, the trivial baseline, and what could not be measured."""

import numpy as np
import pytest

from lifecycle.gates import Gate, failures, judge
from lifecycle.intervals import Interval
from lifecycle.metrics import Metric
from lifecycle.problem import Kpi

AUC = Metric(target="sklearn.metrics.roc_auc_score", needs="chance", better="higher", description="")
BRIER = Metric(target="sklearn.metrics.brier_score_loss", needs="chance", better="lower", description="")
NAN = float("nan")
GAIN = Interval(0.1, 0.05, 0.15)


def gate(held="value", baseline=True):
    return Gate(judge=held, beat_baseline=baseline, resamples=10)


def kpi(floor, metric="roc_auc"):
    return Kpi(metric=metric, floor=floor, why="")


def test_a_reached_floor_passes():
    assert failures(kpi(0.7), AUC, Interval(0.7, 0.6, 0.8), GAIN, gate()) == []


def test_a_missed_floor_is_said_with_both_numbers():
    found = failures(kpi(0.7), AUC, Interval(0.65, 0.6, 0.8), GAIN, gate())
    assert found == ["value 0.6500 is worse than the floor 0.7"]


def test_the_worse_end_depends_on_the_direction():
    ours = Interval(0.2, 0.1, 0.3)
    assert failures(kpi(0.1), AUC, ours, GAIN, gate("worse_end")) == []
    assert failures(kpi(0.15), AUC, ours, GAIN, gate("worse_end")) == ["worse end 0.1000 is worse than the floor 0.15"]
    assert failures(kpi(0.3, "brier"), BRIER, ours, GAIN, gate("worse_end")) == []
    assert failures(kpi(0.25, "brier"), BRIER, ours, GAIN, gate("worse_end")) == [
        "worse end 0.3000 is worse than the floor 0.25"
    ]


@pytest.mark.parametrize("gain", [Interval(0.1, 0.0, 0.2), Interval(0.1, -0.1, 0.3), Interval(NAN, NAN, NAN)])
def test_a_gain_that_is_not_clear_fails_where_it_is_asked_for(gain):
    ours = Interval(0.8, 0.7, 0.9)
    assert len(failures(kpi(0.7), AUC, ours, gain, gate())) == 1
    assert failures(kpi(0.7), AUC, ours, gain, gate(baseline=False)) == []


@pytest.mark.parametrize("held", ["value", "worse_end"])
@pytest.mark.parametrize("metric", [AUC, BRIER])
def test_what_could_not_be_measured_never_passes(held, metric):
    unknown = Interval(NAN, NAN, NAN)
    assert len(failures(kpi(0.0), metric, unknown, GAIN, gate(held, baseline=False))) == 1
    assert failures(kpi(NAN), metric, Interval(0.5, 0.5, 0.5), GAIN, gate(held, baseline=False))


LABELS = np.array([0, 1] * 20)
MODEL = np.where(LABELS == 1, 0.9, 0.1)
MODEL[:4] = 0.5
WEIGHTS = [np.random.default_rng(seed).multinomial(40, np.full(40, 1 / 40)).astype(float) for seed in range(50)]


def verdicts(model, kpis, how, labels=LABELS):
    baseline = np.full(len(labels), 0.5)
    return judge(kpis, {"roc_auc": AUC, "brier": BRIER}, labels, model, baseline, 0.5, WEIGHTS, how)


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
    assert found.reason == "not clearly better than the trivial baseline (gain 0.0000, from 0.0000)"


def test_one_class_alone_does_not_pass():
    (found,) = verdicts(MODEL, [kpi(0.0)], gate(baseline=False), labels=np.ones(40, dtype=np.int64))
    assert not found.passed
    assert np.isnan(found.model.value)
