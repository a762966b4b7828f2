"""monitor: the newest rows against those that the model learned from → reports/monitor/."""

import sys

from lifecycle import paths
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation.metric import Metric, select_metrics
from lifecycle.io.tables import read_csv
from lifecycle.monitoring.monitor import Found, causes, watch
from lifecycle.monitoring.performance_checks import Judge
from lifecycle.monitoring.report import write
from lifecycle.monitoring.settings import Monitor, validate
from lifecycle.monitoring.windows import read_before, read_held, read_now
from lifecycle.options import options
from lifecycle.reporting.text import format_count
from lifecycle.stages import runner


@options
class Config:
    """What is asked, when later rows are news, and all metrics."""

    problem: Problem
    schema: Schema
    monitor: Monitor
    metric: dict[str, Metric]
    seed: int


def run(config: Config) -> str:
    """Write what is new in the newest rows; an alert stops nothing here."""
    problem, schema, every = config.problem, config.schema.asking(config.problem.target), config.monitor.every
    judge = make_judge(config)
    found = watch(read_before(problem, schema, every), read_now(problem, schema, every), judge)
    write(paths.MONITORING, found, causes(found, judge.leaned), config.monitor, problem.score)
    return summarize_findings(found)


def make_judge(config: Config) -> Judge:
    """What later rows are judged by; raises WrongValue for what could judge nothing."""
    validate(config.monitor)
    schema = config.schema.asking(config.problem.target)
    return Judge(
        problem=config.problem,
        metrics=select_metrics(config.metric, config.problem.task),
        classes=schema.classes,
        held=read_held(config.problem, schema, config.monitor.every),
        monitor=config.monitor,
        leaned=read_importance(),
        seed=config.seed,
    )


def read_importance() -> dict[str, float]:
    """How much the model leans on each feature: the fall of the score when its values are shuffled."""
    told = read_csv(paths.IMPORTANCE)
    return {str(name): float(fall) for name, fall in zip(told["feature"], told["fall"], strict=True)}


def summarize_findings(found: Found) -> str:
    """The findings in one line."""
    if not found.newest:
        return "no period has enough rows to be judged"
    return f"{format_count(len(found.present), 'alert')} in {found.newest}, of {format_count(len(found.rows), 'period')}"


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("monitor", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
