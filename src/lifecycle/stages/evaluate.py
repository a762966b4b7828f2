"""evaluate: the validation model on the valid part → predictions, metrics, threshold, slices, error analysis, plots."""

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
from lifecycle.evaluation.case import Case, Evaluation
from lifecycle.evaluation.error_analysis import IMPORTANCE_ROWS, PermutationImportance
from lifecycle.evaluation.metric import Metric, compute_metric, compute_metrics, get_metric, select_metrics
from lifecycle.evaluation.predictions import tabulate_case
from lifecycle.evaluation.tasks.by_task import evaluate_case
from lifecycle.io.atomic import write_text
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_csv, write_table
from lifecycle.modeling.feature_weights import weigh_features
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import Plan, make_plan, predict_dataset, predict_scores, select_truth
from lifecycle.options import options
from lifecycle.reporting.markdown import escape_words, quote_code
from lifecycle.reporting.png import write_png
from lifecycle.reporting.templates import render
from lifecycle.stages import runner


@options
class Config:
    """The problem with its costs and slices, and all metrics."""

    problem: Problem
    schema: Schema
    metric: dict[str, Metric]
    seed: int


@dataclass(frozen=True)
class Findings:
    """Metrics beside the baseline's, slices, permutation importance, and the task's own evaluation."""

    model: Mapping[str, float]
    baseline: Mapping[str, float]
    slices: pd.DataFrame
    importance: PermutationImportance
    evaluation: Evaluation


def run(config: Config) -> str:
    """Write the evaluation of the validation model on the valid part."""
    schema, score = config.schema.with_target(config.problem.target), config.problem.score
    examples = read_dataset(schema, "valid")
    pipeline = read_model(paths.VALIDATION_MODEL)["pipeline"]
    case = score_valid_rows(config, schema, pipeline, examples)
    write_json(paths.THRESHOLD, {"threshold": case.threshold} | price_decisions(case))
    write_table(paths.VALID_PREDICTIONS, tabulate_case(case, schema.id))
    findings = compute_findings(config, case, pipeline, examples)
    write_json(paths.METRICS, {"valid": findings.model, "baseline": findings.baseline})
    write_error_analysis(config, case, findings)
    write_evaluation(findings.evaluation)
    write_text(paths.EVALUATION / "README.md", render_report(config, findings))
    at = "" if case.threshold is None else f", threshold {case.threshold:.3f}"
    return f"{score} {findings.model[score]:.4f} on {len(case.truth):,} valid rows{at}"


def score_valid_rows(config: Config, schema: Schema, pipeline: Any, examples: Dataset) -> Case:
    """The valid rows with the model's predictions, and for two classes the threshold of least cost."""
    problem = config.problem
    scores, truth = predict_dataset(make_plan(problem.task, schema), pipeline, examples)
    costs = problem.costs if problem.task == "binary" else None
    choice = thresholds.choose_threshold(truth, scores, costs) if costs else None
    return Case(
        task=problem.task,
        truth=truth,
        scores=scores,
        context=examples.context,
        features=examples.features,
        classes=schema.classes,
        target=schema.target,
        threshold=choice.threshold if choice else None,
        costs=problem.costs,
        labels_train=read_labels(schema, "train"),
        units={name: column.unit for name, column in schema.columns.items()},
    )


def price_decisions(case: Case) -> dict[str, float]:
    """The mean cost of a row at the threshold, beside predicting none and all positive; empty without a threshold."""
    if case.threshold is None or case.costs is None:
        return {}
    return asdict(thresholds.price_threshold(case.truth, case.scores, case.threshold, case.costs))


def compute_findings(config: Config, case: Case, pipeline: Any, examples: Dataset) -> Findings:
    """Everything that is computed on the valid rows."""
    problem, metrics = config.problem, select_metrics(config.metric, config.problem.task)
    trivial = baseline.predict_baseline(case.labels_train, case.scores, case.task, config.seed)
    return Findings(
        model=compute_metrics(metrics, case.truth, case.scores, case.decision_threshold),
        baseline=compute_metrics(metrics, case.truth, trivial, case.decision_threshold),
        slices=slices.score_slices(
            case, problem.slices, problem.score, get_metric(metrics, problem.score, problem.task)
        ),
        importance=compute_importance(config, pipeline, examples),
        evaluation=evaluate_case(case),
    )


