"""Whether a correction is kept."""

import numpy as np
import pytest

from lifecycle.modeling.calibration import Calibration, find_calibration
from lifecycle.options import Call

MODULE = "lifecycle.modeling.estimators.calibrated"
WANTED = Calibration(
    option="c", binary=Call(target=f"{MODULE}.fit_beta"), multiclass=Call(target=f"{MODULE}.fit_temperature"), gain=0.01
)


def draw(power, rows=3000, classes=3):
    """Labels drawn with known probabilities, and these to a power, in three folds."""
    rng = np.random.default_rng(2)
    true = rng.dirichlet([1.0] * classes, rows)
    labels = np.array([rng.choice(classes, p=one) for one in true])
    told = true**power / (true**power).sum(axis=1, keepdims=True)
    return np.array_split(labels, 3), np.array_split(told, 3)


def test_a_correction_that_gains_is_kept_with_its_interval():
    truths, scores = draw(3.0)
    found = find_calibration(WANTED, "multiclass", truths, scores)
    assert found.call is not None
    assert found.call.arguments["temperature"] == pytest.approx(3.0, rel=0.1)
    assert found.record is not None
    assert found.record.low < found.record.before - found.record.after < found.record.high


@pytest.mark.parametrize("power", [1.0, 1.05])
def test_one_within_the_noise_or_below_the_gain_is_not(power):
    found = find_calibration(WANTED, "multiclass", *draw(power))
    assert found.call is None
    assert found.record is not None
    assert not found.record.kept


def test_two_classes_are_corrected_by_the_second_ones_probability():
    truths, scores = draw(3.0, classes=2)
    found = find_calibration(WANTED, "binary", truths, [one[:, 1] for one in scores])
    assert found.call is not None
    assert found.call.arguments["a"] == pytest.approx(1 / 3, abs=0.1)


@pytest.mark.parametrize(
    ("task", "truths"),
    [
        ("regression", [[0, 1], [0, 1]]),
        ("binary", [[0, 1]]),
        ("binary", [[0, 1], [1, 1]]),
    ],
    ids=["numbers", "one fold", "one class in the others"],
)
def test_what_cannot_be_judged_is_left_as_it_is(task, truths):
    labels = [np.array(one) for one in truths]
    found = find_calibration(WANTED, task, labels, [np.full(len(one), 0.5) for one in labels])
    assert (found.call, found.record) == (None, None)
