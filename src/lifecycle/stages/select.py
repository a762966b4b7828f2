"""select: the candidates' fold scores → the winner, and why."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.data.problem import Problem
from lifecycle.errors import WrongValue
from lifecycle.evaluation.metric import Metric, get_metric
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_json, write_json
from lifecycle.modeling.pipeline import Winner
from lifecycle.modeling.selection import CandidateScores, Outcome, Selection, SelectionRecord, choose_winner
from lifecycle.modeling.tuning import TuningResult
from lifecycle.options import options
from lifecycle.reporting.templates import render
from lifecycle.stages import runner

NO_SCORE = -1e9


@options
class Config:
    """The candidates, the metric's direction, and which one is preferred."""

    problem: Problem
    selection: Selection
    metric: dict[str, Metric]
    candidates: tuple[str, ...]


def run(config: Config) -> str:
    """Write the winner with every candidate's comparison, as data and as a page."""
    remove_stale_candidates(config.candidates)
    sign = get_metric(config.metric, config.problem.score, config.problem.task).sign
    results = read_results(config.candidates)
    tuned = {name: result for name, result in results.items() if result}
    must_have_candidates(tuned, config)
    judged = find_shared_folds(tuned)
    candidates = [make_candidate(name, result, judged, sign) for name, result in tuned.items()]
    ratio = float(np.mean([share for result in tuned.values() for share in result.valid_to_train]))
    outcome = choose_winner(candidates, config.selection, ratio, sign)
    record = SelectionRecord(
        winner=outcome.winner,
        reason=outcome.reason,
        metric=config.problem.score,
        candidates=outcome.comparisons,
        folds=judged,
        not_for_this_task=sorted(results.keys() - tuned.keys()),
    )
    write_json(paths.SELECTION, asdict(record))
    write_json(paths.WINNER, asdict(Winner(candidate=outcome.winner, recipe=tuned[outcome.winner].recipe)))
    write_text(paths.SELECTION_PAGE, render_report(outcome, config.problem.score))
    return outcome.reason


def remove_stale_candidates(candidates: tuple[str, ...]) -> None:
    """Remove what earlier candidates left, so that the folder holds those that are compared and no others."""
    for folder in sorted(path for path in paths.TUNE.iterdir() if path.is_dir()):
        if folder.name not in candidates:
            shutil.rmtree(folder)


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


def render_report(outcome: Outcome, metric: str) -> str:
    """The comparison of the candidates, as Markdown."""
    rows = [
        [
            f"**{one.option}**" if one.option == outcome.winner else one.option,
            one.rank,
            f"{one.score:.4f}",
            f"{one.behind:.4f}",
            f"{one.low:.4f} to {one.high:.4f}",
            "yes" if one.within_noise else "no",
        ]
        for one in outcome.comparisons
    ]
    columns = ["candidate", "rank", metric, "behind the best", "confidence interval", "within noise"]
    return render(__file__, "md", outcome=outcome, columns=columns, rows=rows)


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("select", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
