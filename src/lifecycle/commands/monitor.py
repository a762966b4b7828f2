"""monitor: later rows against the rows that the model learned from."""

import argparse
import os
from pathlib import Path
from typing import NoReturn

from lifecycle import config as configuration
from lifecycle import paths
from lifecycle.delivery import deliver
from lifecycle.errors import WrongValue
from lifecycle.files.atomic import write_text
from lifecycle.files.watched import Later, read_batch, read_before, read_later, read_now
from lifecycle.monitoring.gauges import exposition
from lifecycle.monitoring.told import write
from lifecycle.monitoring.watch import causes, watch
from lifecycle.stages.monitor import Config, judge_of, said

USAGE = "lifecycle monitor [--data FILE] [--to FOLDER] [--prometheus FILE] [--deliver] [KEY=VALUE …]"


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are errors in three lines."""

    def error(self, message: str) -> NoReturn:
        """Raise WrongValue with what argparse says."""
        raise WrongValue(message, where="command line", todo=USAGE)


def main(arguments: list[str]) -> int:
    """Write the report, and where they are asked for the gauges and the alerts; print what was found."""
    given = parser().parse_args(arguments)
    picked = [f"{group}={configuration.parameters()['problem']}" for group in ("problem", "schema")]
    config = configuration.load(Config, [*picked, *given.overrides])
    problem, schema, every = config.problem, config.schema.asking(config.problem.target), config.monitor.every
    before = read_before(problem, schema, every)
    later = Later(read_now(problem, schema, every), [])
    if given.data:
        later = read_later(read_batch(given.data), before, problem, schema, every)
    judge = judge_of(config)
    found = watch(before, later.rows, judge, later.broken)
    write(given.to, found, causes(found, judge.leaned), config.monitor, problem.score)
    if given.prometheus:
        write_text(given.prometheus, exposition(found, sorted(config.monitor.rules)))
    done = deliver(found.present, config.monitor.deliver, os.environ) if given.deliver else []
    print("\n".join([f"monitor: {said(found)}", *(f"  {one.rule}: {one.said}" for one in found.present[:10])]))
    print("\n".join([*done, f"read     {given.to / 'README.md'}, {given.to / 'page.html'}"]))
    return 0


def parser() -> Parser:
    """The command line."""
    made = Parser(prog="lifecycle monitor", description="What is new in later rows.")
    made.add_argument(
        "--data", type=Path, metavar="FILE", help="rows with the model's features: .parquet, .csv, .jsonl"
    )
    made.add_argument("--to", type=Path, default=paths.RUNS / "monitor", metavar="FOLDER", help="where the report goes")
    made.add_argument("--prometheus", type=Path, metavar="FILE", help="write gauges in Prometheus' text format")
    made.add_argument("--deliver", action="store_true", help="send new alerts where conf/monitor/ says")
    made.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="as of a stage: monitor.every=week")
    return made
