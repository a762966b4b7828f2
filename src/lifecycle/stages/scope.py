"""scope: problem definition and train part → is the question worth asking, and can these rows answer it?"""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

import numpy as np

from lifecycle import paths
from lifecycle.data import label_stats
from lifecycle.data.columns import name_id_column
from lifecycle.data.dataset import Dataset, conform_features, encode_labels, is_among
from lifecycle.data.problem import Problem, validate_problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation import baseline
from lifecycle.evaluation.metric import Metric, compute_metrics, select_metrics
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import read_table
from lifecycle.modeling import feasibility
from lifecycle.modeling.feasibility import CostEstimate, DataCheck, Feasibility, Scope
from lifecycle.modeling.pipeline import Plan, fit_pipeline, make_plan
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
    feasibility: Feasibility
    search: Search
    candidates: tuple[str, ...]
    seed: int


def run(config: Config) -> str:
    """Write the scope as data and as a page, and print what a full run will cost."""
    schema = config.schema.with_target(config.problem.target)
    validate_problem(config.problem, schema, set(select_metrics(config.metric, config.problem.task)))
    train, parts = read_train(schema), read_json(paths.PARTS)
    plan = make_plan(config.problem.task, schema)
    curve = compute_curve(config, train, plan)
    checks = check_train_rows(config, train, plan, parts, curve)
    scope = build_scope(config, train, plan, parts, curve, checks)
    write_json(paths.SCOPE, asdict(scope))
    write_text(paths.SCOPE_PAGE, render_scope_report(config.problem, scope))
    cost = estimate_full_cost(config, train, plan, parts)
    write_text(paths.RUNS / "estimate.json", json.dumps(asdict(cost), indent=2))
    over = feasibility.list_exceeded_budgets(cost, config.problem.budget)
    verdict = "enough data" if all(one.enough for one in checks) else "NOT enough data"
    return (
        f"{verdict}; a full run will take about {cost.minutes:.0f} min, {cost.memory_gib:.1f} GiB of memory, "
        f"{cost.disk_gib:.1f} GiB of disk" + (f" (over budget: {', '.join(over)})" if over else "")
    )


def read_train(schema: Schema) -> Dataset:
    """The train part with the schema's own features, before any are made."""
    features = schema.columns_with_role("feature")
    columns = [name for name in dict.fromkeys([schema.id, schema.time, schema.day, schema.target, *features]) if name]
    table, split = read_table(paths.TABLE, columns), read_table(paths.SPLIT)
    ids = split.loc[split["part"] == "train", name_id_column(schema.id)]
    train = table[is_among(table[schema.id], ids)].reset_index(drop=True)
    return Dataset(features=conform_features(train[features]), labels=encode_labels(train, schema), context=train)


def compute_curve(config: Config, train: Dataset, plan: Plan) -> list[dict[str, float]]:
    """The learning curve of the quick model; empty for clustering, which has nothing to compare with."""
    if plan.task == "clustering":
        return []
    quick, score = config.feasibility, config.problem.score
    return feasibility.compute_learning_curve(
        train, quick.make_recipe(plan), quick.sizes, quick.validation_rows, score, config.metric[score], config.seed
    )


def check_train_rows(
    config: Config, train: Dataset, plan: Plan, parts: dict[str, Any], curve: list[dict[str, float]]
) -> list[DataCheck]:
    """The problem's minimum data against the train part and the size of the test part."""
    reached = curve[-1][config.problem.score] if curve and config.problem.score == "roc_auc" else 0.5
    rows = int(parts["parts"]["test"]["rows"])
    return feasibility.check_data(train.labels, rows, plan, reached, config.problem.minimum)


def build_scope(
    config: Config,
    train: Dataset,
    plan: Plan,
    parts: dict[str, Any],
    curve: list[dict[str, float]],
    checks: list[DataCheck],
) -> Scope:
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
        learning_curve=curve,
        checks=checks,
        leak_signs=parts["signs"][:5],
    )


def score_baseline(config: Config, train: Dataset, plan: Plan) -> dict[str, float]:
    """Every metric of the trivial baseline on the train rows; none for clustering."""
    if plan.task == "clustering":
        return {}
    shape = (len(train.labels), plan.classes) if plan.task == "multiclass" else len(train.labels)
    scores = baseline.predict_baseline(train.labels, np.zeros(shape), plan.task, config.seed)
    return compute_metrics(select_metrics(config.metric, plan.task), train.labels, scores, 0.5)


def estimate_full_cost(config: Config, train: Dataset, plan: Plan, parts: dict[str, Any]) -> CostEstimate:
    """What a full run will cost, from timing one probe fit here and now; it goes to runs/ only."""
    probe = train.sample(config.search.rows, config.seed)
    fit_pipeline(
        config.feasibility.make_recipe(plan), probe.sample(100, config.seed), config.seed
    )  # imports are no part of it
    started = time.perf_counter()
    fit_pipeline(config.feasibility.make_recipe(plan), probe, config.seed)
    seconds = time.perf_counter() - started
    searched = [len(probe.labels)] * (len(config.candidates) * config.search.trials * parts["folds"])
    return feasibility.estimate_cost(
        probe_seconds=seconds,
        probe_rows=len(probe.labels),
        fits=[*searched, *[len(train.labels)] * 3],
        start_seconds=START_SECONDS * (STAGES_BESIDE_TUNE + len(config.candidates)),
        table_bytes=int(train.features.memory_usage(deep=True).sum()),
        disk_bytes=sum(path.stat().st_size for path in paths.RAW.parent.rglob("*.parquet")),
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("scope", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
