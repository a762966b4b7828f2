"""Corrected probabilities, by the formulas of their papers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from lifecycle import targets
from lifecycle.modeling.estimators.calibrated import BetaCalibrated, TemperatureScaled, fit_beta, fit_temperature


class Known:
    """Gives the columns of its rows as probabilities."""

    def __init__(self, *classes):
        self.classes_ = np.array(classes)

    def predict_proba(self, table):
        return table.to_numpy()


def apply(call, scores):
    return targets.call(call, "", estimator=None).calibrate(np.array(scores))


def test_beta_calibration_is_that_of_its_paper():
    p = np.array([0.1, 0.5, 0.9])
    expected = 1 / (1 + 1 / (np.exp(-0.2) * p**0.8 / (1 - p) ** 1.3))
    model = BetaCalibrated(Known(0, 1), a=0.8, b=1.3, c=-0.2)
    found = model.predict_proba(pd.DataFrame({"no": 1 - p, "yes": p}))
    assert found[:, 1] == pytest.approx(expected)
    assert found.sum(axis=1) == pytest.approx(1.0)
    assert model.predict(pd.DataFrame({"no": [0.9, 0.1], "yes": [0.1, 0.9]})).tolist() == [0, 1]


def test_a_classifier_that_has_seen_one_class_keeps_its_only_column():
    assert BetaCalibrated(Known(1), 1.0, 1.0, 0.0).predict_proba(pd.DataFrame({"yes": [1.0]})).tolist() == [[1.0]]


def test_a_temperature_above_1_brings_classes_closer():
    model = TemperatureScaled(Known(0, 1, 2), temperature=2.0)
    found = model.predict_proba(pd.DataFrame([[0.81, 0.16, 0.03], [0.0, 0.0, 1.0]]))
    roots = np.sqrt([0.81, 0.16, 0.03])
    assert found[0] == pytest.approx(roots / roots.sum())
    assert found[1].argmax() == 2
    assert (found > 0).all()


def test_what_was_distorted_is_found_again():
    rng = np.random.default_rng(0)
    true = rng.uniform(0.02, 0.98, 20_000)
    labels = (rng.uniform(size=true.size) < true).astype(np.int64)
    distorted = 1 / (1 + np.exp(-2.0 * np.log(true / (1 - true)) - 1.0))
    call = fit_beta(distorted, labels)
    assert call.arguments["a"] == pytest.approx(0.5, abs=0.03)
    assert call.arguments["b"] == pytest.approx(0.5, abs=0.03)
    assert apply(call, distorted) == pytest.approx(true, abs=0.02)


def test_a_temperature_that_was_too_low_is_found():
    rng = np.random.default_rng(0)
    true = rng.dirichlet([1.0, 1.0, 1.0], 20_000)
    labels = np.array([rng.choice(3, p=one) for one in true])
    sharp = true**3 / (true**3).sum(axis=1, keepdims=True)
    assert fit_temperature(sharp, labels).arguments["temperature"] == pytest.approx(3.0, rel=0.03)


def test_predictions_that_are_worse_than_none_are_not_turned_around():
    call = fit_beta(np.linspace(0.01, 0.99, 400), (np.arange(400) < 200).astype(np.int64))
    assert (call.arguments["a"], call.arguments["b"]) == (0.0, 0.0)
    found = apply(call, [0.1, 0.9])
    assert found[0] == found[1]


@given(st.lists(st.floats(0.0, 1.0), min_size=4, max_size=40), st.data())
def test_the_order_of_probabilities_stays_and_they_stay_probabilities(scores, data):
    labels = data.draw(st.lists(st.integers(0, 1), min_size=len(scores), max_size=len(scores)))
    labels[:2] = [0, 1]
    found = apply(fit_beta(np.array(scores), np.array(labels)), sorted(scores))
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_no_correction_of_its_kind_is_likelier():
    rng = np.random.default_rng(1)
    scores = rng.beta(2, 2, 500)
    labels = (rng.uniform(size=500) < scores**2).astype(np.int64)
    found = fit_beta(scores, labels)
    best = log_loss(labels, apply(found, scores))
    for name in ("a", "b", "c"):
        for step in (-0.1, 0.1):
            arguments = found.arguments | {name: found.arguments[name] + step}
            assert log_loss(labels, BetaCalibrated(None, **arguments).calibrate(scores)) > best
