"""scope: problem definition and train part → is the question worth asking, and can these rows answer it?"""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

import numpy as np

from lifecycle import paths
from lifecycle.data import label_stats, problem
from lifecycle.data.dataset import Dataset, among, conform, labels_of
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation import baseline
from lifecycle.evaluation import metric as metrics
from lifecycle.evaluation.metric import Metric
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import read_table
from lifecycle.modeling import feasibility, scope_report
from lifecycle.modeling.feasibility import Check, Estimate, Feasibility
from lifecycle.modeling.pipeline import Plan, fit, plan_of
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
    asked, schema = config.problem, config.schema.asking(config.problem.target)
    problem.validate(asked, schema, set(metrics.of_task(config.metric, asked.task)))
    train, parts = read_train(schema), read_json(paths.PARTS)
    plan = plan_of(asked.task, schema)
    curve = learned(config, train, plan)
    checks = check(config, train, plan, parts, curve)
    found = record(config, train, plan, parts, curve, checks)
    write_json(paths.SCOPE, found)
    write_text(paths.SCOPE_PAGE, scope_report.page(asked, found))
    cost = full_cost(config, train, plan, parts)
    write_text(paths.RUNS / "estimate.json", json.dumps(asdict(cost), indent=2))
    over = feasibility.over_budget(cost, asked.budget)
    verdict = "enough data" if all(one.enough for one in checks) else "NOT enough data"
    return (
        f"{verdict}; a full run will take about {cost.minutes:.0f} min, {cost.memory_gib:.1f} GiB of memory, "
        f"{cost.disk_gib:.1f} GiB of disk" + (f" (over budget: {', '.join(over)})" if over else "")
    )


def read_train(schema: Schema) -> Dataset:
    """The train part with the schema's own features, before any are made."""
    features = schema.named("feature")
    kept = [name for name in dict.fromkeys([schema.id, schema.time, schema.day, schema.target, *features]) if name]
    table, split = read_table(paths.TABLE, kept), read_table(paths.SPLIT)
    train = table[among(table[schema.id], split.loc[split["part"] == "train", schema.id])].reset_index(drop=True)
    return Dataset(features=conform(train[features]), labels=labels_of(train, schema), context=train)


def learned(config: Config, train: Dataset, plan: Plan) -> list[dict[str, float]]:
    """The learning curve of the quick model; empty for clustering, which has nothing to compare with."""
    if plan.task == "clustering":
        return []
    quick, score = config.feasibility, config.problem.score
    return feasibility.learning_curve(
        train, quick.quick(plan), quick.sizes, quick.judged, score, config.metric[score], config.seed
    )


def check(
    config: Config, train: Dataset, plan: Plan, parts: dict[str, Any], curve: list[dict[str, float]]
) -> list[Check]:
    """The problem's minimum data against the train part and the size of the test part."""
    reached = curve[-1][config.problem.score] if curve and config.problem.score == "roc_auc" else 0.5
    rows = int(parts["parts"]["test"]["rows"])
    return feasibility.enough(train.labels, rows, plan, reached, config.problem.minimum)


def record(
    config: Config,
    train: Dataset,
    plan: Plan,
    parts: dict[str, Any],
    curve: list[dict[str, float]],
    checks: list[Check],
) -> dict[str, Any]:
    """The problem with what the train part says about it."""
    schema = config.schema.asking(config.problem.target)
    numeric = plan.task in ("binary", "regression")
    dated = schema.day is not None and numeric
    return {
        "problem": asdict(config.problem),
        "baseline": trivial(config, train, plan),
        "labels": label_stats.labels(train.context, schema),
        "labels_by_month": feasibility.labels_by_month(train.context[schema.day], train.labels) if dated else [],
        "learning_curve": curve,
        "checks": [asdict(one) for one in checks],
        "leak_signs": parts["signs"][:5],
    }


def trivial(config: Config, train: Dataset, plan: Plan) -> dict[str, float]:
    """Every metric of the trivial answer on the train rows; none for clustering."""
    if plan.task == "clustering":
        return {}
    shape = (len(train.labels), plan.classes) if plan.task == "multiclass" else len(train.labels)
    scores = baseline.trivial(train.labels, np.zeros(shape), plan.task, config.seed)
    return metrics.values(metrics.of_task(config.metric, plan.task), train.labels, scores, 0.5)


def full_cost(config: Config, train: Dataset, plan: Plan, parts: dict[str, Any]) -> Estimate:
    """What a full run will cost, from timing one probe fit here and now; it goes to runs/ only."""
    probe = train.sample(config.search.rows, config.seed)
    fit(config.feasibility.quick(plan), probe.sample(100, config.seed), config.seed)  # imports are no part of it
    started = time.perf_counter()
    fit(config.feasibility.quick(plan), probe, config.seed)
    seconds = time.perf_counter() - started
    searched = [len(probe.labels)] * (len(config.candidates) * config.search.trials * parts["folds"])
    return feasibility.estimate(
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
