"""Searching the arguments of one candidate by time-aware cross-validation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import targets
from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Task
from lifecycle.data.splits import Fold
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.evaluation.metric import Metric, compute_metric
from lifecycle.modeling.pipeline import (
    Dimension,
    Form,
    Inputs,
    Labels,
    Plan,
    Recipe,
    find_boosting_rounds,
    fit_estimator,
    make_inputs,
    make_recipe,
    predict_scores,
    run_deterministically,
    select_truth,
    set_boosting_rounds,
)
from lifecycle.options import Call, options

if TYPE_CHECKING:
    import optuna

Arguments = dict[str, Any]
GRID = "lifecycle.modeling.tuning.create_grid_sampler"
# The loss that is kept beside the score of each task.
LOSS: dict[Task, str] = {
    "binary": "log_loss",
    "multiclass": "log_loss",
    "regression": "mse",
    "clustering": "davies_bouldin",
}


@options
class Search:
    """How arguments are searched.

    `sampler` is an Optuna sampler, or `create_grid_sampler` below; without one only the candidate's own arguments are
    tried. `trials` and `rows` (train rows of a fit, drawn at random) are the budget. `abort_minutes`
    stops the run with an error: no result depends on the clock. `option` names the file.
    """

    option: str
    sampler: Call | None
    trials: int
    rows: int
    abort_minutes: float


@dataclass(frozen=True)
class Candidate:
    """A family's form for the task, with its inputs and the plan around it."""

    option: str
    form: Form
    inputs: Inputs
    plan: Plan

    def recipe(self, arguments: Arguments) -> Recipe:
        """The recipe with these arguments in place of the candidate's own."""
        return make_recipe(self.option, self.form, self.inputs, self.plan, arguments)


@dataclass(frozen=True)
class Trial:
    """One set of arguments, with score and loss for each fold, and its boosting rounds where it has them."""

    arguments: Arguments
    scores: list[float]
    losses: list[float]
    rounds: list[int | None]

    @property
    def score(self) -> float:
        """The mean score over the folds."""
        return float(np.mean(self.scores))


@options
class FoldValues:
    """A metric's value on each fold, None where it is undefined."""

    metric: str
    folds: tuple[float | None, ...]


@options
class FoldScores(FoldValues):
    """The score on each fold, and its mean."""

    mean: float | None


@options
class TuningResult:
    """reports/tune/<candidate>/best.json: the best trial's recipe, scores and losses on the folds, boosting rounds.

    `rank` orders candidates from the simplest, 1, upwards. `valid_to_train` are the folds' ratios of rows,
    `unjudged` the positions of the folds that cannot judge the candidate.
    """

    recipe: Recipe
    rank: int
    score: FoldScores
    loss: FoldValues
    rounds: tuple[int | None, ...]
    valid_to_train: tuple[float, ...]
    unjudged: tuple[int, ...]

    def list_judging_folds(self) -> list[int]:
        """The positions of the folds that the scores are of."""
        count = len(self.score.folds) + len(self.unjudged)
        return [place for place in range(count) if place not in self.unjudged]


def create_grid_sampler(space: dict[str, list[Any]], seed: int) -> Any:
    """A sampler that takes every combination of the values, in a random order."""
    import optuna

    class Grid(optuna.samplers.GridSampler):
        """Optuna's own wants to stop the study after the last combination; here the number of trials does."""

        def after_trial(self, *told: Any) -> None:
            """Do nothing."""

    return Grid(space, seed=seed)


@dataclass(frozen=True)
class CrossValidation:
    """What every candidate is judged by: the examples with their folds, the metric that decides, and the loss."""

    examples: Dataset
    folds: Sequence[Fold]
    metric: tuple[str, Metric]
    loss: tuple[str, Metric]


def exclude_seen_rows(validation: CrossValidation, seen: npt.NDArray[np.bool_]) -> tuple[CrossValidation, list[int]]:
    """The cross-validation for a model that has seen some of the examples already, and the folds that cannot judge it.

    It learns from the others alone. A fold judges it when none of its valid rows was seen, and some train row
    was not.
    """
    fresh = [train[~seen[train]] for train, _ in validation.folds]
    judging = [
        len(rows) > 0 and not seen[valid].any() for rows, (_, valid) in zip(fresh, validation.folds, strict=True)
    ]
    folds = [(rows, valid) for rows, (_, valid), fair in zip(fresh, validation.folds, judging, strict=True) if fair]
    return replace(validation, folds=folds), [place for place, fair in enumerate(judging) if not fair]


