"""review: the effect of a change on the metrics, and its significance → reports/review.md and reports/review.json."""

import argparse
from pathlib import Path

from lifecycle.cli.parser import Parser
from lifecycle.config import load, read_parameters
from lifecycle.evaluation.metric import get_metric
from lifecycle.evaluation.results import Rules
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_json, write_json
from lifecycle.review.record import Config, Review, ReviewRequest, from_json, parse_accepted, review, to_json
from lifecycle.review.report import render_report
from lifecycle.review.reported_results import find_false_results
from lifecycle.versioning import freshness, outputs

PAGE = Path("reports/review.md")
RECORD = Path("reports/review.json")


def main(arguments: list[str]) -> int:
    """Write the report and its record, and print the verdict; the exit code does not depend on it."""
    options = create_parser("lifecycle review", "main").parse_args(arguments)
    record = write_review(parse_request(options))
    print(f"{record.verdict.word}: {record.verdict.reason}")
    print(f"gate {'open' if record.gate.open else 'closed'}; read {PAGE}")
    return 0


def create_parser(name: str, base: str | None) -> argparse.ArgumentParser:
    """The command line of a command that compares with a base."""
    usage = f"{name} [--base REV] [--accept NAME] [--labels TEXT] [--clock FOLDER]"
    parser = Parser(prog=name, usage=usage, description="Compare the files here with an earlier revision.")
    parser.add_argument("--base", metavar="REV", default=base, help="the revision to compare with")
    parser.add_argument("--accept", metavar="NAME", action="append", default=[], help="a regression that is accepted")
    parser.add_argument("--labels", metavar="TEXT", default="", help="labels, of which accept:NAME accepts")
    parser.add_argument("--clock", metavar="FOLDER", type=Path, help="base's runs/, to compare times with those here")
    return parser


def parse_request(options: argparse.Namespace) -> ReviewRequest:
    """The request of a command line."""
    accepted = parse_accepted(options.accept, options.labels)
    return ReviewRequest(options.base, str(read_parameters()["problem"]), accepted, options.clock)


def write_review(request: ReviewRequest) -> Review:
    """Compare, write the record and the report of what the record holds, and return that."""
    config = load(Config)
    check_tolerances(config)
    write_json(RECORD, to_json(review(config, request, lambda: find_untrue(config))))
    record = from_json(read_json(RECORD), RECORD)
    write_text(PAGE, render_report(record))
    return record


def find_untrue(config: Config) -> list[str]:
    """A sentence for each sign that outputs, dvc.lock or reported results are not what code, data and conf/ make."""
    return [
        *outputs.find_wrong_outputs().describe(),
        *freshness.find_stale(committed=True),
        *find_false_results(build_rules(config)),
    ]


def build_rules(config: Config) -> Rules:
    """What the results of the test part depend on."""
    schema = config.schema.with_target(config.problem.target)
    return Rules(config.problem, schema, config.gate, config.metric, config.seed)


def check_tolerances(config: Config) -> None:
    """Raise UnknownName for a tolerance of no metric."""
    for name in config.gate.tolerances:
        get_metric(config.metric, name, config.problem.task)
