"""monitor: drift and performance on the test rows, against the training data → reports/monitor/."""

import sys

from lifecycle import paths
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation.metric import Metric, select_metrics
from lifecycle.io.tables import read_csv
from lifecycle.monitoring.monitor import MonitoringResult, rank_causes, run_checks
from lifecycle.monitoring.performance_checks import Criteria
from lifecycle.monitoring.report import write_report
from lifecycle.monitoring.settings import Monitor, check_monitor
from lifecycle.monitoring.windows import read_test_rows, read_train_rows, read_valid_rows
from lifecycle.options import options
from lifecycle.reporting.text import format_count
from lifecycle.stages import runner


@options
class Config:
    """The problem, the settings of monitoring, and all metrics."""

    problem: Problem
    schema: Schema
    monitor: Monitor
    metric: dict[str, Metric]
    seed: int


def run(config: Config) -> str:
    """Write the report on the test rows; an alert does not fail the stage."""
    problem, schema, every = config.problem, config.schema.with_target(config.problem.target), config.monitor.every
    criteria = build_criteria(config)
    found = run_checks(read_train_rows(problem, schema, every), read_test_rows(problem, schema, every), criteria)
    write_report(paths.MONITORING, found, rank_causes(found, criteria.importance), config.monitor, problem.score)
    return summarize_findings(found)


def build_criteria(config: Config) -> Criteria:
    """What later rows are evaluated by; raises WrongValue for settings that could evaluate nothing."""
    check_monitor(config.monitor)
    schema = config.schema.with_target(config.problem.target)
    return Criteria(
        problem=config.problem,
        metrics=select_metrics(config.metric, config.problem.task),
        classes=schema.classes,
        held=read_valid_rows(config.problem, schema, config.monitor.every),
        monitor=config.monitor,
        importance=read_importance(),
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