def tune_candidate(
    candidate: Candidate, validation: CrossValidation, search: Search, seed: int, watch: Callable[[int, Trial], None]
) -> list[Trial]:
    """The trials in the order in which they ran; the first has the candidate's own arguments."""
    space, budget = candidate.form.space, count_trials(candidate.form, search)
    study = make_study(candidate.form, search, validation.metric[1], seed)
    deadline = time.monotonic() + 60 * search.abort_minutes
    own = candidate.recipe(get_own_arguments(candidate.form))
    prepared = [prepare_fold(own, validation.examples, fold, search.rows, seed) for fold in validation.folds]
    must_be_judged(candidate.plan, prepared, validation, search)
    done: list[Trial] = []
    for number in range(budget):
        suggested = study.ask() if number else None
        arguments = suggest_arguments(suggested, space) if suggested else get_own_arguments(candidate.form)
        trial = run_trial(candidate.recipe(arguments), arguments, prepared, validation, seed)
        report_trial(study, suggested, trial, space)
        done.append(trial)
        watch(number, trial)
        must_be_in_time(deadline, number, budget, search, candidate.option)
    return done


def count_trials(form: Form, search: Search) -> int:
    """How many trials the candidate gets: one where there is nothing to search, no more than a grid holds."""
    if search.sampler is None or not form.space:
        return 1
    if search.sampler.target != GRID:
        return search.trials
    combinations = math.prod(len(grid_values(dimension)) for dimension in form.space.values())
    return min(search.trials, 1 + combinations)


def get_own_arguments(form: Form) -> Arguments:
    """The candidate's own values of the searched arguments; those it leaves to the library are left out."""
    return {name: form.arguments[name] for name in form.space if name in form.arguments}


def make_study(form: Form, search: Search, metric: Metric, seed: int) -> optuna.Study:
    """A study in the metric's direction."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    better = optuna.study.StudyDirection
    direction = better.MAXIMIZE if metric.sign > 0 else better.MINIMIZE
    return optuna.create_study(direction=direction, sampler=make_sampler(form, search, seed))


def make_sampler(form: Form, search: Search, seed: int) -> Any:
    """The configured sampler with the seed; a grid also gets the values of each dimension."""
    import optuna

    if search.sampler is None or not form.space:
        return optuna.samplers.RandomSampler(seed=seed)
    if search.sampler.target == GRID:
        space = {name: grid_values(dimension) for name, dimension in form.space.items()}
        return targets.call(search.sampler, "conf/search/, key sampler", space=space, seed=seed)
    return targets.call(search.sampler, "conf/search/, key sampler", seed=seed)


def grid_values(dimension: Dimension) -> list[Any]:
    """The values of a dimension on a grid."""
    if dimension.choices:
        return list(dimension.choices)
    low, high = get_range(dimension)
    spread = np.geomspace if dimension.log else np.linspace
    values = [round_digits(float(value)) for value in spread(low, high, dimension.steps)]
    return list(dict.fromkeys(round(value) for value in values)) if dimension.integer else values


def get_range(dimension: Dimension) -> tuple[float, float]:
    """Low and high of a range; raises WrongValue where they make none."""
    low, high = dimension.low, dimension.high
    if low is None or high is None or low > high or (dimension.log and low <= 0):
        raise WrongValue(
            f"a range from {low} to {high} cannot be searched",
            where="conf/model/, key _space_",
            todo="give low: below high: (above 0 with log: true), or choices:",
        )
    return low, high


def suggest_arguments(trial: optuna.Trial, space: dict[str, Dimension]) -> Arguments:
    """The sampler's next arguments."""
    return {name: suggest_argument(trial, name, dimension) for name, dimension in space.items()}


def suggest_argument(trial: optuna.Trial, name: str, dimension: Dimension) -> Any:
    """The sampler's next value of one argument; numbers in six significant digits."""
    if dimension.choices:
        return trial.suggest_categorical(name, list(dimension.choices))
    low, high = get_range(dimension)
    if dimension.integer:
        return trial.suggest_int(name, int(low), int(high), log=dimension.log)
    return round_digits(trial.suggest_float(name, low, high, log=dimension.log))


def round_digits(value: float) -> float:
    """The number in six significant digits, as every file holds it."""
    return float(f"{value:.6g}")


def report_trial(study: optuna.Study, asked: optuna.Trial | None, trial: Trial, space: dict[str, Dimension]) -> None:
    """Report a trial's score; one whose arguments were not asked of the sampler is added by value."""
    import optuna

    if asked:
        unscored = np.isnan(trial.score)
        study.tell(asked, None if unscored else trial.score, state=optuna.trial.TrialState.FAIL if unscored else None)
        return
    known = {name: value for name, value in trial.arguments.items() if is_within(space[name], value)}
    if known and len(known) == len(space) and not np.isnan(trial.score):
        spread = {name: make_distribution(space[name]) for name in known}
        study.add_trial(optuna.trial.create_trial(params=known, distributions=spread, value=trial.score))


def is_within(dimension: Dimension, value: Any) -> bool:
    """Whether a value lies within a dimension."""
    if dimension.choices:
        return value in dimension.choices
    low, high = get_range(dimension)
    return isinstance(value, int | float) and low <= value <= high


