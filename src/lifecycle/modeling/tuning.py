"""Searching the arguments of one candidate by time-aware cross-validation: many on few rows, the best on more.

That many arguments are tried on little, and the best of them on more, is successive halving (Jamieson and Talwalkar,
AISTATS 2016) with one step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lifecycle import targets
from lifecycle.data.problem import Task
from lifecycle.engine.local import run_locally
from lifecycle.engine.tasks import RunTasks
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.evaluation.metric import Metric, compute_metric
from lifecycle.modeling.cross_validation import (
    CrossValidation,
    Fit,
    Predicted,
    Prepared,
    fit_early,
    fit_folds,
    fit_on_all,
    prepare_folds,
)
from lifecycle.modeling.pipeline import (
    Dimension,
    Form,
    Inputs,
    Labels,
    Plan,
    Recipe,
    Scores,
    make_recipe,
)
from lifecycle.modeling.search_space import (
    Arguments,
    grid_values,
    is_within,
    make_distribution,
    round_digits,
    suggest_arguments,
)
from lifecycle.options import Call, options
from lifecycle.target_kinds import SAMPLER

if TYPE_CHECKING:
    import optuna

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
    tried. `trials` are these and the sampler's; those of the candidate's portfolio come in between. `values`, rows
    times features, is the budget of a fit, which has at least `rows` rows where there are any: more are drawn at
    random. The `finalists` are tried again, with the budget `final_values` and with no rows held back from what they
    learn, where either gives them more rows. `abort_minutes` stops the run with an error: no result depends on the
    clock. `option` names the file.
    """

    option: str
    sampler: Call | None
    trials: int
    rows: int
    values: int
    finalists: int
    final_values: int
    abort_minutes: float

    def count_rows(self, features: int) -> int:
        """The most rows of a fit while many arguments are tried."""
        return max(self.rows, self.values // max(features, 1))

    def count_final_rows(self, features: int) -> int:
        """The most rows of a fit of a finalist."""
        return max(self.count_rows(features), self.final_values // max(features, 1))


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
    """One set of arguments, with score and loss for each fold, and its boosting rounds where it has them.

    `rows` is the most that a fold's fit may have, `final` whether it is a finalist's trial; `predicted` are the
    predictions of each fold's valid rows.
    """

    arguments: Arguments
    scores: list[float]
    losses: list[float]
    rounds: list[int | None]
    rows: int = 0
    final: bool = False
    predicted: Sequence[Scores] = field(default=(), compare=False, repr=False)

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
    `unjudged` the positions of the folds that cannot judge the candidate. `finalists` are the recipes of the best
    trials, by their number. `rows` and `features` are those of the train part.
    """

    recipe: Recipe
    rank: int
    rows: int
    features: int
    finalists: dict[str, Recipe]
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


def tune_candidate(
    candidate: Candidate,
    validation: CrossValidation,
    search: Search,
    seed: int,
    watch: Callable[[int, Trial], None],
    run_tasks: RunTasks = run_locally,
) -> list[Trial]:
    """The trials in the order in which they ran; the first has the candidate's own arguments.

    The last ones are the finalists' where there are more rows for them than for the others. The engine `run_tasks` does
    the fits.
    """
    deadline = time.monotonic() + 60 * search.abort_minutes
    budget = count_trials(candidate.form, search) + count_finals(candidate.form, validation, search)
    done: list[Trial] = []

    def note(trial: Trial) -> None:
        done.append(trial)
        watch(len(done) - 1, trial)
        must_be_in_time(deadline, len(done), budget, search, candidate.option)

    run_trials(candidate, validation, search, seed, note, run_tasks)
    if budget > len(done):
        finalists = rank_trials(done, validation.metric[1])[: search.finalists]
        best = [done[place].arguments for place in finalists]
        for trial in run_finals(candidate, best, validation, search, seed, run_tasks):
            note(trial)
    return done


def count_finals(form: Form, validation: CrossValidation, search: Search) -> int:
    """How many finalists are tried again: none where all rows were learned from already."""
    features = validation.examples.features.shape[1]
    largest = max(len(rows) for fold in validation.folds for rows in fold)
    few, more = search.count_rows(features), search.count_final_rows(features)
    if form.stopping is None and min(largest, more) <= few:
        return 0
    return min(search.finalists, count_trials(form, search))


def run_trials(
    candidate: Candidate,
    validation: CrossValidation,
    search: Search,
    seed: int,
    note: Callable[[Trial], None],
    run_tasks: RunTasks,
) -> None:
    """Try the candidate's own arguments and its portfolio side by side, then what the sampler asks for, one by one."""
    form, features = candidate.form, validation.examples.features.shape[1]
    study, given = make_study(form, search, validation.metric[1], seed), list_given_arguments(form, search)
    own = candidate.recipe(get_own_arguments(form))
    folds = prepare_folds(own, validation, search.count_rows(features), seed)
    must_be_judged(candidate.plan, folds, validation, search)
    for trial in run_batch(candidate, given, folds, validation, seed, fit_early, run_tasks):
        report_trial(study, None, trial, form.space)
        note(trial)
    for _ in range(count_trials(form, search) - len(given)):
        asked = study.ask()
        arguments = suggest_arguments(asked, form.space)
        [trial] = run_batch(candidate, [arguments], folds, validation, seed, fit_early, run_tasks)
        report_trial(study, asked, trial, form.space)
        note(trial)


def run_finals(
    candidate: Candidate,
    finalists: Sequence[Arguments],
    validation: CrossValidation,
    search: Search,
    seed: int,
    run_tasks: RunTasks,
) -> Iterator[Trial]:
    """The trials of the finalists, on more rows and with none held back."""
    rows = search.count_final_rows(validation.examples.features.shape[1])
    folds = prepare_folds(candidate.recipe(get_own_arguments(candidate.form)), validation, rows, seed)
    for trial in run_batch(candidate, finalists, folds, validation, seed, fit_on_all, run_tasks):
        yield replace(trial, final=True)


def list_given_arguments(form: Form, search: Search) -> list[Arguments]:
    """The arguments that are tried as they stand: the candidate's own, then its portfolio where there is a search."""
    own = get_own_arguments(form)
    return [own, *(own | one for one in form.portfolio)] if search.sampler else [own]


def count_trials(form: Form, search: Search) -> int:
    """How many trials the candidate gets before the finalists: no more of a grid than it holds."""
    given = len(list_given_arguments(form, search))
    if search.sampler is None or not form.space:
        return given
    if search.sampler.target != GRID:
        return given + search.trials - 1
    combinations = math.prod(len(grid_values(dimension)) for dimension in form.space.values())
    return given + min(search.trials - 1, combinations)


def get_own_arguments(form: Form) -> Arguments:
    """The candidate's own values of the searched arguments; those it leaves to the library are left out."""
    return {name: form.arguments[name] for name in form.list_searched() if name in form.arguments}


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
        return targets.call(search.sampler, "conf/search/, key sampler", space=space, seed=seed, kind=SAMPLER)
    return targets.call(search.sampler, "conf/search/, key sampler", seed=seed, kind=SAMPLER)


def report_trial(study: optuna.Study, asked: optuna.Trial | None, trial: Trial, space: dict[str, Dimension]) -> None:
    """Report a trial's score; one whose arguments were not asked of the sampler is added by value."""
    import optuna

    if asked:
        unscored = np.isnan(trial.score)
        study.tell(asked, None if unscored else trial.score, state=optuna.trial.TrialState.FAIL if unscored else None)
        return
    searched = {name: value for name, value in trial.arguments.items() if name in space}
    known = {name: value for name, value in searched.items() if is_within(space[name], value)}
    if known and len(known) == len(space) and not np.isnan(trial.score):
        spread = {name: make_distribution(space[name]) for name in known}
        study.add_trial(optuna.trial.create_trial(params=known, distributions=spread, value=trial.score))


def must_be_judged(plan: Plan, prepared: Sequence[Prepared], validation: CrossValidation, search: Search) -> None:
    """Raise UnfitTable where the rows of a fold, as they were drawn, have one class alone."""
    for number, (fold, places) in enumerate(zip(prepared, validation.folds, strict=True), start=1):
        for side, labels, every in zip(("train", "valid"), (fold.train_labels, fold.valid_truth), places, strict=True):
            if plan.classes and len(np.unique(labels)) < 2:
                named = f"{side} rows of fold {number} of {len(prepared)}"
                raise explain_one_class(named, labels, validation.examples.labels[every], fold.rows)


def explain_one_class(named: str, labels: Labels, every: Labels, rows: int) -> UnfitTable:
    """The error for rows of one class; where those that they were drawn from have several, more are to be drawn."""
    what = f"all {len(labels):,} {named} have one class: nothing can be learned or judged there"
    if len(np.unique(every)) < 2:
        todo = "fewer folds: in conf/split/, or collect more rows"
        return UnfitTable(what, where="data/split.parquet, columns fold_1 and following", todo=todo)
    return UnfitTable(
        f"{what}; {rows:,} were drawn from {len(every):,}",
        where="conf/search/, key rows",
        todo=f"rows: {len(every)} in conf/search/",
    )


def run_batch(
    candidate: Candidate,
    batch: Sequence[Arguments],
    folds: Sequence[Prepared],
    validation: CrossValidation,
    seed: int,
    fit: Fit,
    run_tasks: RunTasks,
) -> Iterator[Trial]:
    """A trial for each set of arguments, in their order: the candidate fitted and scored on every fold."""
    recipes = [candidate.recipe(one) for one in batch]
    with closing(fit_folds(fit, recipes, folds, seed, run_tasks)) as fits:
        for arguments, predicted in zip(batch, fits, strict=True):
            yield judge_trial(arguments, predicted, folds, validation)


def judge_trial(
    arguments: Arguments, predicted: Sequence[Predicted], folds: Sequence[Prepared], validation: CrossValidation
) -> Trial:
    """The trial of these arguments, from what was predicted with them on each fold."""

    def score(metric: tuple[str, Metric]) -> list[float]:
        pairs = zip(folds, predicted, strict=True)
        return [round_digits(compute_metric(*metric, fold.valid_truth, scores, 0.5)) for fold, (scores, _) in pairs]

    return Trial(
        arguments=arguments,
        scores=score(validation.metric),
        losses=score(validation.loss),
        rounds=[rounds for _, rounds in predicted],
        rows=folds[0].rows,
        predicted=[scores for scores, _ in predicted],
    )


def must_be_in_time(deadline: float, done: int, budget: int, search: Search, option: str) -> None:
    """Raise WrongValue when the budget in minutes is spent before the trials are done."""
    if time.monotonic() > deadline and done < budget:
        raise WrongValue(
            f"{option}: {done} of {budget} trials took all of {search.abort_minutes:g} minutes",
            where="conf/search/, key abort_minutes",
            todo="ask for fewer trials: or values: in conf/search/, or for more abort_minutes:",
        )


def rank_trials(trials: Sequence[Trial], metric: Metric) -> list[int]:
    """The positions of the finalists, or of all where there are none, the best first, earlier ones before equals.

    One without a score is worse than any.
    """
    last = max(trial.final for trial in trials)
    rated = {
        place: np.nan_to_num(metric.sign * trial.score, nan=-np.inf)
        for place, trial in enumerate(trials)
        if trial.final == last
    }
    return sorted(rated, key=lambda place: (-rated[place], place))


def tabulate_trials(trials: Sequence[Trial], space: Sequence[str], metric: str, loss: str) -> pd.DataFrame:
    """One row per trial: rows, final, mean score and loss, the arguments, then each fold's score, loss and rounds."""
    rows = []
    for number, trial in enumerate(trials):
        row: dict[str, Any] = {"trial": number, "rows": trial.rows, "final": trial.final}
        row |= {metric: trial.score, loss: float(np.mean(trial.losses))}
        row |= {name: trial.arguments.get(name) for name in space}
        for fold, (score, lost, rounds) in enumerate(zip(trial.scores, trial.losses, trial.rounds, strict=True)):
            row |= {f"{metric}_{fold}": score, f"{loss}_{fold}": lost}
            row |= {} if rounds is None else {f"rounds_{fold}": rounds}
        rows.append(row)
    return pd.DataFrame(rows)
