"""scope: problem definition and train part → is the question worth asking, and can these rows answer it?"""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

import numpy as np

from lifecycle import entry, feasibility, metrics, paths, problem
from lifecycle.examples import Examples, conform
from lifecycle.feasibility import Check, Estimate, Feasibility
from lifecycle.files.atomic import write_text
from lifecycle.files.records import read_json, write_json
from lifecycle.files.tables import read_table
from lifecycle.metrics import Metric
from lifecycle.options import options
from lifecycle.pipeline import Recipe, fit
from lifecycle.problem import Problem
from lifecycle.schema import Schema
from lifecycle.search import Search

STAGES_BESIDE_TUNE = 11
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
    problem.validate(config.problem, config.schema, set(config.metric))
    train = read_train(config.schema)
    parts = read_json(paths.PARTS)
    score = config.problem.score
    curve = feasibility.learning_curve(train, config.feasibility, score, config.metric[score], config.seed)
    checks = check(config, train, parts, curve)
    found = record(config, train, parts, curve, checks)
    write_json(paths.SCOPE, found)
    write_text(paths.SCOPE_PAGE, page(config.problem, found))
    cost = full_cost(config, train)
    write_text(paths.RUNS / "estimate.json", json.dumps(asdict(cost), indent=2))
    over = feasibility.over_budget(cost, config.problem.budget)
    verdict = "enough data" if all(one.enough for one in checks) else "NOT enough data"
    return (
        f"{verdict}; a full run will take about {cost.minutes:.0f} min, {cost.memory_gib:.1f} GiB of memory, "
        f"{cost.disk_gib:.1f} GiB of disk" + (f" (over budget: {', '.join(over)})" if over else "")
    )


def read_train(schema: Schema) -> Examples:
    """The train part with the schema's own features, before any are made."""
    features = schema.named("feature")
    kept = list(dict.fromkeys([schema.id, day_column(schema), schema.target, *features]))
    table, split = read_table(paths.TABLE, kept), read_table(paths.SPLIT)
    train = table[table[schema.id].isin(split.loc[split["part"] == "train", schema.id])].reset_index(drop=True)
    return Examples(
        features=conform(train[features]), labels=train[schema.target].to_numpy(dtype=np.int64), context=train
    )


def day_column(schema: Schema) -> str:
    """The column with the local calendar day where the schema has one, else the time."""
    days = [name for name, column in schema.columns.items() if column.type == "day"]
    return days[0] if days else schema.time


def check(config: Config, train: Examples, parts: dict[str, Any], curve: list[dict[str, float]]) -> list[Check]:
    """The problem's minimum data against the train part and the size of the test part."""
    reached = curve[-1][config.problem.score] if curve and config.problem.score == "roc_auc" else 0.5
    return feasibility.enough(
        rows=len(train.labels),
        positives=int(train.labels.sum()),
        test_rows=int(parts["parts"]["test"]["rows"]),
        rate=float(train.labels.mean()),
        auc=reached,
        minimum=config.problem.minimum,
    )


def record(
    config: Config, train: Examples, parts: dict[str, Any], curve: list[dict[str, float]], checks: list[Check]
) -> dict[str, Any]:
    """The problem with what the train part says about it."""
    rate = float(train.labels.mean())
    trivial = np.full(len(train.labels), rate)
    return {
        "problem": asdict(config.problem),
        "baseline": metrics.values(config.metric, train.labels, trivial, 0.5),
        "label_rate": rate,
        "label_rate_by_month": feasibility.rate_by_month(
            train.context[day_column(config.schema)], train.context[config.schema.target]
        ),
        "learning_curve": curve,
        "checks": [asdict(one) for one in checks],
        "leak_signs": parts["signs"][:5],
    }


