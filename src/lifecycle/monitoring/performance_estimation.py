"""How well the model does in later rows: estimated before their labels come, and measured once they have.

Both take a metric of `lifecycle.evaluation.metric` and give a value with the draws of a bootstrap in whole blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.dataset import conform, is_number
from lifecycle.data.problem import Task
from lifecycle.evaluation import metric as metrics
from lifecycle.evaluation.bootstrap import Resampled, block_weights, resample
from lifecycle.evaluation.metric import Metric, Truth

FOLDS = 5
TREES = 60
LEAST_LEAF = 20
# How far the level of held errors may be taken back: 0 it persists, 1 it is gone, 2 it is as large the other way.
TURNED = 2.0


@dataclass(frozen=True)
class Answers:
    """Rows with a model's scores and, where they are known, the truth; both as lifecycle.evaluation.metric has them.

    `blocks` says which rows share their luck; `features` is needed for numbers alone.
    """

    task: Task
    scores: Floats
    truth: Truth
    blocks: pd.Series
    features: pd.DataFrame
    cut: float = 0.5

    def take(self, places: npt.NDArray[np.intp]) -> Answers:
        """The rows at these positions."""
        return Answers(
            self.task,
            self.scores[places],
            self.truth[places],
            self.blocks.iloc[places],
            self.features.iloc[places],
            self.cut,
        )

    @property
    def number(self) -> Floats:
        """The number predicted for each row."""
        return self.scores[:, 1] if self.scores.ndim == 2 else self.scores

    @property
    def probabilities(self) -> Floats:
        """The stated probability of each class, a column each."""
        return np.column_stack([1 - self.scores, self.scores]) if self.scores.ndim == 1 else self.scores


def measured(name: str, metric: Metric, rows: Answers, resamples: int, seed: int) -> Resampled:
    """The metric of rows whose truth is known, on all of them and on each resample of their blocks."""
    weights = block_weights(rows.blocks, resamples, seed)
    return resample(lambda weight: metrics.value(name, metric, rows.truth, rows.scores, rows.cut, weight), weights)


def estimated(name: str, metric: Metric, held: Answers, rows: Answers, resamples: int, seed: int) -> Resampled:
    """The metric to expect of rows whose truth is not known, from `held` rows whose truth is.

    The value takes it that the answers err as they did in the held rows. The draws say where the realised
    value may lie: each calibrates anew on a resample of the held blocks, lets the level by which answers were
    too high or too low persist, vanish or turn, resamples the rows' blocks, and draws the truths.
    """
    if held.task == "regression":
        return estimated_number(name, metric, held, rows, resamples, seed)
    generator = np.random.default_rng(seed)
    draws = []
    of_held = block_weights(held.blocks, resamples, seed)
    for weight, counts in zip(of_held, block_weights(rows.blocks, resamples, seed + 1), strict=True):
        probabilities = moved(calibrator(held, weight)(rows), level(held, weight), generator.uniform(0, TURNED))
        truth = (generator.random((len(probabilities), 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
        truth = np.minimum(truth, probabilities.shape[1] - 1)
        draws.append(metrics.value(name, metric, truth, rows.scores, rows.cut, counts))
    probabilities = calibrator(held, np.ones(len(held.scores)))(rows)
    return Resampled(expected(name, metric, probabilities, rows.scores, rows.cut), np.array(draws))


def level(held: Answers, weights: Floats) -> Floats:
    """For each class the mean stated probability over the share of the held rows that are of it."""
    stated = np.average(held.probabilities, axis=0, weights=weights)
    shares = np.bincount(held.truth, weights, minlength=len(stated)) / weights.sum()
    return np.asarray(np.where((shares > 0) & (stated > 0), stated / np.where(shares > 0, shares, 1), 1))


def moved(probabilities: Floats, ratios: Floats, power: float) -> Floats:
    """The probabilities of classes times the power of their ratios, scaled to a sum of 1."""
    found = probabilities * ratios**power
    total = found.sum(axis=1, keepdims=True)
    return np.asarray(found / np.where(total > 0, total, 1))


def expected(name: str, metric: Metric, probabilities: Floats, scores: Floats, cut: float) -> float:
    """The metric when each row is of each class with its probability: a row of each class, weighted by it.

    Confidence-based performance estimation: the expected confusion of calibrated scores at every threshold
    (Białek, Kuberski, Perrakis and Bifet, arXiv 2407.08649, 2024). It holds while the probabilities stay right,
    which a change of what follows from the features ends.
    """
    rows, classes = probabilities.shape
    truth, weights = np.tile(np.arange(classes), rows), probabilities.ravel()
    there = weights > 0
    return metrics.value(name, metric, truth[there], np.repeat(scores, classes, axis=0)[there], cut, weights[there])


def calibrator(held: Answers, weights: Floats) -> Callable[[Answers], Floats]:
    """From rows with stated probabilities to the probabilities of each class, a column each, that the held rows bear out.

    Isotonic regression of each class against the rest (Zadrozny and Elkan, KDD 2002), scaled to a sum of 1.
    """
    from sklearn.isotonic import IsotonicRegression

    stated, used = held.probabilities, weights > 0
    maps = []
    for code in range(1 if held.scores.ndim == 1 else 0, stated.shape[1]):
        made = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        maps.append((code, made.fit(stated[used, code], held.truth[used] == code, sample_weight=weights[used])))

    def calibrated(rows: Answers) -> Floats:
        found = np.column_stack([made.predict(rows.probabilities[:, code]) for code, made in maps])
        if rows.scores.ndim == 1:
            return np.column_stack([1 - found, found])
        total = found.sum(axis=1, keepdims=True)
        return np.asarray(np.where(total > 0, found / np.where(total > 0, total, 1), 1 / found.shape[1]))

    return calibrated


def estimated_number(name: str, metric: Metric, held: Answers, rows: Answers, resamples: int, seed: int) -> Resampled:
    """As `estimated` for numbers: truths are drawn around the predictions, with the errors to expect there."""
    scale, errors = error_model(held, seed)
    size = scale(rows)
    generator = np.random.default_rng(seed)
    draws = []
    of_held = block_weights(held.blocks, resamples, seed)
    for weight, counts in zip(of_held, block_weights(rows.blocks, resamples, seed + 1), strict=True):
        middle = generator.uniform(0, TURNED) * np.average(errors, weights=weight)
        drawn = generator.choice(errors, size=len(size), p=weight / weight.sum()) - middle
        truth = rows.number + size * drawn
        draws.append(metrics.value(name, metric, truth, rows.scores, rows.cut, counts))
    truths = (rows.number + size * generator.choice(errors, size=len(size)) for _ in range(resamples))
    values = [metrics.value(name, metric, truth, rows.scores, rows.cut) for truth in truths]
    return Resampled(float(np.mean(values)), np.array(draws))


def error_model(held: Answers, seed: int) -> tuple[Callable[[Answers], Floats], Floats]:
    """The size of the error to expect of a row, and the held rows' errors in units of it.

    A second model learns the absolute error from the features and the prediction, as in direct loss
    estimation (NannyML, 2022). Each held row's own size comes from a model that did not see its block.
    """
    labels = np.abs(held.truth - held.number)
    least = max(float(labels.mean()) * 1e-3, 1e-12)
    known = categories(held.features)
    rows = inputs(held, known)
    folds = pd.factorize(held.blocks, sort=True)[0] % FOLDS
    size = np.full(len(rows), float(labels.mean()))
    for fold in range(FOLDS):
        seen = folds != fold
        if seen.any() and (~seen).any():
            size[~seen] = fitted(rows[seen], labels[seen], seed).predict(rows[~seen])
    whole = fitted(rows, labels, seed)
    scale = np.maximum(size, least)
    return lambda others: np.maximum(whole.predict(inputs(others, known)), least), (held.truth - held.number) / scale


def categories(features: pd.DataFrame) -> dict[str, pd.Index]:
    """The values of each column of text, sorted."""
    texts = [str(name) for name in features if not is_number(features[name])]
    return {name: pd.Index(sorted(features[name].dropna().unique())) for name in texts}


def inputs(rows: Answers, known: dict[str, pd.Index]) -> pd.DataFrame:
    """What the error model sees: the prediction, numbers, and text by its place among the known values."""
    told = conform(rows.features)
    columns = {f"x{place}": column(told[name], known.get(name)) for place, name in enumerate(told.columns)}
    return pd.DataFrame({"prediction": rows.number} | columns)


def column(values: pd.Series, known: pd.Index | None) -> Floats:
    """Numbers as they are; text as codes, NaN for what is missing or not known."""
    if known is None:
        return values.to_numpy(dtype=np.float64)
    codes = known.get_indexer(pd.Index(values.astype("object"))).astype(np.float64)
    return np.where(codes < 0, np.nan, codes)


def fitted(rows: pd.DataFrame, labels: Floats, seed: int) -> Any:
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


def bias(rows: Answers, resamples: int, seed: int) -> Resampled:
    """What was stated less what happened, on average: 0 for calibrated answers.

    The probability of the positive class less its rate; for several classes the highest probability less the share
    of rows in which that class was right; for numbers prediction less truth, in the target's unit.
    """
    gap = stated_less_happened(rows)
    return resample(lambda weight: float(np.average(gap, weights=weight)), block_weights(rows.blocks, resamples, seed))


def stated_less_happened(rows: Answers) -> Floats:
    """The row's own part of `bias`."""
    if rows.task == "regression":
        return np.asarray(rows.number - rows.truth)
    if rows.task == "binary":
        return np.asarray(rows.scores - rows.truth)
    return np.asarray(rows.scores.max(axis=1) - (rows.scores.argmax(axis=1) == rows.truth))
