"""scope: problem definition and train part → is the question worth asking, and can these rows answer it?"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from lifecycle import paths
from lifecycle.data import label_stats
from lifecycle.data.columns import name_id_column
from lifecycle.data.dataset import Dataset, conform_features, encode_labels, is_among
from lifecycle.data.dataset_files import read_folds
from lifecycle.data.problem import Problem, validate_problem
from lifecycle.data.schema import Schema
from lifecycle.data.splits import Fold
from lifecycle.errors import UnfitTable, WrongValue, name_option
from lifecycle.evaluation import baseline
from lifecycle.evaluation.error_analysis import IMPORTANCE_ROWS, count_copies
from lifecycle.evaluation.metric import Metric, compute_metrics, select_metrics
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import read_table
from lifecycle.modeling import feasibility, run_budget
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.feasibility import CostEstimate, DataCheck, Feasibility, LearningCurve, Probe, Scope
from lifecycle.modeling.irreducible_error import estimate_irreducible_error
from lifecycle.modeling.pipeline import (
    Form,
    Model,
    Plan,
    fit_estimator,
    fit_pipeline,
    make_inputs,
    make_plan,
    predict_scores,
    run_deterministically,
)
from lifecycle.modeling.scope_report import render_scope_report
from lifecycle.modeling.tuning import Search
from lifecycle.options import options
from lifecycle.stages import runner

STAGES_BESIDE_TUNE = 13
START_SECONDS = 5.0


@options
class Config:
    """The problem, how its feasibility is found out, and what a full run will do."""

    problem: Problem
    schema: Schema
    metric: dict[str, Metric]
    model: dict[str, Model]
    feasibility: Feasibility
    search: Search
    candidates: tuple[str, ...]
    seed: int


def run(config: Config) -> str:
    """Write the scope as data and as a page, and print what a full run will cost."""
    schema = config.schema.with_target(config.problem.target)
    validate_problem(config.problem, schema, set(select_metrics(config.metric, config.problem.task)))
    train, parts = read_train(schema, config.problem), read_json(paths.PARTS)
    plan, folds = make_plan(config.problem.task, schema), read_folds(schema, train)
    must_make_folds(config, train, plan, folds)
    with naming_feasibility():
        curve, probe = compute_curve(config, train, plan), time_probe(config, train, plan, count_predicted(parts))
    scope = build_scope(config, train, plan, parts, curve)
    write_json(paths.SCOPE, asdict(scope))
    write_text(paths.SCOPE_PAGE, render_scope_report(config.problem, scope))
    cost, beside = (
        estimate_full_cost(config, train, parts, probe, candidates) for candidates in (len(config.candidates), 0)
    )
    plans = plan_runs(config, train, folds, probe, (cost.minutes, beside.minutes))
    write_text(paths.RUNS / "estimate.json", json.dumps(asdict(cost) | {"plans": plans}, indent=2))
    return "\n".join([describe_cost(cost, scope.checks, config.problem), *plans])


def describe_cost(cost: CostEstimate, checks: Sequence[DataCheck], problem: Problem) -> str:
    """Whether there is enough data, and what a full run costs."""
    over = feasibility.list_exceeded_budgets(cost, problem.budget)
    verdict = "enough data" if all(one.enough for one in checks) else "NOT enough data"
    return (
        f"{verdict}; a full run will take about {cost.minutes:.0f} min, {cost.memory_gib:.1f} GiB of memory, "
        f"{cost.disk_gib:.1f} GiB of disk" + (f" (over budget: {', '.join(over)})" if over else "")
    )


@contextmanager
def naming_feasibility() -> Iterator[None]:
    """Errors of the quick estimator name its file, which is in conf/feasibility/."""
    try:
        yield
    except WrongValue as error:
        where = error.where.replace("conf/model/", "conf/feasibility/")
        raise WrongValue(error.what, where=where, todo=error.todo) from error


def read_train(schema: Schema, problem: Problem) -> Dataset:
    """The train part with the schema's own features, before any are made."""
    features = schema.columns_with_role("feature")
    wanted = [schema.id, schema.time, schema.day, schema.target, problem.block, *features]
    columns = [name for name in dict.fromkeys(wanted) if name]
    table, split = read_table(paths.TABLE, columns), read_table(paths.SPLIT)
    ids = split.loc[split["part"] == "train", name_id_column(schema.id)]
    train = table[is_among(table[schema.id], ids)].reset_index(drop=True)
    return Dataset(features=conform_features(train[features]), labels=encode_labels(train, schema), context=train)


def must_make_folds(config: Config, train: Dataset, plan: Plan, folds: Sequence[Fold]) -> None:
    """Raise UnfitTable where a fold of cross-validation would have one class alone."""
    counts = count_labels(train, plan, config.schema.with_target(config.problem.target))
    few = feasibility.explain_few_positives(counts, len(folds)) if plan.task == "binary" else None
    reason = few or feasibility.explain_folds(train.labels, folds, plan)
    if reason is None:
        return
    rarest = min(counts.values())
    fewer = f"folds: {rarest} in conf/split/" if few and rarest >= 2 else "" if few else "fewer folds: in conf/split/"
    where = f"{paths.TABLE}, column {config.problem.target}, the {len(train.labels):,} rows of the train part"
    error = UnfitTable(reason, where=where, todo=f"{fewer}, or collect more rows" if fewer else "collect more of them")
    raise name_option(error, "split", config.problem.split)


def count_labels(train: Dataset, plan: Plan, schema: Schema) -> dict[str, int]:
    """The train rows of each class by what they are called."""
    names = ("negatives", "positives") if plan.task == "binary" else schema.classes
    counts = np.bincount(train.labels, minlength=len(names)) if plan.classes else ()
    return {str(name): int(count) for name, count in zip(names, counts, strict=False)}