def compute_importance(config: Config, pipeline: Any, examples: Dataset) -> PermutationImportance:
    """The importance of each feature, by the problem's score, on a sample of the valid part."""
    name, task, schema = config.problem.score, config.problem.task, config.schema.with_target(config.problem.target)
    metric, plan = config.metric[name], make_plan(task, schema)
    sampled = examples.sample(IMPORTANCE_ROWS, config.seed)
    truth = select_truth(plan, sampled.labels, pipeline["inputs"].transform(sampled.features))
    return error_analysis.compute_permutation_importance(
        lambda features: predict_scores(plan, pipeline["estimator"], pipeline["inputs"].transform(features)),
        lambda labels, scores: metric.sign * compute_metric(name, metric, labels, scores, 0.5),
        sampled.features,
        truth,
        config.seed,
        choose_measured_features(plan, pipeline, schema, list(map(str, sampled.features.columns)), config.seed),
    )


def choose_measured_features(plan: Plan, pipeline: Any, schema: Schema, names: list[str], seed: int) -> list[str]:
    """The features that are shuffled one by one: all, or of a wide table those that the model leans on most.

    How a model without an importance of its own uses them is seen on the train rows.
    """
    if len(names) <= error_analysis.MEASURED:
        return names
    train = read_dataset(schema, "train").sample(IMPORTANCE_ROWS, seed)
    return error_analysis.choose_measured(weigh_features(plan, pipeline, train.features))


def write_error_analysis(config: Config, case: Case, findings: Findings) -> None:
    """Write slices and the error analysis: the largest losses, where loss concentrates, permutation importance."""
    folder = paths.EVALUATION
    write_csv(folder / "slices.csv", findings.slices)
    write_csv(folder / "largest_errors.csv", error_analysis.list_largest_losses(case))
    write_csv(
        folder / "error_concentration.csv", error_analysis.compute_loss_concentration(case, list(config.problem.slices))
    )
    write_csv(folder / "importance.csv", findings.importance.features)
    figure = plots.plot_importance(
        findings.importance.features.head(20), "Permutation importance", config.problem.score
    )
    write_png(folder / "importance.png", figure)


def write_evaluation(evaluation: Evaluation) -> None:
    """Write the task's own tables and plots."""
    for name, table in evaluation.tables.items():
        write_csv(paths.EVALUATION / f"{name}.csv", table)
    for name, figure in evaluation.plots.items():
        write_png(paths.EVALUATION / f"{name}.png", figure)
    write_csv(paths.CONFUSION, evaluation.confusion)


def render_report(config: Config, findings: Findings) -> str:
    """The evaluation for a person, as Markdown."""
    return render(
        __file__,
        "md",
        metrics=list_metrics(config, findings),
        score=config.problem.score,
        slices=list_worst_slices(config, findings),
        features=", ".join(quote_code(name) for name in findings.importance.features["feature"].head(5)),
        measured=len(findings.importance.features),
        others=findings.importance.others,
        evaluation=findings.evaluation.section,
    )


def list_metrics(config: Config, findings: Findings) -> list[list[str]]:
    """Name, value, trivial baseline's value and direction of every metric that is defined for the predictions."""
    return [
        [escape_words(name), f"{value:.4f}", f"{findings.baseline[name]:.4f}", config.metric[name].better]
        for name, value in sorted(findings.model.items())
        if not math.isnan(value)
    ]


def list_worst_slices(config: Config, findings: Findings) -> list[list[str]]:
    """Column, value, rows and score of the slices in which the score is worst; empty without slices large enough."""
    score = config.problem.score
    worst = slices.find_worst_slices(findings.slices, score, config.metric[score])
    return [
        [quote_code(row.column), quote_code(row.value), f"{row.rows:,}", f"{getattr(row, score):.4f}"]
        for row in worst.itertuples()
    ]


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("evaluate", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
