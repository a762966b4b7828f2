"""predict: predictions for the rows of a file, or for the open rows; rejected rows go to a file with the reason."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle import config, paths
from lifecycle.cli.parser import Parser
from lifecycle.cli.read_options import HELP, parse_read_options
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.errors import WrongValue
from lifecycle.options import options

if TYPE_CHECKING:
    from lifecycle.release.open_rows import OpenPredictions
    from lifecycle.release.release import Release

OPEN = paths.RUNS / "open_predictions.csv"
USAGE = "lifecycle predict [--input FILE] [--output FILE] [--read KEY=VALUE] [--prepared] [--rev REV]"
INPUT = (
    "rows as they were exported, or with the model's features: .csv, .tsv, .xlsx, .json, .jsonl, .parquet; "
    "without it: the rows of the data version that have no label yet, whose predictions are logged"
)
OUTPUT = f"CSV, Parquet or JSON lines, by its ending: .csv, .parquet, .jsonl; without --input {OPEN} is meant"
NONE = f"""\
no row of the data version waits for a label
where: {paths.OPEN}
next:  collect rows that have no label yet, or: lifecycle predict --input FILE --output FILE"""


@options
class Config:
    """The problem and its schema."""

    problem: Problem
    schema: Schema


def main(arguments: list[str], now: datetime | None = None) -> int:
    """Score every row that keeps the contract, and print how many were scored and rejected; 2 where all were."""
    given = parser().parse_args(arguments)
    check_options(given)
    if given.input:
        return score_file(given)
    return score_open_rows(given, now or datetime.now(UTC))


def check_options(given: argparse.Namespace) -> None:
    """Raise WrongValue for an input without an output, and for --read or --prepared without an input."""
    if given.input and not given.output:
        todo = f"lifecycle predict --input {given.input} --output predictions.csv"
        raise WrongValue("--output is missing: where the predictions go", where="command line", todo=todo)
    if given.read and not given.input:
        todo = f"lifecycle predict --input FILE --output FILE --read {given.read[0]}"
        raise WrongValue("--read says how a file is read, and there is no --input", where="command line", todo=todo)
    if given.prepared and not given.input:
        todo = "lifecycle predict --input FILE --output FILE --prepared"
        raise WrongValue("--prepared says what a file holds, and there is no --input", where="command line", todo=todo)


def score_file(given: argparse.Namespace) -> int:
    """Score the rows of a file."""
    from lifecycle.release import batch_predict
    from lifecycle.release.batch_files import choose_writer

    target = Path(given.output)
    choose_writer(target)
    release = load_asked_release(given.rev)
    hints, facts = parse_read_options(given.read), 0 if given.prepared else learn_facts(release)
    work = batch_predict.PredictionJob(release, Path(given.input), target, hints, given.prepared, facts)
    scored, rejected, done = batch_predict.predict_file(work)
    if done:
        print(f"resumed after {done} chunks of an earlier run")
    return report(scored, rejected, release, target, work.rejected)


def score_open_rows(given: argparse.Namespace, now: datetime) -> int:
    """Score the open rows, and log their predictions before they are written; 0 where there are none."""
    from lifecycle.release import open_rows
    from lifecycle.release.batch_files import choose_writer

    target = Path(given.output or OPEN)
    choose_writer(target)
    schema = config.load(Config).schema
    release = load_asked_release(given.rev)
    found = open_rows.predict_open_rows(release, schema)
    if found.ids.empty and found.rejected.empty:
        print(NONE)
        return 0
    log_predictions(found, release, now)
    rejected = open_rows.write_predictions(found, schema, target)
    return report(len(found.ids), len(found.rejected), release, target, rejected)


def load_asked_release(revision: str | None) -> Release:
    """The release of a revision, or the one in the workspace; tried in another process where dvc.lock has another."""
    from lifecycle.serving.candidates import load_known_release

    return load_known_release(revision)


def learn_facts(release: Release) -> int:
    """The number of the newest fact in the store of conf/serve/, once the release knows all; 0 without a store."""
    if release.online is None:
        return 0
    from lifecycle.online.stores import find_store
    from lifecycle.serving import settings

    store = find_store(config.load(settings.Config, ["serve=default"]).serve.events)
    if store is None:
        return 0
    last = store.last()
    release.online.follow(store)
    release.online.stop_following()
    store.close()
    return last


def log_predictions(found: OpenPredictions, release: Release, now: datetime) -> None:
    """Log the predictions of open rows by the settings of conf/serve/, in a file of this command's own."""
    from lifecycle.cli.log_privacy import read_log_privacy
    from lifecycle.feedback.prediction_log import Log
    from lifecycle.release import open_rows

    privacy = read_log_privacy()
    log = Log(paths.SERVED, now)
    try:
        open_rows.log_predictions(found, log, release, privacy, now)
    finally:
        log.close()


def report(scored: int, rejected: int, release: Release, target: Path, reasons: Path) -> int:
    """Print what became of the rows, and return the exit code."""
    print(f"{scored:,} rows scored by release {release.version}: {target}")
    if rejected:
        print(f"{rejected:,} rows rejected, with the reason: {reasons}")
    return 2 if rejected and not scored else 0


def parser() -> Parser:
    """The command line."""
    made = Parser(
        prog="lifecycle predict",
        usage=USAGE,
        description="Score the rows of a file with the release, or the rows that have no label yet.",
    )
    made.add_argument("--input", metavar="FILE", help=INPUT)
    made.add_argument("--output", metavar="FILE", help=OUTPUT)
    made.add_argument("--read", action="append", default=[], metavar="KEY=VALUE", help=HELP)
    made.add_argument("--prepared", action="store_true", help="every row has the model's features, none is a raw one")
    made.add_argument("--rev", metavar="REV", help="the release of an earlier revision")
    return made
