"""select: the candidates' fold scores → the winner, and why."""

import shutil
import sys
from dataclasses import asdict
from typing import Any

import numpy as np

from lifecycle import paths
from lifecycle.data.problem import Problem
from lifecycle.errors import WrongValue
from lifecycle.evaluation.metric import Metric, asked
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_json, write_json
from lifecycle.modeling.selection import Candidate, Outcome, Selection, choose
from lifecycle.options import options
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
    sweep(config.candidates)
    sign = asked(config.metric, config.problem.score, config.problem.task).sign
    read = {name: read_json(paths.TUNE / name / "best.json") for name in sorted(set(config.candidates))}
    found = {name: record for name, record in read.items() if record["recipe"]}
    must_be_some(found, config)
    judged = shared(found)
    candidates = [candidate(name, record, judged, sign) for name, record in found.items()]
    ratio = float(np.mean([share for record in found.values() for share in record["valid_to_train"]]))
    outcome = choose(candidates, config.selection, ratio, sign)
    comparisons = [asdict(one) for one in outcome.comparisons]
    write_json(
        paths.SELECTION,
        {
            "winner": outcome.winner,
            "reason": outcome.reason,
            "metric": config.problem.score,
            "candidates": comparisons,
            "folds": judged,
            "not_for_this_task": sorted(read.keys() - found.keys()),
        },
    )
    write_json(paths.WINNER, {"candidate": outcome.winner, "recipe": found[outcome.winner]["recipe"]})
    write_text(paths.SELECTION_PAGE, page(outcome, config.problem.score))
    return outcome.reason


def sweep(candidates: tuple[str, ...]) -> None:
    """Remove what earlier candidates left, so that the folder holds those that are compared and no others."""
    for folder in sorted(path for path in paths.TUNE.iterdir() if path.is_dir()):
        if folder.name not in candidates:
            shutil.rmtree(folder)


def must_be_some(found: dict[str, Any], config: Config) -> None:
    """Raise WrongValue when no candidate can do the task."""
    if not found:
        raise WrongValue(
            f"none of the candidates {', '.join(config.candidates)} has a form for {config.problem.task}",
            where="params.yaml, key candidates",
            todo="add one whose file in conf/model/ has it, such as linear, lightgbm or kmeans",
        )


def shared(found: dict[str, Any]) -> list[int]:
    """The folds that judge every candidate: one that starts from an earlier model is not judged by all.

    Raises WrongValue when there is none.
    """
    every = [set(judging(record)) for record in found.values()]
    judged = sorted(set.intersection(*every))
    if not judged:
        raise WrongValue(
            "no fold judges all of the candidates " + ", ".join(sorted(found)),
            where="params.yaml, key candidates",
            todo="leave out those that start from an earlier model, one of them or all",
        )
    return judged


def judging(record: dict[str, Any]) -> list[int]:
    """The places of the folds that a candidate's scores are of."""
    count = len(record["score"]["folds"]) + len(record["unjudged"])
    return [place for place in range(count) if place not in record["unjudged"]]


def candidate(name: str, record: dict[str, Any], judged: list[int], sign: int) -> Candidate:
    """A candidate from its record, with scores turned so that higher is better; no score is the worst."""
    scores = dict(zip(judging(record), record["score"]["folds"], strict=True))
    kept = [scores[place] for place in judged]
    return Candidate(name, record["rank"], tuple(NO_SCORE if one is None else sign * one for one in kept))


def page(outcome: Outcome, metric: str) -> str:
    """The comparison as a table for a person."""
    rows = [
        f"| {'**' + one.option + '**' if one.option == outcome.winner else one.option} | {one.rank} | "
        f"{one.score:.4f} | {one.behind:.4f} | {one.low:.4f} to {one.high:.4f} | "
        f"{'yes' if one.within_noise else 'no'} |"
        for one in outcome.comparisons
    ]
    return "\n".join(
        [
            "# Which candidate wins",
            "",
            f"**{outcome.winner}**: {outcome.reason}.",
            "",
            f"| candidate | rank | {metric} | behind the best | interval | within noise |",
            "|---|---:|---:|---:|---:|---|",
            *rows,
            "",
            "Means over the same folds; the interval is that of the paired differences, corrected for folds that share "
            "train rows. Rank 1 is the simplest.",
        ]
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("select", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
