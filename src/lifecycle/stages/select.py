"""select: the candidates' fold scores and predictions → the winner, one of them or an ensemble, and why."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import isnan

import numpy as np

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.data.problem import Problem
from lifecycle.errors import WrongValue
from lifecycle.evaluation.metric import Metric, get_metric
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import read_table
from lifecycle.modeling.calibration import Calibrated, Calibration, find_calibration
from lifecycle.modeling.ensemble_selection import (
    NAME,
    Ensemble,
    OutOfFold,
    average,
    make_ensemble,
    measure_gain,
    score_folds,
    select_members,
)
from lifecycle.modeling.out_of_fold import read_predictions
from lifecycle.modeling.pipeline import Recipe, Winner
from lifecycle.modeling.selection import CandidateScores, Outcome, Selection, SelectionRecord, choose_winner
from lifecycle.modeling.tuning import TuningResult
from lifecycle.options import options
from lifecycle.reporting.markdown import escape_words
from lifecycle.reporting.templates import render
from lifecycle.stages import runner

NO_SCORE = -1e9


@options
class Config:
    """The candidates, the metric's direction, and which one is preferred."""

    problem: Problem
    selection: Selection
    ensemble: Ensemble
    calibration: Calibration
    metric: dict[str, Metric]
    candidates: tuple[str, ...]


def run(config: Config) -> str:
    """Write the winner with every candidate's comparison, as data and as a page."""
    remove_stale_candidates(config.candidates)
    metric = get_metric(config.metric, config.problem.score, config.problem.task)
    results = read_results(config.candidates)
    tuned = {name: result for name, result in results.items() if result}
    must_have_candidates(tuned, config)
    judged = find_shared_folds(tuned)
    candidates = [make_candidate(name, result, judged, metric.sign) for name, result in tuned.items()]
    found = read_out_of_fold(config, tuned)
    ensemble = build_ensemble(config, tuned, found, (config.problem.score, metric))
    if ensemble.recipe:
        candidates.append(make_ensemble_candidate(ensemble, tuned, judged, metric.sign))
    ratio = float(np.mean([share for result in tuned.values() for share in result.valid_to_train]))
    outcome = choose_winner(candidates, config.selection, ratio, metric.sign)
    recipe = ensemble.recipe if outcome.winner == NAME and ensemble.recipe else tuned[outcome.winner].recipe
    weights = ensemble.weights if recipe.members else {name_best_trial(outcome.winner, tuned): 1.0}
    calibrated = calibrate_winner(config, weights, found)
    record = SelectionRecord(
        winner=outcome.winner,
        reason=outcome.reason,
        metric=config.problem.score,
        candidates=outcome.comparisons,
        folds=judged,
        not_for_this_task=sorted(results.keys() - tuned.keys()),
        ensemble=ensemble.weights,
        ensemble_gain=ensemble.gain,
        no_ensemble=ensemble.why_not,
        calibration=calibrated.record,
    )
    write_json(paths.SELECTION, asdict(record))
    recipe = replace(recipe, calibration=calibrated.call)
    write_json(paths.WINNER, asdict(Winner(candidate=outcome.winner, recipe=recipe)))
    write_text(paths.SELECTION_PAGE, render_report(outcome, record))
    return outcome.reason


@dataclass(frozen=True)
class BuiltEnsemble:
    """An ensemble with its weights by trial, its score on each fold and its gain, or why there is none."""

    recipe: Recipe | None = None
    weights: dict[str, float] = field(default_factory=dict)
    scores: tuple[float, ...] = ()
    gain: float | None = None
    why_not: str = ""


def read_out_of_fold(config: Config, tuned: Mapping[str, TuningResult]) -> OutOfFold | None:
    """The finalists' predictions; None where neither an ensemble nor a calibration asks for them, or there are none."""
    if config.ensemble.members < 2 and config.calibration.get_method(config.problem.task) is None:
        return None
    return read_predictions({name: read_table(paths.OUT_OF_FOLD / f"{name}.parquet") for name in tuned})


def name_best_trial(name: str, tuned: Mapping[str, TuningResult]) -> str:
    """The candidate's best trial, by the name that its predictions have."""
    result = tuned[name]
    return next((f"{name} {number}" for number, one in result.finalists.items() if one == result.recipe), "")


def calibrate_winner(config: Config, weights: Mapping[str, float], found: OutOfFold | None) -> Calibrated:
    """The correction of the probabilities of a trial, or of the average of several; none where none were kept."""
    if found is None or not weights.keys() <= found.scores.keys():
        return Calibrated()
    scores = [average(found, dict(weights), fold) for fold in range(len(found.truths))]
    return find_calibration(config.calibration, config.problem.task, found.truths, scores)


