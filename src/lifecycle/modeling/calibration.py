"""Whether a model's probabilities are corrected, and how: learned and judged on out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lifecycle import targets
from lifecycle.arrays import Floats, Labels
from lifecycle.data.problem import Task
from lifecycle.evaluation.error_analysis import compute_row_loss
from lifecycle.io.processor import threads_to_fit
from lifecycle.modeling.pipeline import Recipe, Scores
from lifecycle.options import Call, options
from lifecycle.target_kinds import CALIBRATION, CORRECTION

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

CERTAIN = 1.96  # standard errors


@options
class Calibration:
    """The function that learns a correction, for two classes and for more; none where there is to be none.

    `gain` is the share of the log loss that it must lower. `option` names the file.
    """

    option: str
    binary: Call | None
    multiclass: Call | None
    gain: float

    def get_method(self, task: Task) -> Call | None:
        """The function for a task; None where there is none."""
        return {"binary": self.binary, "multiclass": self.multiclass}.get(task)


@dataclass(frozen=True)
class CalibrationRecord:
    """The log loss of out-of-fold predictions as they are, and corrected; `kept` says whether they are corrected.

    `low` and `high` are the 95 % confidence interval of what the correction lowers it by.
    """

    method: str
    before: float
    after: float
    low: float
    high: float
    kept: bool


@dataclass(frozen=True)
class Calibrated:
    """The correction, where there is one, and what it was judged by, where it was."""

    call: Call | None = None
    record: CalibrationRecord | None = None


def find_calibration(wanted: Calibration, task: Task, truths: Sequence[Labels], scores: Sequence[Scores]) -> Calibrated:
    """The correction of predictions of the folds' valid rows, where it lowers their log loss.

    Each fold is judged by the correction that the other folds' predictions give. Not judged where there are fewer than
    two folds, or where the others' labels are of one class.
    """
    from threadpoolctl import threadpool_limits

    method = wanted.get_method(task)
    if method is None or not can_be_judged(truths):
        return Calibrated()
    with threadpool_limits({"blas": 1, "openmp": threads_to_fit(sum(map(len, truths)))}):
        corrected = [
            correct(learn(method, take_others(scores, fold), take_others(truths, fold)), one)
            for fold, one in enumerate(scores)
        ]
        whole = learn(method, np.concatenate(scores), np.concatenate(truths))
    truth = np.concatenate(truths)
    before, after = (compute_row_loss(truth, np.concatenate(one), task) for one in (scores, corrected))
    record = judge(whole.target.rpartition(".")[2], before, after, wanted.gain)
    return Calibrated(whole if record.kept else None, record)


def can_be_judged(truths: Sequence[Labels]) -> bool:
    """Whether each fold has others, with labels of more than one class."""
    return len(truths) > 1 and all(len(np.unique(take_others(truths, fold))) > 1 for fold in range(len(truths)))


def take_others(every: Sequence[Floats], fold: int) -> Floats:
    """The values of all folds but one, one after the other."""
    return np.concatenate([one for place, one in enumerate(every) if place != fold])


def learn(method: Call, scores: Floats, truth: Labels) -> Call:
    """The correction that the predictions give."""
    learned: Call = targets.call(method, "conf/calibration/", scores, truth.astype(np.int64), kind=CALIBRATION)
    return learned


def correct(call: Call, scores: Floats) -> Floats:
    """Predictions corrected."""
    return np.asarray(targets.call(call, "conf/calibration/", estimator=None, kind=CORRECTION).calibrate(scores))


def judge(method: str, before: Floats, after: Floats, gain: float) -> CalibrationRecord:
    """Whether the losses of the rows are lower by the gain, and by more than their noise."""
    lowered = before - after
    reach = CERTAIN * float(lowered.std(ddof=1)) / np.sqrt(len(lowered))
    middle, mean = float(lowered.mean()), float(before.mean())
    kept = middle - reach > 0 and middle >= gain * mean
    return CalibrationRecord(method, mean, float(after.mean()), middle - reach, middle + reach, bool(kept))


def apply_calibration(recipe: Recipe, fitted: Pipeline) -> Pipeline:
    """The fitted pipeline with the recipe's correction around its estimator; itself where there is none."""
    from sklearn.pipeline import Pipeline

    if recipe.calibration is None:
        return fitted
    estimator = targets.call(recipe.calibration, "reports/winner.json", estimator=fitted["estimator"], kind=CORRECTION)
    return Pipeline([("inputs", fitted["inputs"]), ("estimator", estimator)])