def compute_curve(config: Config, train: Dataset, plan: Plan) -> LearningCurve:
    """The learning curve of the quick model; empty for clustering, which has nothing to compare with."""
    if plan.task == "clustering":
        return LearningCurve([], None)
    quick, score = config.feasibility, config.problem.score
    return feasibility.compute_learning_curve(
        train,
        quick.make_recipe(plan),
        quick.sizes,
        quick.validation_rows,
        (score, config.metric[score]),
        config.problem.block or config.schema.id,
        config.seed,
    )


def check_train_rows(
    config: Config, train: Dataset, plan: Plan, parts: dict[str, Any], curve: LearningCurve
) -> list[DataCheck]:
    """The problem's minimum data against the train part and the size of the test part."""
    points, score = curve.points, config.problem.score
    reached = points[-1][score] if points and score == "roc_auc" else 0.5
    rows = int(parts["parts"]["test"]["rows"])
    return feasibility.check_data(train.labels, rows, plan, reached, config.problem.minimum)


def build_scope(config: Config, train: Dataset, plan: Plan, parts: dict[str, Any], curve: LearningCurve) -> Scope:
    """The problem with what the train part says about it."""
    schema = config.schema.with_target(config.problem.target)
    numeric = plan.task in ("binary", "regression")
    dated = schema.day is not None and numeric
    months = feasibility.summarize_labels_by_month(train.context[schema.day], train.labels) if dated else []
    return Scope(
        problem=asdict(config.problem),
        baseline=score_baseline(config, train, plan),
        labels=label_stats.describe_row_labels(train.context, schema),
        labels_by_month=months,
        learning_curve=curve.points,
        learning_gain=curve.gain,
        irreducible_error=estimate_irreducible_error(train.features, train.labels, plan.task),
        searches=run_budget.plan_searches(list_forms(config), config.search, parts["folds"]),
        checks=check_train_rows(config, train, plan, parts, curve),
        leak_signs=parts["signs"][:5],
    )


def list_forms(config: Config) -> dict[str, Form]:
    """The candidates that can do the task."""
    return run_budget.select_forms(config.model, config.candidates, config.problem.task)


def score_baseline(config: Config, train: Dataset, plan: Plan) -> dict[str, float]:
    """Every metric of the trivial baseline on the train rows; none for clustering."""
    if plan.task == "clustering":
        return {}
    shape = (len(train.labels), plan.classes) if plan.task == "multiclass" else len(train.labels)
    scores = baseline.predict_baseline(train.labels, np.zeros(shape), plan.task, config.seed)
    return compute_metrics(select_metrics(config.metric, plan.task), train.labels, scores, 0.5)


def estimate_full_cost(
    config: Config, train: Dataset, parts: dict[str, Any], probe: Probe, candidates: int
) -> CostEstimate:
    """What a run with so many candidates will cost, by the probe; it goes to runs/ only."""
    searched, trained = [probe.rows] * (candidates * parts["folds"]), [len(train.labels)] * 3
    return feasibility.estimate_cost(
        probe,
        prepared=searched + trained,
        fits=searched * config.search.trials + trained,
        features=train.features.shape[1],
        start_seconds=START_SECONDS * (STAGES_BESIDE_TUNE + candidates),
        table_bytes=int(train.features.memory_usage(deep=True).sum()),
        disk_bytes=sum(path.stat().st_size for path in paths.RAW.parent.rglob("*.parquet")),
    )


def plan_runs(
    config: Config, train: Dataset, folds: Sequence[Fold], probe: Probe, minutes: tuple[float, float]
) -> list[str]:
    """In words what runs of fewer minutes would try; `minutes` are those of a full run, and of one without candidates.

    They are measured by the clock, so that they go to runs/ only.
    """
    forms, whole, beside = list_forms(config), *minutes
    if not forms:
        return []
    score = (config.problem.score, config.metric[config.problem.score])
    validation = CrossValidation(train, folds, score, score)
    seconds = run_budget.share_seconds(60 * (whole - beside), forms, validation, config.search, probe)
    plans = [run_budget.plan_run(one, seconds, 60 * beside) for one in run_budget.MINUTES]
    return [run_budget.describe_plan(one, len(forms), config.search.trials) for one in plans]


def count_predicted(parts: dict[str, Any]) -> int:
    """The valid rows that permutation importance predicts."""
    return min(int(parts["parts"]["valid"]["rows"]), IMPORTANCE_ROWS)


def time_probe(config: Config, train: Dataset, plan: Plan, predicted: int) -> Probe:
    """The seconds of the quick model on a sample of train rows; loading libraries is no part of it."""
    recipe = config.feasibility.make_recipe(plan)
    drawn = feasibility.sample_classes(train, config.search.count_rows(train.features.shape[1]), config.seed, plan)
    fit_pipeline(recipe, feasibility.sample_classes(drawn, 100, config.seed, plan), config.seed)
    clock = [time.perf_counter()]
    with run_deterministically(recipe, len(drawn.labels)):
        inputs = make_inputs(recipe, drawn.features, config.seed)
        prepared = inputs.fit_transform(drawn.features, drawn.labels)
    clock.append(time.perf_counter())
    estimator = fit_estimator(recipe, prepared, drawn.labels, config.seed)
    clock.append(time.perf_counter())
    places = np.resize(np.arange(len(train.labels)), predicted * count_copies(predicted))
    predict_scores(plan, estimator, inputs.transform(train.take(places).features))
    clock.append(time.perf_counter())
    return Probe(len(drawn.labels), predicted, *(after - before for before, after in pairwise(clock)))


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("scope", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
