"""monitor: drift and performance on the test rows, against the training data → reports/monitor/.

The released model is measured on the test rows. Their drift of predictions, the estimate without labels and every
change come from the validation model on both sides, of which alone the valid part tells what to expect.
"""

import sys

from lifecycle import paths
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation.gates import Gate
from lifecycle.evaluation.metric import Metric, select_metrics
from lifecycle.io.tables import read_csv
from lifecycle.monitoring.monitor import MonitoringResult, rank_causes, run_checks
from lifecycle.monitoring.observations import PredictedReference
from lifecycle.monitoring.performance_checks import Criteria
from lifecycle.monitoring.report import write_report
from lifecycle.monitoring.settings import Monitor, check_monitor
from lifecycle.monitoring.windows import (
    predict_with_validation_model,
    read_test_rows,
    read_train_rows,
    read_validation_reference,
)
from lifecycle.options import options
from lifecycle.reporting.text import format_count
from lifecycle.stages import runner


@options
class Config:
    """The problem, the settings of monitoring, the gate, whose intervals those of monitoring are, and all metrics."""

    problem: Problem
    schema: Schema
    monitor: Monitor
    gate: Gate
    metric: dict[str, Metric]
    seed: int


def run(config: Config) -> str:
    """Write the report on the test rows; an alert does not fail the stage."""
    check_monitor(config.monitor)
    problem = config.problem
    criteria, found = check_test_rows(config)
    write_report(paths.MONITORING, found, rank_causes(found, criteria.importance), config.monitor, problem.score)
    return summarize_findings(found)


def check_test_rows(config: Config) -> tuple[Criteria, MonitoringResult]:
    """The findings on the test rows, and what they were evaluated by."""
    problem, schema, every = config.problem, config.schema.with_target(config.problem.target), config.monitor.every
    criteria = build_criteria(config, read_validation_reference(problem, schema, every))
    rows = read_test_rows(problem, schema, every)
    compared = predict_with_validation_model(rows, problem, schema)
    return criteria, run_checks(read_train_rows(problem, schema, every), rows, criteria, compared)


def build_criteria(config: Config, reference: PredictedReference) -> Criteria:
    """What later rows are evaluated by."""
    return Criteria(
        problem=config.problem,
        metrics=select_metrics(config.metric, config.problem.task),
        classes=config.schema.with_target(config.problem.target).classes,
        reference=reference,
        monitor=config.monitor,
        importance=read_importance(),
        resamples=config.gate.resamples,
        seed=config.seed,
    )


def read_importance() -> dict[str, float]:
    """The permutation importance of each feature: the drop of the score when its values are shuffled."""
    table = read_csv(paths.IMPORTANCE)
    return {str(name): float(drop) for name, drop in zip(table["feature"], table["importance"], strict=True)}


def summarize_findings(found: MonitoringResult) -> str:
    """The findings in one line."""
    if not found.newest:
        return "no period has enough rows to be evaluated"
    return (
        f"{format_count(len(found.present), 'alert')} in {found.newest}, of {format_count(len(found.rows), 'period')}"
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("monitor", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
