"""test: opens the sealed part once → every KPI with its confidence interval, pass or fail."""

import sys
from dataclasses import asdict
from typing import Any

import numpy as np

from lifecycle import entry, metrics, paths
from lifecycle.examples import Examples
from lifecycle.files.examples import read_rate, read_sealed
from lifecycle.files.model import read_model
from lifecycle.files.records import read_json, write_json
from lifecycle.files.tables import write_table
from lifecycle.gates import Gate, Verdict, judge
from lifecycle.intervals import block_weights
from lifecycle.metrics import Metric
from lifecycle.options import options
from lifecycle.pipeline import chances
from lifecycle.predictions import as_table
from lifecycle.problem import Problem
from lifecycle.schema import Schema


@options
class Config:
    """The KPIs, how strictly they are judged, and all metrics."""

    problem: Problem
    schema: Schema
    gate: Gate
    metric: dict[str, Metric]
    seed: int


def run(config: Config) -> str:
    """Write the predictions of the test part and a verdict for each KPI; a missed KPI stops nothing here."""
    problem = config.problem
    examples = read_sealed(config.schema)
    chance = chances(read_model(paths.MODEL)["pipeline"], examples.features)
    rate = read_rate(config.schema, "train")
    threshold = float(read_json(paths.THRESHOLD)["threshold"])
    write_table(paths.TEST_PREDICTIONS, as_table(examples, chance, threshold, config.schema.id))
    weights = block_weights(examples.context[problem.block], config.gate.resamples, config.seed)
    trivial = np.full(len(chance), rate)
    verdicts = judge(problem.kpis, config.metric, examples.labels, chance, trivial, threshold, weights, config.gate)
    others = metrics.values(config.metric, examples.labels, chance, threshold)
    write_json(paths.TEST, record(verdicts, others, examples, config))
    passed = sum(verdict.passed for verdict in verdicts)
    return f"{passed} of {len(verdicts)} KPIs reached on {len(chance):,} test rows: " + ", ".join(
        f"{one.metric} {one.model.value:.4f} ({one.model.low:.4f} to {one.model.high:.4f})" for one in verdicts
    )


def record(verdicts: list[Verdict], others: dict[str, float], examples: Examples, config: Config) -> dict[str, Any]:
    """Verdicts by KPI, all metrics, and which rows they are of."""
    times = examples.context[config.schema.time]
    return {
        "passed": all(verdict.passed for verdict in verdicts),
        "kpis": {verdict.metric: asdict(verdict) for verdict in verdicts},
        "metrics": others,
        "rows": len(examples.labels),
        "label_rate": float(examples.labels.mean()),
        "blocks": int(examples.context[config.problem.block].nunique()),
        "first": str(times.min()),
        "last": str(times.max()),
    }


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("test", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
