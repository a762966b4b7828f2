"""evaluate: the rehearsal on the valid part → predictions, metrics, threshold, slices, mistakes, curves."""

import sys
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import drawings, entry, metrics, mistakes, paths, slices, thresholds
from lifecycle.examples import Examples
from lifecycle.files.atomic import write_text
from lifecycle.files.examples import read_examples, read_rate
from lifecycle.files.model import read_model
from lifecycle.files.pictures import write_picture
from lifecycle.files.records import write_json
from lifecycle.files.tables import write_csv, write_table
from lifecycle.metrics import Metric
from lifecycle.options import options
from lifecycle.pipeline import chances
from lifecycle.predictions import as_table
from lifecycle.problem import Problem
from lifecycle.schema import Schema

Floats = npt.NDArray[np.float64]
IMPORTANCE_ROWS = 4000


@options
class Config:
    """The problem with its costs and slices, and all metrics."""

    problem: Problem
    schema: Schema
    metric: dict[str, Metric]
    seed: int


def run(config: Config) -> str:
    """Write everything that the valid part says about the model that learned from train alone."""
    problem, score = config.problem, config.problem.score
    examples = read_examples(config.schema, "valid")
    pipeline = read_model(paths.REHEARSAL)["pipeline"]
    chance = chances(pipeline, examples.features)
    rate = read_rate(config.schema, "train")
    choice = thresholds.choose(examples.labels, chance, problem.costs)
    write_table(paths.VALID_PREDICTIONS, as_table(examples, chance, choice.threshold, config.schema.id))
    found = metrics.values(config.metric, examples.labels, chance, choice.threshold)
    trivial = metrics.values(config.metric, examples.labels, np.full(len(chance), rate), choice.threshold)
    write_json(paths.METRICS, {"valid": found, "baseline": trivial})
    write_json(paths.THRESHOLD, asdict(choice))
    parts = slices.score(
        examples.context, problem.slices, examples.labels, chance, choice.threshold, score, config.metric[score]
    )
    write_csv(paths.EVALUATION / "slices.csv", parts)
    importance = lean_on(config, pipeline, examples)
    write_mistakes(config, examples, chance, importance)
    write_curves(examples, chance, choice, problem)
    write_text(paths.EVALUATION / "README.md", page(config, found, trivial, choice, parts, importance))
    return f"{score} {found[score]:.4f} on {len(chance):,} valid rows, threshold {choice.threshold:.3f}"


def lean_on(config: Config, pipeline: object, examples: Examples) -> pd.DataFrame:
    """The importance of each feature, by the problem's score, on a sample of the valid part."""
    name = config.problem.score
    metric = config.metric[name]
    return mistakes.permutation_importance(
        lambda features: chances(pipeline, features),
        lambda labels, chance: metric.sign * metrics.value(name, metric, labels, chance, 0.5),
        examples.sample(IMPORTANCE_ROWS, config.seed),
        config.seed,
    )


def write_mistakes(config: Config, examples: Examples, chance: Floats, importance: pd.DataFrame) -> None:
    """Write the error analysis: the most surprising rows, where surprise gathers, what the model leans on."""
    columns = list(config.problem.slices)
    write_csv(paths.EVALUATION / "largest_errors.csv", mistakes.largest(examples.context, examples.labels, chance))
    write_csv(
        paths.EVALUATION / "error_concentration.csv",
        mistakes.concentration(examples.context, columns, examples.labels, chance),
    )
    write_csv(paths.EVALUATION / "importance.csv", importance)
    drawn = drawings.importance(importance.head(20), "What the model leans on", f"fall of {config.problem.score}")
    write_picture(paths.EVALUATION / "importance.png", drawn)


def write_curves(examples: Examples, chance: Floats, choice: thresholds.Choice, problem: Problem) -> None:
    """Write ROC, precision-recall, calibration, confusion and cost as plot data and as pictures."""
    labels, folder = examples.labels, paths.EVALUATION
    roc, recall = metrics.roc_points(labels, chance), metrics.recall_points(labels, chance)
    calibration = metrics.calibration_table(labels, chance)
    cost = thresholds.curve(labels, chance, problem.costs)
    flag = chance >= choice.threshold
    counts = [[int(((labels == truth) & (flag == said)).sum()) for said in (False, True)] for truth in (0, 1)]
    names = (f"not {problem.target}", problem.target)
    for name, table in {"roc": roc, "pr": recall, "calibration": calibration, "cost": cost}.items():
        write_csv(folder / f"{name}.csv", table)
    write_csv(paths.CONFUSION, pd.DataFrame({"actual": np.take(names, labels), "predicted": np.take(names, flag * 1)}))
    at = f"from a chance of {choice.threshold:.2f}"
    write_picture(folder / "roc.png", drawings.roc_curve({"model": roc}, "Found against false alarms"))
    rate = float(labels.mean())
    write_picture(folder / "pr.png", drawings.pr_curve({"model": recall}, "How pure and how complete flags are", rate))
    write_picture(
        folder / "calibration.png", drawings.calibration({"model": calibration}, "Can the chances be trusted?")
    )
    write_picture(folder / "confusion.png", drawings.confusion(counts, f"Right and wrong, flagged {at}", names))
    write_picture(folder / "cost.png", drawings.cost_curve(cost, choice.threshold, "What a row costs by threshold"))


def page(
    config: Config,
    found: Mapping[str, float],
    trivial: Mapping[str, float],
    choice: thresholds.Choice,
    parts: pd.DataFrame,
    importance: pd.DataFrame,
) -> str:
    """The evaluation for a person."""
    score = config.problem.score
    rows = [
        f"| {name} | {found[name]:.4f} | {trivial[name]:.4f} | {config.metric[name].better} |" for name in sorted(found)
    ]
    worst = slices.worst(parts, score, config.metric[score])
    bad = [
        f"| {row.column} | {row.value} | {row.rows:,} | {row.rate:.3f} | {getattr(row, score):.4f} |"
        for row in worst.itertuples()
    ]
    leaned = ", ".join(importance["feature"].head(5))
    return "\n".join(
        [
            "# How the model does on the valid part",
            "",
            "The model was fitted on the train part alone. "
            f"A row is flagged from a chance of **{choice.threshold:.3f}** on: "
            f"a row then costs {choice.cost:.3f} on average, against {choice.cost_of_none:.3f} when none is flagged "
            f"and {choice.cost_of_all:.3f} when all are.",
            "",
            "| metric | model | trivial baseline | better |",
            "|---|---:|---:|---|",
            *rows,
            "",
            "## Worst slices",
            "",
            f"| column | value | rows | positive rate | {score} |",
            "|---|---|---:|---:|---:|",
            *bad,
            "",
            f"The model leans most on {leaned}.",
            "",
            "![What the model leans on](importance.png)",
            "![ROC curve](roc.png) ![Precision and recall](pr.png)",
            "![Calibration](calibration.png) ![Confusion](confusion.png) ![Cost by threshold](cost.png)",
        ]
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("evaluate", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
