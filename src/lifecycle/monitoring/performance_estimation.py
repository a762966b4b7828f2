"""The model's performance on later rows: estimated before their labels come, and measured once they have.

Both take a metric of `lifecycle.evaluation.metric` and give a value with resamples of a block bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.dataset import conform_features, is_number
from lifecycle.evaluation.bootstrap import Resampled, draw_block_weights, resample_measure, resample_metric
from lifecycle.evaluation.metric import Metric, Truth, compute_metric
from lifecycle.evaluation.predictions import Predictions

FOLDS = 5
TREES = 60
LEAST_LEAF = 20
# How far the bias on the held rows may change: 0 it persists, 1 it vanishes, 2 it is as large the other way.
REVERSED = 2.0
# Added to the seed for the resamples of the reference: blocks of other rows are drawn apart from those of these.
APART = 1

Metrics = Mapping[str, Metric]
Draw = tuple[Truth, Floats]


@dataclass(frozen=True)
class PredictedSample:
    """Predictions with the block of each row, and with its features, which only regression needs."""

    predictions: Predictions
    blocks: pd.Series
    features: pd.DataFrame

    def take(self, places: npt.NDArray[np.intp]) -> PredictedSample:
        """The rows at these positions."""
        return PredictedSample(self.predictions.take(places), self.blocks.iloc[places], self.features.iloc[places])


def measure_metrics(metrics: Metrics, rows: PredictedSample, resamples: int, seed: int) -> dict[str, Resampled]:
    """Each metric on labelled rows: on all of them and on each resample of their blocks, as the stage test takes it."""
    weights, found = draw_block_weights(rows.blocks, resamples, seed), rows.predictions
    return {
        name: resample_metric(name, metric, found.truth, found.scores, found.threshold, weights)
        for name, metric in metrics.items()
    }


def estimate_metrics(
    metrics: Metrics, held: PredictedSample, rows: PredictedSample, resamples: int, seed: int
) -> dict[str, Resampled]:
    """Each metric to expect on rows without labels, from `held` rows with labels and predictions of the same model.

    The value assumes the calibration and errors of the held rows. The draws say where the measured value may lie:
    each recalibrates on a resample of the held blocks, lets the bias of the predictions persist, vanish or
    reverse, resamples the rows' blocks, and draws the truths.
    """
    estimate = estimate_numbers if held.predictions.task == "regression" else estimate_classes
    return estimate(metrics, held, rows, resamples, seed)


def estimate_classes(
    metrics: Metrics, held: PredictedSample, rows: PredictedSample, resamples: int, seed: int
) -> dict[str, Resampled]:
    """As `estimate_metrics` for classes, of which each row is one with its calibrated probability."""
    draws = score_draws(metrics, rows.predictions, draw_classes(held, rows, resamples, seed))
    probabilities = fit_calibrator(held.predictions, np.ones(len(held.predictions.scores)))(rows.predictions)
    return {
        name: Resampled(compute_expected_metric(name, metric, probabilities, rows.predictions), draws[name])
        for name, metric in metrics.items()
    }


def score_draws(metrics: Metrics, rows: Predictions, draws: Iterator[Draw]) -> dict[str, Floats]:
    """Each metric of the predictions beside each drawn truth."""
    scored = [{name: score(name, metrics[name], rows, *draw) for name in metrics} for draw in draws]
    return {name: np.array([one[name] for one in scored]) for name in metrics}


def score(name: str, metric: Metric, rows: Predictions, truth: Truth, weights: Floats | None = None) -> float:
    """The metric of predictions beside a truth that may be another than their own."""
    return compute_metric(name, metric, truth, rows.scores, rows.threshold, weights)


def draw_resamples(
    held: PredictedSample, rows: PredictedSample, resamples: int, seed: int
) -> Iterator[tuple[Floats, Floats]]:
    """How often each held row and each row is drawn, resample by resample."""
    of_held = draw_block_weights(held.blocks, resamples, seed + APART)
    yield from zip(of_held, draw_block_weights(rows.blocks, resamples, seed), strict=True)


def draw_classes(held: PredictedSample, rows: PredictedSample, resamples: int, seed: int) -> Iterator[Draw]:
    """A class for each row by its probability, and how often the row is drawn, resample by resample."""
    generator = np.random.default_rng([seed, APART])
    for weight, counts in draw_resamples(held, rows, resamples, seed):
        ratios, calibrate = measure_level(held.predictions, weight), fit_calibrator(held.predictions, weight)
        probabilities = shift_probabilities(calibrate(rows.predictions), ratios, generator.uniform(0, REVERSED))
        truth = (generator.random((len(probabilities), 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
        yield np.minimum(truth, probabilities.shape[1] - 1), counts


def measure_level(held: Predictions, weights: Floats) -> Floats:
    """For each class its mean predicted probability, divided by its share of the held rows."""
    predicted = np.average(held.probabilities, axis=0, weights=weights)
    shares = np.bincount(held.truth, weights, minlength=len(predicted)) / weights.sum()
    return np.asarray(np.where((shares > 0) & (predicted > 0), predicted / np.where(shares > 0, shares, 1), 1))


def shift_probabilities(probabilities: Floats, ratios: Floats, power: float) -> Floats:
    """The probabilities of classes times the power of their ratios, scaled to a sum of 1."""
    found = probabilities * ratios**power
    total = found.sum(axis=1, keepdims=True)
    return np.asarray(found / np.where(total > 0, total, 1))


def compute_expected_metric(name: str, metric: Metric, probabilities: Floats, stated: Predictions) -> float:
    """The metric when each row is of each class with its probability: a row of each class, weighted by it.

    Confidence-based performance estimation: the expected confusion of calibrated scores at every threshold
    (Białek, Kuberski, Perrakis and Bifet, arXiv 2407.08649, 2024). It holds while the probabilities stay right,
    which a change of what follows from the features ends.
    """
    rows, classes = probabilities.shape
    truth, weights = np.tile(np.arange(classes), rows), probabilities.ravel()
    there = weights > 0
    scores = np.repeat(stated.scores, classes, axis=0)[there]
    return compute_metric(name, metric, truth[there], scores, stated.threshold, weights[there])


def fit_calibrator(held: Predictions, weights: Floats) -> Callable[[Predictions], Floats]:
    """A function from predictions to calibrated probabilities, a column per class, fitted on the held rows.

    Isotonic regression of each class against the rest (Zadrozny and Elkan, KDD 2002), scaled to a sum of 1.
    """
    from sklearn.isotonic import IsotonicRegression

    predicted, used = held.probabilities, weights > 0
    maps = []
    for code in range(1 if held.scores.ndim == 1 else 0, predicted.shape[1]):
        made = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        fitted = made.fit(predicted[used, code], held.truth[used] == code, sample_weight=weights[used])
        maps.append((code, fitted))

    def calibrate(rows: Predictions) -> Floats:
        found = np.column_stack([made.predict(rows.probabilities[:, code]) for code, made in maps])
        if rows.scores.ndim == 1:
            return np.column_stack([1 - found, found])
        total = found.sum(axis=1, keepdims=True)
        return np.asarray(np.where(total > 0, found / np.where(total > 0, total, 1), 1 / found.shape[1]))

    return calibrate


def estimate_numbers(
    metrics: Metrics, held: PredictedSample, rows: PredictedSample, resamples: int, seed: int
) -> dict[str, Resampled]:
    """As `estimate_metrics` for numbers: truths are drawn around the predictions, with the errors to expect there."""
    scale, errors = fit_error_model(held, seed)
    size, number = scale(rows), rows.predictions.number
    generator = np.random.default_rng([seed, APART])
    draws = score_draws(
        metrics,
        rows.predictions,
        draw_numbers(errors, size, number, draw_resamples(held, rows, resamples, seed), generator),
    )
    truths = [number + size * generator.choice(errors, size=len(size)) for _ in range(resamples)]
    return {
        name: Resampled(float(np.mean([score(name, metric, rows.predictions, truth) for truth in truths])), draws[name])
        for name, metric in metrics.items()
    }


def draw_numbers(
    errors: Floats,
    size: Floats,
    number: Floats,
    resamples: Iterator[tuple[Floats, Floats]],
    generator: np.random.Generator,
) -> Iterator[Draw]:
    """A truth around each predicted number, and how often the row is drawn, resample by resample."""
    for weight, counts in resamples:
        middle = generator.uniform(0, REVERSED) * np.average(errors, weights=weight)
        drawn = generator.choice(errors, size=len(size), p=weight / weight.sum()) - middle
        yield number + size * drawn, counts


def fit_error_model(held: PredictedSample, seed: int) -> tuple[Callable[[PredictedSample], Floats], Floats]:
    """A function that gives the size of each row's expected error, and the held rows' errors in units of it.

    A second model learns the absolute error from the features and the prediction, as in direct loss
    estimation (NannyML, 2022). Each held row's own size comes from a model that did not see its block.
    """
    errors = held.predictions.truth - held.predictions.number
    labels = np.abs(errors)
    least = max(float(labels.mean()) * 1e-3, 1e-12)
    known = list_categories(held.features)
    rows = build_error_features(held, known)
    folds = pd.factorize(held.blocks, sort=True)[0] % FOLDS
    size = np.full(len(rows), float(labels.mean()))
    for fold in range(FOLDS):
        seen = folds != fold
        if seen.any() and (~seen).any():
            size[~seen] = fit_regressor(rows[seen], labels[seen], seed).predict(rows[~seen])
    whole = fit_regressor(rows, labels, seed)
    scale = np.maximum(size, least)
    return lambda others: np.maximum(whole.predict(build_error_features(others, known)), least), errors / scale


def list_categories(features: pd.DataFrame) -> dict[str, pd.Index]:
    """The values of each column of text, sorted."""
    texts = [str(name) for name in features if not is_number(features[name])]
    return {name: pd.Index(sorted(features[name].dropna().unique())) for name in texts}


def build_error_features(rows: PredictedSample, known: dict[str, pd.Index]) -> pd.DataFrame:
    """The features of the error model: the prediction, numbers, and text by its place among the known values."""
    features = conform_features(rows.features)
    columns = {
        f"x{place}": encode_column(features[name], known.get(name)) for place, name in enumerate(features.columns)
    }
    return pd.DataFrame({"prediction": rows.predictions.number} | columns)


def encode_column(values: pd.Series, known: pd.Index | None) -> Floats:
    """Numbers as they are; text as codes, NaN for what is missing or not known."""
    if known is None:
        return values.to_numpy(dtype=np.float64)
    codes = known.get_indexer(pd.Index(values.astype("object"))).astype(np.float64)
    return np.where(codes < 0, np.nan, codes)


def fit_regressor(rows: pd.DataFrame, labels: Floats, seed: int) -> Any:
    """The error model."""
    from lightgbm import LGBMRegressor

    made = LGBMRegressor(
        n_estimators=TREES,
        num_leaves=15,
        min_child_samples=LEAST_LEAF,
        deterministic=True,
        force_row_wise=True,
        n_jobs=1,
        random_state=seed,
        verbose=-1,
    )
    return made.fit(rows, labels)


def measure_bias(rows: PredictedSample, resamples: int, seed: int) -> Resampled:
    """The mean of predicted less actual: 0 for calibrated predictions.

    The probability of the positive class less its rate; for several classes the highest probability less the share
    of rows in which that class was right; for numbers prediction less truth, in the target's unit.
    """
    gap = compute_gaps(rows.predictions)
    weights = draw_block_weights(rows.blocks, resamples, seed)
    return resample_measure(lambda weight: float(np.average(gap, weights=weight)), weights)


def compute_gaps(rows: Predictions) -> Floats:
    """Predicted less actual of each row, as `measure_bias` has it."""
    if rows.task == "regression":
        return np.asarray(rows.number - rows.truth)
    if rows.task == "binary":
        return np.asarray(rows.scores - rows.truth)
    return np.asarray(rows.scores.max(axis=1) - (rows.scores.argmax(axis=1) == rows.truth))