def build_ensemble(
    config: Config, tuned: Mapping[str, TuningResult], found: OutOfFold | None, metric: tuple[str, Metric]
) -> BuiltEnsemble:
    """The ensemble of the finalists, within the budget of the configuration."""
    first, wanted = next(iter(tuned.values())), config.ensemble
    most = wanted.count_members(first.rows, first.features)
    if most < 2:
        return BuiltEnsemble(why_not=explain_budget(wanted, first.rows, first.features))
    if found is None or len(found.truths) < 2 or len(found.scores) < 2:
        return BuiltEnsemble(why_not="no two recipes have predictions to be averaged")
    weights = select_members(found, metric, wanted.steps, most)
    if len(weights) < 2:
        return BuiltEnsemble(why_not=f"no average of recipes scores better than {next(iter(weights))} alone")
    gain = measure_gain(found, metric, wanted.steps, most)
    if not gain > 0:
        return BuiltEnsemble(why_not=f"on held-out folds, {describe_loss(gain)}")
    recipes = {f"{name} {number}": one for name, result in tuned.items() for number, one in result.finalists.items()}
    scores = tuple(score_folds(found, weights, metric))
    return BuiltEnsemble(make_ensemble(weights, recipes), weights, scores, gain)


def describe_loss(gain: float) -> str:
    """What averaging costs, by a gain that is none; the metric may not be defined on every fold."""
    return "the metric is not defined" if isnan(gain) else f"averaging is {-gain:z.4f} worse than the best alone"


def explain_budget(wanted: Ensemble, rows: int, features: int) -> str:
    """Why the configuration leaves no room for two members."""
    if wanted.members < 2:
        return f"conf/ensemble/{wanted.option}.yaml asks for none"
    return (
        f"two members would learn from {2 * rows * features:,} values ({rows:,} rows of {features:,} features each), "
        f"above values: {wanted.values:,} in conf/ensemble/{wanted.option}.yaml"
    )


def make_ensemble_candidate(
    built: BuiltEnsemble, tuned: Mapping[str, TuningResult], judged: Sequence[int], sign: int
) -> CandidateScores:
    """The ensemble as a candidate, less simple than any other."""
    scores = [built.scores[fold] for fold in judged]
    rank = 1 + max(result.rank for result in tuned.values())
    return CandidateScores(NAME, rank, tuple(NO_SCORE if np.isnan(one) else sign * one for one in scores))


def remove_stale_candidates(candidates: tuple[str, ...]) -> None:
    """Remove what earlier candidates left, so that the folder holds those that are compared and no others."""
    for folder in sorted(path for path in paths.TUNE.iterdir() if path.is_dir()):
        if folder.name not in candidates:
            shutil.rmtree(folder)
            (paths.OUT_OF_FOLD / f"{folder.name}.parquet").unlink(missing_ok=True)


def read_results(candidates: Sequence[str]) -> dict[str, TuningResult | None]:
    """What tune wrote for each candidate, by name; None for one that has no form for the task."""
    records = {name: read_json(paths.TUNE / name / "best.json") for name in sorted(set(candidates))}
    return {name: from_record(TuningResult, one) if one["recipe"] else None for name, one in records.items()}


def must_have_candidates(tuned: Mapping[str, TuningResult], config: Config) -> None:
    """Raise WrongValue when no candidate can do the task."""
    if not tuned:
        raise WrongValue(
            f"none of the candidates {', '.join(config.candidates)} has a form for {config.problem.task}",
            where="params.yaml, key candidates",
            todo="add one whose file in conf/model/ has it, such as linear, lightgbm or kmeans",
        )


def find_shared_folds(tuned: Mapping[str, TuningResult]) -> list[int]:
    """The folds that judge every candidate: one that starts from an earlier model is not judged by all.

    Raises WrongValue when there is none.
    """
    every = [set(result.list_judging_folds()) for result in tuned.values()]
    judged = sorted(set.intersection(*every))
    if not judged:
        raise WrongValue(
            "no fold judges all of the candidates " + ", ".join(sorted(tuned)),
            where="params.yaml, key candidates",
            todo="leave out those that start from an earlier model, one of them or all",
        )
    return judged


def make_candidate(name: str, result: TuningResult, judged: list[int], sign: int) -> CandidateScores:
    """A candidate from its result, with scores signed so that higher is better; no score is the worst."""
    scores = dict(zip(result.list_judging_folds(), result.score.folds, strict=True))
    shared = [scores[place] for place in judged]
    return CandidateScores(name, result.rank, tuple(NO_SCORE if one is None else sign * one for one in shared))


def render_report(outcome: Outcome, record: SelectionRecord) -> str:
    """The comparison of the candidates, as Markdown."""
    rows = [
        [
            f"**{escape_words(one.option)}**" if one.option == outcome.winner else escape_words(one.option),
            one.rank,
            f"{one.score:.4f}",
            f"{one.behind:z.4f}",
            f"{one.low:z.4f} to {one.high:z.4f}",
            "yes" if one.within_noise else "no",
        ]
        for one in outcome.comparisons
    ]
    columns = [
        "candidate",
        "rank",
        escape_words(record.metric),
        "behind the best",
        "confidence interval",
        "within noise",
    ]
    members = [
        [escape_words(name), f"{weight:.0%}"]
        for name, weight in sorted(record.ensemble.items(), key=lambda one: -one[1])
    ]
    return render(
        __file__,
        "md",
        outcome=outcome,
        columns=columns,
        rows=rows,
        members=members,
        gain=record.ensemble_gain,
        metric=record.metric,
        no_ensemble=record.no_ensemble,
        calibration=record.calibration,
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("select", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