def full_cost(config: Config, train: Examples) -> Estimate:
    """What a full run will cost, from timing one probe fit here and now; it goes to runs/ only."""
    made = Recipe(option="quick", estimator=config.feasibility.estimator, inputs=config.feasibility.inputs)
    probe = train.sample(config.search.rows, config.seed)
    started = time.perf_counter()
    fit(made, probe, config.seed)
    seconds = time.perf_counter() - started
    searched = [len(probe.labels)] * (len(config.candidates) * config.search.trials * config.search.folds)
    return feasibility.estimate(
        probe_seconds=seconds,
        probe_rows=len(probe.labels),
        fits=[*searched, *[len(train.labels)] * 3],
        start_seconds=START_SECONDS * (STAGES_BESIDE_TUNE + len(config.candidates)),
        table_bytes=int(train.features.memory_usage(deep=True).sum()),
        disk_bytes=sum(path.stat().st_size for path in paths.RAW.parent.rglob("*.parquet")),
    )


def page(asked: Problem, found: dict[str, Any]) -> str:
    """The scope for a person."""
    sections = [question(asked), goals(asked), rows_enough(asked, found), rates(asked, found), signs(found)]
    return "\n\n".join("\n".join(lines) for lines in sections)


def question(asked: Problem) -> list[str]:
    """What is asked, by whom, and what mistakes cost."""
    return [
        "# The question",
        "",
        f"**{asked.question}**",
        "",
        f"- One row is {asked.unit}; positive means: {asked.positive}.",
        f"- The answer is due {asked.moment.description}.",
        f"- Who acts: {asked.decision.who}. How: {asked.decision.how}.",
        f"- A false alarm costs {asked.costs.false_alarm:g}, a miss {asked.costs.miss:g}.",
    ]


def goals(asked: Problem) -> list[str]:
    """The KPIs with their floors."""
    rows = [f"| {kpi.metric} | {kpi.floor} | {kpi.why} |" for kpi in asked.kpis]
    return ["## What is good enough", "", "| KPI | floor | why |", "|---|---:|---|", *rows]


def rows_enough(asked: Problem, found: dict[str, Any]) -> list[str]:
    """The minimum data against what is there, and the learning curve."""
    checks = [
        f"| {one['name']} | {short(one['found'])} | {short(one['needed'])} | {'yes' if one['enough'] else '**no**'} |"
        for one in found["checks"]
    ]
    curve = [f"| {row['rows']:,} | {row[asked.score]:.4f} |" for row in found["learning_curve"]]
    return [
        "## Are there enough rows?",
        "",
        "| condition | found | needed | enough |",
        "|---|---:|---:|---|",
        *checks,
        "",
        f"A quick model, learning from ever more of the rows before the last ones ({asked.score} on those):",
        "",
        f"| train rows | {asked.score} |",
        "|---:|---:|",
        *curve,
    ]


def rates(asked: Problem, found: dict[str, Any]) -> list[str]:
    """The share of positives, month by month."""
    months = [
        f"| {row['month']} | {row['rows']:,} | {bar(row['rate'])} {row['rate']:.1%} |"
        for row in found["label_rate_by_month"]
    ]
    title = f"## How often is {asked.target} true? {found['label_rate']:.1%} of the train rows"
    return [title, "", "| month | rows | rate |", "|---|---:|---|", *months]


def signs(found: dict[str, Any]) -> list[str]:
    """The strongest signs of a leak."""
    rows = [f"| {one['kind']} | {', '.join(one['columns'])} | {one['strength']:.3f} |" for one in found["leak_signs"]]
    return [
        "## Strongest signs of a leak",
        "",
        "None of them is strong enough to stop the run (conf/leaks/ says from where one would).",
        "",
        "| sign | columns | strength alone (ROC-AUC) |",
        "|---|---|---:|",
        *rows,
    ]


def short(number: float) -> str:
    """A count in full, a small number in three digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def bar(share: float) -> str:
    """The share as a bar of up to twenty blocks, one for every five percent."""
    return "█" * round(share * 20)


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("scope", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
