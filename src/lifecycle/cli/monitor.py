"""monitor: later rows, or the service's log, against the rows that the model learned from."""

import os
from dataclasses import replace
from pathlib import Path

from lifecycle import config as configuration
from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.io.atomic import write_text
from lifecycle.monitoring.label_coverage import Facts, coverage
from lifecycle.monitoring.log_window import read_logged
from lifecycle.monitoring.monitor import Found, causes, watch
from lifecycle.monitoring.notifications import deliver
from lifecycle.monitoring.performance_checks import Judge
from lifecycle.monitoring.prometheus import exposition
from lifecycle.monitoring.report import write
from lifecycle.monitoring.scrape import read_metrics
from lifecycle.monitoring.service_health import service
from lifecycle.monitoring.windows import Later, read_batch, read_before, read_later, read_now, worded
from lifecycle.serving import settings
from lifecycle.stages.monitor import Config, make_judge, summarize_findings

USAGE = "lifecycle monitor [--data FILE | --served] [--metrics URL|FILE] [--to FOLDER] [KEY=VALUE]"


def main(arguments: list[str]) -> int:
    """Write the report, and where they are asked for the gauges and the alerts; print what was found."""
    given = parser().parse_args(arguments)
    picked = [f"{group}={configuration.parameters()['problem']}" for group in ("problem", "schema")]
    config = configuration.load(Config, [*picked, *given.overrides])
    place, key = given.metrics, os.environ.get(settings.API_KEY, "")
    facts = [service(read_metrics(place, key), place)] if place else []
    judge = make_judge(config)
    if given.served:
        found, labels = of_log(config, judge)
        facts = [labels, *facts]
    else:
        found = of_rows(config, judge, given.data)
    write(given.to, found, causes(found, judge.leaned), config.monitor, config.problem.score, facts)
    if given.prometheus:
        write_text(given.prometheus, exposition(found, sorted(config.monitor.rules)))
    done = deliver(found.present, config.monitor.deliver, os.environ) if given.deliver else []
    print("\n".join([f"monitor: {summarize_findings(found)}", *(f"  {one.rule}: {one.said}" for one in found.present[:10])]))
    print("\n".join([*(f"{one.name}: {one.words}" for one in facts), *done]))
    print(f"read     {given.to / 'README.md'}, {given.to / 'page.html'}")
    return 0


def of_rows(config: Config, judge: Judge, data: Path | None) -> Found:
    """What is new in the rows of a file; without one in those of the test part."""
    problem, schema, every = config.problem, config.schema.asking(config.problem.target), config.monitor.every
    before = read_before(problem, schema, every)
    if data:
        later = read_later(read_batch(data, worded(before.features, schema)), before, problem, schema, every)
    else:
        later = Later(read_now(problem, schema, every), [])
    return watch(before, later.rows, judge, later.broken)


def of_log(config: Config, judge: Judge) -> tuple[Found, Facts]:
    """What is new in the rows that the service answered, and how their labels come back."""
    problem, schema, every = config.problem, config.schema.asking(config.problem.target), config.monitor.every
    before, left_out = read_before(problem, schema, every), unlogged()
    logged = read_logged(before, problem, schema, every, left_out)
    if logged.torn:
        print(logged.torn)
    rows, held = logged.later.rows, judge.held.without(left_out)
    found = watch(before.without(left_out), rows.without(left_out), replace(judge, held=held), logged.later.broken)
    return found, coverage(rows, logged.versions)


def unlogged() -> list[str]:
    """The inputs that conf/serve/ keeps out of the log, or lets into it as hashes alone."""
    serve = configuration.load(settings.Config, ["serve=default"]).serve
    return [*serve.drop, *serve.hash]


def parser() -> Parser:
    """The command line."""
    made = Parser(prog="lifecycle monitor", usage=USAGE, description="What is new in later rows.")
    which = made.add_mutually_exclusive_group()
    which.add_argument(
        "--data", type=Path, metavar="FILE", help="rows with the model's features: .parquet, .csv, .jsonl"
    )
    which.add_argument("--served", action="store_true", help="the rows that the service has logged in data/served/")
    made.add_argument("--metrics", metavar="URL|FILE", help="what the service's /metrics says, told in the report")
    made.add_argument("--to", type=Path, default=paths.RUNS / "monitor", metavar="FOLDER", help="where the report goes")
    made.add_argument("--prometheus", type=Path, metavar="FILE", help="write gauges in Prometheus' text format")
    made.add_argument("--deliver", action="store_true", help="send new alerts where conf/monitor/ says")
    made.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="as of a stage: monitor.every=week")
    return made
