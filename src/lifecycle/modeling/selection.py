"""Which candidate wins, and why: paired differences over the same folds, with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lifecycle.modeling.calibration import CalibrationRecord
from lifecycle.options import options


@options
class Selection:
    """`prefer`: the `best` mean score, or the `simplest` candidate within the noise of the best."""

    prefer: Literal["best", "simplest"]
    level: float


@dataclass(frozen=True)
class CandidateScores:
    """A tuned candidate: its fold scores signed so that higher is better, and its rank in simplicity."""

    option: str
    rank: int
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Comparison:
    """How far a candidate stays behind the best: mean of the paired differences, with its interval.

    `score` is the mean over the folds as the metric has it; `behind` is 0 or more, whatever is better.
    """

    option: str
    rank: int
    score: float
    behind: float
    low: float
    high: float
    within_noise: bool


@dataclass(frozen=True)
class Outcome:
    """The winner, the reason in one sentence, and every candidate's comparison, the best first."""

    winner: str
    reason: str
    comparisons: list[Comparison]


@dataclass(frozen=True)
class SelectionRecord:
    """reports/select.json: the outcome, the metric, and the positions of the folds that it is of.

    `not_for_this_task` names the candidates that have no form for the task. `ensemble` are the weights of the trials
    that are averaged, `ensemble_gain` how much better they are than the best recipe alone on held-out folds,
    and `no_ensemble` says why there is none. `calibration` is what became of the winner's
    probabilities, None where they were not judged.
    """

    winner: str
    reason: str
    metric: str
    candidates: list[Comparison]
    folds: list[int]
    not_for_this_task: list[str]
    ensemble: dict[str, float]
    ensemble_gain: float | None
    no_ensemble: str
    calibration: CalibrationRecord | None


def choose_winner(
    candidates: Sequence[CandidateScores], selection: Selection, train_share: float, sign: int = 1
) -> Outcome:
    """The winner under the configured preference; `train_share` is the mean ratio of valid to train rows.

    `sign` is 1 where the metric is better higher and -1 where lower: scores are reported as the metric has them.

    Equal scores are settled by rank, then by name.
    """
    ordered = sorted(candidates, key=lambda one: (-np.mean(one.scores), one.rank, one.option))
    best = ordered[0]
    compared = [compare_with_best(best, one, selection.level, train_share, sign) for one in ordered]
    near = [one for one in compared if one.within_noise]
    if selection.prefer == "best":
        return Outcome(best.option, explain_best(compared, near), compared)
    simplest = min(near, key=lambda one: (one.rank, one.option))
    return Outcome(simplest.option, explain_simplest(compared[0], simplest, near), compared)


def compare_with_best(
    best: CandidateScores, other: CandidateScores, level: float, train_share: float, sign: int
) -> Comparison:
    """The paired difference of one candidate to the best.

    A t interval with the variance corrected for folds that share train rows (Nadeau and Bengio, Machine
    Learning 52, 2003).
    """
    from scipy import stats

    differences = np.array(best.scores) - np.array(other.scores)
    count, mean = len(differences), float(differences.mean())
    spread = float(differences.std(ddof=1)) if count > 1 else 0.0
    error = spread * np.sqrt(1 / count + train_share)
    reach = float(stats.t.ppf((1 + level) / 2, count - 1) * error) if count > 1 else 0.0
    return Comparison(
        option=other.option,
        rank=other.rank,
        score=sign * float(np.mean(other.scores)),
        behind=mean,
        low=mean - reach,
        high=mean + reach,
        within_noise=mean - reach <= 0,
    )


def explain_best(compared: Sequence[Comparison], near: Sequence[Comparison]) -> str:
    """Why the best wins, and who came close."""
    close = [one.option for one in near if one.option != compared[0].option]
    rivals = f"; within its noise: {', '.join(close)}" if close else "; no other is within its noise"
    return f"{compared[0].option} has the best mean score over the folds, {compared[0].score:.4f}{rivals}"


def explain_simplest(best: Comparison, simplest: Comparison, near: Sequence[Comparison]) -> str:
    """Why the simplest wins."""
    if simplest.option == best.option:
        return f"{best.option} has the best mean score, {best.score:.4f}, and no simpler candidate is within its noise"
    return (
        f"{simplest.option} is the simplest (rank {simplest.rank}) of {len(near)} candidates within the noise of "
        f"{best.option}: {simplest.behind:.4f} behind, interval {simplest.low:.4f} to {simplest.high:.4f}"
    )
