"""monitor: drift and performance on later rows, or on the prediction log, against the training data."""

import os
from pathlib import Path

import pandas as pd

from lifecycle import config as configuration
from lifecycle import paths
from lifecycle.cli.log_privacy import read_id_privacy
from lifecycle.cli.parser import Parser
from lifecycle.io.atomic import write_text
from lifecycle.monitoring.label_coverage import ReportTable, measure_label_coverage
from lifecycle.monitoring.log_window import read_logged_rows
from lifecycle.monitoring.monitor import MonitoringResult, rank_causes, run_checks
from lifecycle.monitoring.notifications import send_notifications
from lifecycle.monitoring.observations import BrokenColumn
from lifecycle.monitoring.performance_checks import Criteria
from lifecycle.monitoring.prometheus import render_gauges
from lifecycle.monitoring.report import write_report
from lifecycle.monitoring.scrape import read_metrics
from lifecycle.monitoring.service_health import summarize_service
from lifecycle.monitoring.settings import check_monitor
from lifecycle.monitoring.windows import ReadFeatures, read_later_rows, read_release_reference, read_train_rows
from lifecycle.release.batch_files import read_rows
from lifecycle.release.row_reader import RowReader
from lifecycle.serving import settings
from lifecycle.serving.candidates import load_known_release
from lifecycle.stages.monitor import Config, build_criteria, check_test_rows, summarize_findings

USAGE = "lifecycle monitor [--data FILE | --served] [--metrics URL|FILE] [--to FOLDER] [KEY=VALUE]"
MOST = 10  # alerts that are printed


def main(arguments: list[str]) -> int:
    """Write the report, the gauges and the notifications that are asked for; print a summary."""
    asked = create_parser().parse_args(arguments)
    picks = [f"{group}={configuration.read_parameters()['problem']}" for group in ("problem", "schema")]
    config = configuration.load(Config, [*picks, *asked.overrides])
    check_monitor(config.monitor)
    place, key = asked.metrics, os.environ.get(settings.API_KEY, "")
    tables = [summarize_service(read_metrics(place, key), place)] if place else []
    if asked.served:
        criteria, found, labels = check_log(config)
        tables = [labels, *tables]
    else:
        criteria, found = check_file(config, asked.data) if asked.data else check_test_rows(config)
    write_report(asked.to, found, rank_causes(found, criteria.importance), config.monitor, config.problem.score, tables)
    if asked.prometheus:
        write_text(asked.prometheus, render_gauges(found, sorted(config.monitor.rules)))
    sent = send_notifications(found.present, config.monitor.notify, os.environ) if asked.notify else []
    alerts = [f"  {one.rule}: {one.message}" for one in found.present[:MOST]]
    print("\n".join([f"monitor: {summarize_findings(found)}", *alerts]))
    print("\n".join([*(f"{one.name}: {one.summary}" for one in tables), *sent]))
    print(f"read     {asked.to / 'README.md'}, {asked.to / 'page.html'}")
    return 0


def check_file(config: Config, data: Path) -> tuple[Criteria, MonitoringResult]:
    """The findings on the rows of a file, which the released model scores, and what they were evaluated by."""
    problem, schema, every = config.problem, config.schema.with_target(config.problem.target), config.monitor.every
    before = read_train_rows(problem, schema, every)
    batch, reader = read_rows(data, load_known_release().reader, {})
    later = read_later_rows(batch, build_reader(reader), problem, schema, every)
    criteria = build_criteria(config, read_release_reference(problem, schema, every))
    return criteria, run_checks(before, later.rows, criteria, later.rows, later.broken)


def check_log(config: Config) -> tuple[Criteria, MonitoringResult, ReportTable]:
    """The findings on the logged rows, what they were evaluated by, and the coverage of their labels.

    Only the predictions of the release that is here are compared with the reference: the test part was scored by it.
    """
    problem, schema, every = config.problem, config.schema.with_target(config.problem.target), config.monitor.every
    before, left_out = read_train_rows(problem, schema, every), list_unlogged_inputs()
    release = load_known_release()
    reader, privacy = build_reader(release.reader.of_prepared), read_id_privacy(schema.id)
    logged = read_logged_rows(reader, problem, schema, every, left_out, privacy)
    if logged.torn:
        print(logged.torn)
    rows = logged.later.rows
    reference = read_release_reference(problem, schema, every).without(left_out)
    criteria = build_criteria(config, reference)
    found = run_checks(
        before.without(left_out),
        rows.without(left_out),
        criteria,
        logged.select_release(release.version).without(left_out),
        logged.later.broken,
    )
    return criteria, found, measure_label_coverage(rows, logged.versions, release.version)


def build_reader(reader: RowReader) -> ReadFeatures:
    """What reads later rows as a release does: their features, and the columns that are broken."""

    def read(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[BrokenColumn]]:
        found = reader.read_loosely(rows)
        return found.features, [BrokenColumn(name, why) for name, why in found.broken.items()]

    return read


def list_unlogged_inputs() -> list[str]:
    """The inputs that conf/serve/ drops from the log, or lets into it as hashes alone."""
    serve = configuration.load(settings.Config, ["serve=default"]).serve
    return [*serve.drop, *serve.hash]


def create_parser() -> Parser:
    """The command line."""
    parser = Parser(prog="lifecycle monitor", usage=USAGE, description="Drift and performance on later rows.")
    rows = parser.add_mutually_exclusive_group()
    rows.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="rows as `lifecycle predict` takes them: .csv, .xlsx, .jsonl, .parquet, …",
    )
    rows.add_argument("--served", action="store_true", help="the rows of the prediction log, data/served/")
    parser.add_argument("--metrics", metavar="URL|FILE", help="report the service's /metrics, too")
    parser.add_argument(
        "--to", type=Path, default=paths.RUNS / "monitor", metavar="FOLDER", help="where the report is written"
    )
    parser.add_argument("--prometheus", type=Path, metavar="FILE", help="write gauges in Prometheus' text format")
    parser.add_argument("--notify", action="store_true", help="send new alerts to the channels of conf/monitor/")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="as of a stage: monitor.every=week")
    return parser
