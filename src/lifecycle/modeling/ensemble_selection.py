"""Which recipes an ensemble averages, with which weights: greedy selection on predictions of rows not learned from.

In each step the recipe is added whose addition to the average scores best; one may be added several times (Caruana,
Niculescu-Mizil, Crew and Ksikes, Ensemble Selection from Libraries of Models, ICML 2004, section 2.1 to 2.3). Whether
averaging is better than the best recipe alone is measured on held-out folds: the best of many scores is too
high by having been chosen (Cawley and Talbot, Journal of Machine Learning Research 11, 2010).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lifecycle.evaluation.metric import Metric, Truth, compute_metric
from lifecycle.modeling.pipeline import Member, Recipe, Scores
from lifecycle.options import Call, options

NAME = "ensemble"
GAIN = 1e-6  # of the score, relative: less is no gain


@options
class Ensemble:
    """The most different recipes in an ensemble, the steps of its selection, and the most that fitting it may cost.

    `values` are train rows times features times members. `option` names the file.
    """

    option: str
    members: int
    steps: int
    values: int

    def count_members(self, rows: int, features: int) -> int:
        """The most members that the budget allows for a table of that size."""
        return min(self.members, self.values // max(rows * features, 1))


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of the valid rows of each fold by recipes fitted on its train rows, by the trial's name.

    `truths` has the labels of each fold, `scores` the recipes' predictions of each fold.
    """

    truths: Sequence[Truth]
    scores: Mapping[str, Sequence[Scores]]

    def take(self, folds: Sequence[int]) -> OutOfFold:
        """The folds at these positions."""
        return OutOfFold(
            [self.truths[fold] for fold in folds],
            {name: [every[fold] for fold in folds] for name, every in self.scores.items()},
        )


Weights = dict[str, float]


def select_members(found: OutOfFold, metric: tuple[str, Metric], steps: int, most: int) -> Weights:
    """The weights of at most `most` trials, which add up to 1: those of the first best step."""
    chosen: list[str] = []
    best, kept = -np.inf, 1
    for step in range(1, steps + 1):
        names = sorted(set(chosen)) if len(set(chosen)) >= most else sorted(found.scores)
        rated = {name: score_average(found, count_weights([*chosen, name]), metric) for name in names}
        chosen.append(max(names, key=lambda name: rated[name]))
        if rated[chosen[-1]] > best + GAIN * abs(best if np.isfinite(best) else 0.0):
            best, kept = rated[chosen[-1]], step
    return count_weights(chosen[:kept])


def count_weights(chosen: Sequence[str]) -> Weights:
    """The share of each name, in the order of the names."""
    return {name: count / len(chosen) for name, count in sorted(Counter(chosen).items())}


def score_average(found: OutOfFold, weights: Weights, metric: tuple[str, Metric]) -> float:
    """The mean over the folds of the average's score, signed so that higher is better; undefined is the worst."""
    scores = [metric[1].sign * score for score in score_folds(found, weights, metric)]
    return float(np.nan_to_num(np.mean(scores), nan=-np.inf))


def score_folds(found: OutOfFold, weights: Weights, metric: tuple[str, Metric]) -> list[float]:
    """The score of the weighted average on each fold."""
    return [
        compute_metric(*metric, truth, average(found, weights, fold), 0.5) for fold, truth in enumerate(found.truths)
    ]


def average(found: OutOfFold, weights: Weights, fold: int) -> Scores:
    """The weighted average of the predictions of a fold's rows."""
    every = [weight * found.scores[name][fold] for name, weight in weights.items()]
    return np.asarray(np.sum(every, axis=0), dtype=np.float64)


def measure_gain(found: OutOfFold, metric: tuple[str, Metric], steps: int, most: int) -> float:
    """How much better the average is than the best recipe alone, both chosen by the other folds: the mean over folds.

    Not a number where a fold's score is undefined.
    """
    averaged, alone = (score_crosswise(found, metric, steps, members) for members in (most, 1))
    return metric[1].sign * float(np.mean(np.subtract(averaged, alone)))


def score_crosswise(found: OutOfFold, metric: tuple[str, Metric], steps: int, most: int) -> list[float]:
    """The score of each fold by the weights that the other folds choose."""
    scores = []
    for fold in range(len(found.truths)):
        others = [other for other in range(len(found.truths)) if other != fold]
        weights = select_members(found.take(others), metric, steps, most)
        scores.append(score_folds(found.take([fold]), weights, metric)[0])
    return scores


def make_ensemble(weights: Weights, recipes: Mapping[str, Recipe]) -> Recipe:
    """The recipe of the ensemble of these trials."""
    members = tuple(Member(recipe=recipes[name], weight=weight) for name, weight in weights.items())
    plan = replace(members[0].recipe.plan, reduce=(), augment=())
    target = "AverageClassifier" if plan.classes else "AverageRegressor"
    return Recipe(
        option=NAME,
        estimator=Call(target=f"lifecycle.modeling.estimators.averages.{target}"),
        inputs=replace(members[0].recipe.inputs, numeric=(), categorical=(), text=()),
        plan=plan,
        members=members,
    )
