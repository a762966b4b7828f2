"""Estimates without labels: exact where they can be, and right on rows whose probabilities are true."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, roc_auc_score

from lifecycle.arrays import Floats
from lifecycle.evaluation.bootstrap import Resampled
from lifecycle.evaluation.metric import Metric, Truth
from lifecycle.evaluation.predictions import Predictions
from lifecycle.monitoring import performance_estimation
from lifecycle.monitoring.performance_estimation import PredictedSample

AUC = Metric(
    target="sklearn.metrics.roc_auc_score", tasks=("binary",), needs="probability", better="higher", description=""
)
ACCURACY = Metric(
    target="sklearn.metrics.accuracy_score",
    tasks=("binary", "multiclass"),
    needs="decision",
    better="higher",
    description="",
)
MAE = Metric(
    target="sklearn.metrics.mean_absolute_error", tasks=("regression",), needs="number", better="lower", description=""
)


def sample(task: str, scores: Floats, truth: Truth, features: pd.DataFrame | None = None) -> PredictedSample:
    rows = pd.Series(range(len(truth)))
    predictions = Predictions(task, pd.Index(rows), scores, truth)  # type: ignore[arg-type]
    return PredictedSample(predictions, rows, pd.DataFrame(index=rows) if features is None else features)


def binary_scores(scores: Floats) -> Predictions:
    return sample("binary", scores, np.zeros(len(scores))).predictions


def binary(rows: int, seed: int) -> PredictedSample:
    generator = np.random.default_rng(seed)
    probability = generator.uniform(size=rows)
    return sample("binary", probability, (generator.random(rows) < probability).astype(np.int64))


def estimate(
    name: str, metric: Metric, held: PredictedSample, rows: PredictedSample, resamples: int, seed: int = 0
) -> Resampled:
    return performance_estimation.estimate_metrics({name: metric}, held, rows, resamples, seed)[name]


def test_the_expected_accuracy_is_the_mean_probability_of_the_predicted_class() -> None:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    found = performance_estimation.compute_expected_metric(
        "accuracy", ACCURACY, probabilities, binary_scores(probabilities[:, 1])
    )
    assert found == pytest.approx((0.9 + 0.6 + 0.8) / 3)
    three = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    assert performance_estimation.compute_expected_metric(
        "accuracy", ACCURACY, three, sample("multiclass", three, np.zeros(2)).predictions
    ) == pytest.approx((0.5 + 0.8) / 2)


def test_the_expected_roc_auc_by_hand() -> None:
    # pairs of a positive and a negative row, each with its probability: row 2 above row 1 wins, a row ties with itself
    low, high = 0.2, 0.7
    wins, losses, ties = high * (1 - low), low * (1 - high), high * (1 - high) + low * (1 - low)
    probabilities = np.array([[1 - low, low], [1 - high, high]])
    found = performance_estimation.compute_expected_metric(
        "roc_auc", AUC, probabilities, binary_scores(probabilities[:, 1])
    )
    assert found == pytest.approx((wins + ties / 2) / (wins + losses + ties))


def test_an_estimate_from_true_probabilities_is_as_measured() -> None:
    held, rows = binary(4000, 1), binary(4000, 2)
    found = estimate("roc_auc", AUC, held, rows, 20)
    real = roc_auc_score(rows.predictions.truth, rows.predictions.scores)
    assert found.value == pytest.approx(real, abs=0.02)
    assert found.compute_interval().low < real < found.compute_interval().high


def test_calibration_lowers_probabilities_that_are_too_high() -> None:
    rows = binary(6000, 3)
    high = sample("binary", np.sqrt(rows.predictions.scores), rows.predictions.truth)
    probabilities = performance_estimation.fit_calibrator(high.predictions, np.ones(6000))(high.predictions)
    assert probabilities[:, 1].mean() == pytest.approx(rows.predictions.truth.mean(), abs=1e-9)
    assert np.abs(probabilities[:, 1] - rows.predictions.scores).mean() < 0.03
    assert performance_estimation.measure_bias(high, 20, 0).value == pytest.approx(
        np.sqrt(rows.predictions.scores).mean() - rows.predictions.truth.mean()
    )


def test_the_bias_on_held_rows_persists_vanishes_or_reverses() -> None:
    probabilities = np.array([[0.8, 0.2]])
    ratios = np.array([0.5 / 0.8, 0.5 / 0.2])  # stated half and half where one in five was
    assert performance_estimation.shift_probabilities(probabilities, ratios, 0).tolist() == [[0.8, 0.2]]
    assert performance_estimation.shift_probabilities(probabilities, ratios, 1)[0, 1] == pytest.approx(0.5)
    assert performance_estimation.shift_probabilities(probabilities, ratios, 2)[0, 1] == pytest.approx(0.8)


def test_probabilities_of_several_classes_sum_to_one() -> None:
    generator = np.random.default_rng(0)
    scores = generator.dirichlet([1, 1, 1], 500)
    truth = np.array([generator.choice(3, p=row) for row in scores])
    found = estimate("accuracy", ACCURACY, sample("multiclass", scores, truth), sample("multiclass", scores, truth), 10)
    assert found.value == pytest.approx((scores.argmax(axis=1) == truth).mean(), abs=0.05)
    stated = sample("multiclass", scores, truth).predictions
    probabilities = performance_estimation.fit_calibrator(stated, np.ones(500))(stated)
    assert probabilities.sum(axis=1) == pytest.approx(1)


def numbers(rows: int, seed: int, spread: float = 1.0) -> PredictedSample:
    generator = np.random.default_rng(seed)
    wide = generator.integers(0, 2, rows).astype(float)
    predicted = generator.normal(size=rows)
    error = generator.normal(size=rows) * (1 + 4 * wide) * spread
    return sample("regression", predicted, predicted + error, pd.DataFrame({"wide": wide}))


def test_the_error_model_sees_where_errors_are_large() -> None:
    held = numbers(3000, 0)
    rows = numbers(3000, 1)
    wide = rows.features["wide"].to_numpy() == 1
    only = rows.take(np.flatnonzero(wide))
    found = estimate("mae", MAE, held, only, 20)
    real = mean_absolute_error(only.predictions.truth, only.predictions.scores)
    assert found.value == pytest.approx(real, rel=0.08)
    assert found.compute_interval().low < real < found.compute_interval().high
    assert mean_absolute_error(held.predictions.truth, held.predictions.scores) < 0.8 * real


def test_estimates_repeat_under_one_seed() -> None:
    held, rows = numbers(300, 0), numbers(200, 1)
    one, other = (estimate("mae", MAE, held, rows, 5, 3) for _ in range(2))
    assert one.value == other.value
    assert one.draws.tolist() == other.draws.tolist()


def test_each_metric_is_estimated_as_it_is_alone() -> None:
    held, rows = binary(400, 1), binary(300, 2)
    metrics = {"roc_auc": AUC, "accuracy": ACCURACY}
    both = performance_estimation.estimate_metrics(metrics, held, rows, 6, 0)
    for name, metric in metrics.items():
        alone = estimate(name, metric, held, rows, 6)
        assert (both[name].value, both[name].draws.tolist()) == (alone.value, alone.draws.tolist())


def test_the_resamples_of_the_reference_are_drawn_apart_from_those_of_the_rows() -> None:
    rows = binary(50, 1)
    for of_held, counts in performance_estimation.draw_resamples(rows, rows, 5, 0):
        assert of_held.tolist() != counts.tolist()