def make_distribution(dimension: Dimension) -> optuna.distributions.BaseDistribution:
    """The dimension as Optuna says it."""
    from optuna import distributions

    if dimension.choices:
        return distributions.CategoricalDistribution(list(dimension.choices))
    low, high = get_range(dimension)
    if dimension.integer:
        return distributions.IntDistribution(int(low), int(high), log=dimension.log)
    return distributions.FloatDistribution(low, high, log=dimension.log)


@dataclass(frozen=True)
class Prepared:
    """One fold after preprocessing that learned from its train rows alone."""

    train: pd.DataFrame
    train_labels: Labels
    valid: pd.DataFrame
    valid_truth: Labels


def prepare_fold(recipe: Recipe, examples: Dataset, fold: Fold, rows: int, seed: int) -> Prepared:
    """At most `rows` rows of each side of a fold, preprocessed; the same for all trials and candidates."""
    train, valid = (examples.take(places).sample(rows, seed) for places in fold)
    inputs = make_inputs(recipe, train.features, seed)
    with run_deterministically(recipe, len(train.labels)):
        prepared_train = inputs.fit_transform(train.features, train.labels)
        prepared_valid = inputs.transform(valid.features)
    return Prepared(
        prepared_train, train.labels, prepared_valid, select_truth(recipe.plan, valid.labels, prepared_valid)
    )


def must_be_judged(plan: Plan, prepared: Sequence[Prepared], validation: CrossValidation, search: Search) -> None:
    """Raise UnfitTable where the rows of a fold, as they were drawn, have one class alone."""
    for number, (fold, places) in enumerate(zip(prepared, validation.folds, strict=True), start=1):
        for side, labels, every in zip(("train", "valid"), (fold.train_labels, fold.valid_truth), places, strict=True):
            if plan.classes and len(np.unique(labels)) < 2:
                named = f"{side} rows of fold {number} of {len(prepared)}"
                raise explain_one_class(named, labels, validation.examples.labels[every], search)


def explain_one_class(named: str, labels: Labels, every: Labels, search: Search) -> UnfitTable:
    """The error for rows of one class; where those that they were drawn from have several, more are to be drawn."""
    what = f"all {len(labels):,} {named} have one class: nothing can be learned or judged there"
    if len(np.unique(every)) < 2:
        todo = "fewer folds: in conf/split/, or collect more rows"
        return UnfitTable(what, where="data/split.parquet, columns fold_1 and following", todo=todo)
    return UnfitTable(
        f"{what}; {search.rows:,} were drawn from {len(every):,}",
        where="conf/search/, key rows",
        todo=f"rows: {len(every)} in conf/search/",
    )


def run_trial(
    recipe: Recipe, arguments: Arguments, folds: Sequence[Prepared], validation: CrossValidation, seed: int
) -> Trial:
    """Fit and score the recipe on every fold."""
    scores, losses, rounds = [], [], []
    for fold in folds:
        needed = find_boosting_rounds(recipe, fold.train, fold.train_labels, seed)
        estimator = fit_estimator(set_boosting_rounds(recipe, needed), fold.train, fold.train_labels, seed)
        predicted = predict_scores(recipe.plan, estimator, fold.valid)
        scores.append(round_digits(compute_metric(*validation.metric, fold.valid_truth, predicted, 0.5)))
        losses.append(round_digits(compute_metric(*validation.loss, fold.valid_truth, predicted, 0.5)))
        rounds.append(needed)
    return Trial(arguments=arguments, scores=scores, losses=losses, rounds=rounds)


def must_be_in_time(deadline: float, number: int, budget: int, search: Search, option: str) -> None:
    """Raise WrongValue when the budget in minutes is spent before the trials are done."""
    if time.monotonic() > deadline and number + 1 < budget:
        raise WrongValue(
            f"{option}: {number + 1} of {budget} trials took all of {search.abort_minutes:g} minutes",
            where="conf/search/, key abort_minutes",
            todo="ask for fewer trials: or rows: in conf/search/, or for more abort_minutes:",
        )


def find_best_trial(trials: Sequence[Trial], metric: Metric) -> int:
    """The position of the best trial; the earliest of equals. One without a score is worse than any."""
    return int(np.argmax([np.nan_to_num(metric.sign * trial.score, nan=-np.inf) for trial in trials]))


def tabulate_trials(trials: Sequence[Trial], space: Sequence[str], metric: str, loss: str) -> pd.DataFrame:
    """One row per trial: mean score and loss, the arguments, then each fold's score, loss and rounds."""
    rows = []
    for number, trial in enumerate(trials):
        row: dict[str, Any] = {"trial": number, metric: trial.score, loss: float(np.mean(trial.losses))}
        row |= {name: trial.arguments.get(name) for name in space}
        for fold, (score, lost, rounds) in enumerate(zip(trial.scores, trial.losses, trial.rounds, strict=True)):
            row |= {f"{metric}_{fold}": score, f"{loss}_{fold}": lost}
            row |= {} if rounds is None else {f"rounds_{fold}": rounds}
        rows.append(row)
    return pd.DataFrame(rows)
