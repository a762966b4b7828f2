"""evaluate: the validation model on the valid part → predictions, metrics, threshold, slices, mistakes, curves."""

import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.data.dataset import Dataset
from lifecycle.data.dataset_files import read_dataset, read_labels
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation import baseline, error_analysis, plots, slices, thresholds
from lifecycle.evaluation.metric import Metric, compute_metric, compute_metrics, get_metric, select_metrics
from lifecycle.evaluation.case import Evaluation, Case
from lifecycle.evaluation.predictions import tabulate_case
from lifecycle.evaluation.tasks.by_task import evaluate_case
from lifecycle.io.atomic import write_text
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_csv, write_table
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import predict_dataset, make_plan, select_truth
from lifecycle.options import options
from lifecycle.reporting.png import write_png
from lifecycle.stages import runner

IMPORTANCE_ROWS = 4000


@options
class Config:
    """The problem with its costs and slices, and all metrics."""

    problem: Problem
    schema: Schema
    metric: dict[str, Metric]
    seed: int


@dataclass(frozen=True)
class Findings:
    """What the page tells: metrics beside the baseline's, the slices, what the model leans on, the task's own view."""

    model: Mapping[str, float]
    baseline: Mapping[str, float]
    slices: pd.DataFrame
    importance: pd.DataFrame
    appraisal: Evaluation


def run(config: Config) -> str:
    """Write everything that the valid part says about the model that learned from train alone."""
    schema, asked = config.schema.asking(config.problem.target), config.problem
    examples = read_dataset(schema, "valid")
    pipeline = read_model(paths.VALIDATION_MODEL)["pipeline"]
    case = score_valid_rows(config, schema, pipeline, examples)
    write_json(paths.THRESHOLD, {"threshold": case.threshold} | price_decisions(case))
    write_table(paths.VALID_PREDICTIONS, tabulate_case(case, schema.id))
    found = compute_findings(config, case, pipeline, examples)
    write_json(paths.METRICS, {"valid": found.model, "baseline": found.baseline})
    write_error_analysis(config, case, found)
    write_evaluation(found.appraisal)
    write_text(paths.EVALUATION / "README.md", page(config, found))
    at = "" if case.threshold is None else f", threshold {case.threshold:.3f}"
    return f"{asked.score} {found.model[asked.score]:.4f} on {len(case.truth):,} valid rows{at}"


def score_valid_rows(config: Config, schema: Schema, pipeline: Any, examples: Dataset) -> Case:
    """The valid rows with the model's answers, and for two classes the threshold that their costs ask for."""
    asked = config.problem
    scores, held = predict_dataset(make_plan(asked.task, schema), pipeline, examples)
    choice = thresholds.choose(held, scores, asked.costs) if asked.task == "binary" and asked.costs else None
    return Case(
        task=asked.task,
        truth=held,
        scores=scores,
        context=examples.context,
        features=examples.features,
        classes=schema.classes,
        target=schema.target,
        threshold=choice.threshold if choice else None,
        costs=asked.costs,
        labels_train=read_labels(schema, "train"),
        units={name: column.unit for name, column in schema.columns.items()},
    )


def price_decisions(case: Case) -> dict[str, float]:
    """What a row costs at the threshold, beside flagging none and all; empty without a threshold."""
    if case.threshold is None or case.costs is None:
        return {}
    return asdict(thresholds.priced(case.truth, case.scores, case.threshold, case.costs))


def compute_findings(config: Config, case: Case, pipeline: Any, examples: Dataset) -> Findings:
    """Everything that is measured on the valid rows."""
    asked, named = config.problem, select_metrics(config.metric, config.problem.task)
    trivial = baseline.trivial(case.labels_train, case.scores, case.task, config.seed)
    return Findings(
        model=compute_metrics(named, case.truth, case.scores, case.cut),
        baseline=compute_metrics(named, case.truth, trivial, case.cut),
        slices=slices.score(case, asked.slices, asked.score, get_metric(named, asked.score, asked.task)),
        importance=compute_importance(config, pipeline, examples),
        appraisal=evaluate_case(case),
    )


def compute_importance(config: Config, pipeline: Any, examples: Dataset) -> pd.DataFrame:
    """The importance of each feature, by the problem's score, on a sample of the valid part."""
    name, task = config.problem.score, config.problem.task
    metric, plan = config.metric[name], make_plan(task, config.schema.asking(config.problem.target))
    sampled = examples.sample(IMPORTANCE_ROWS, config.seed)
    held = select_truth(plan, sampled.labels, pipeline["inputs"].transform(sampled.features))
    return error_analysis.permutation_importance(
        lambda features: predict_dataset(plan, pipeline, Dataset(features, sampled.labels, sampled.context))[0],
        lambda labels, scores: metric.sign * compute_metric(name, metric, labels, scores, 0.5),
        sampled.features,
        held,
        config.seed,
    )


def write_error_analysis(config: Config, case: Case, found: Findings) -> None:
    """Write slices and the error analysis: the largest losses, where loss gathers, what the model leans on."""
    folder = paths.EVALUATION
    write_csv(folder / "slices.csv", found.slices)
    write_csv(folder / "largest_errors.csv", error_analysis.largest(case))
    write_csv(folder / "error_concentration.csv", error_analysis.concentration(case, list(config.problem.slices)))
    write_csv(folder / "importance.csv", found.importance)
    drawn = plots.importance(found.importance.head(20), "What the model leans on", f"fall of {config.problem.score}")
    write_png(folder / "importance.png", drawn)


def write_evaluation(found: Evaluation) -> None:
    """Write the task's own tables and pictures, and remove those of another task."""
    for name, table in found.tables.items():
        write_csv(paths.EVALUATION / f"{name}.csv", table)
    for name, figure in found.pictures.items():
        write_png(paths.EVALUATION / f"{name}.png", figure)
    write_csv(paths.CONFUSION, found.confusion)


def page(config: Config, found: Findings) -> str:
    """The evaluation for a person."""
    parts = [
        "# How the model does on the valid part",
        "The model was fitted on the train part alone.",
        list_metrics(config, found),
        *list_worst_slices(config, found),
        f"The model leans most on {', '.join(found.importance['feature'].head(5))}.",
        "![What the model leans on](importance.png)",
        *found.appraisal.paragraphs,
    ]
    return "\n\n".join(parts)


def list_metrics(config: Config, found: Findings) -> str:
    """Every metric that can be taken of the answers, beside the trivial baseline's."""
    rows = [
        f"| {name} | {found.model[name]:.4f} | {found.baseline[name]:.4f} | {config.metric[name].better} |"
        for name in sorted(found.model)
        if not math.isnan(found.model[name])
    ]
    return "\n".join(["| metric | model | trivial baseline | better |", "|---|---:|---:|---|", *rows])


def list_worst_slices(config: Config, found: Findings) -> list[str]:
    """The slices in which the score is worst; nothing without slices large enough."""
    score = config.problem.score
    rows = [
        f"| {row.column} | {row.value} | {row.rows:,} | {getattr(row, score):.4f} |"
        for row in slices.worst(found.slices, score, config.metric[score]).itertuples()
    ]
    if not rows:
        return []
    return ["## Worst slices", "\n".join([f"| column | value | rows | {score} |", "|---|---|---:|---:|", *rows])]


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("evaluate", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
