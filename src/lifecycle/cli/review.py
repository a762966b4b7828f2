"""review: what a change does to the numbers, and whether it is real → reports/review.md and reports/review.json."""

import argparse
from pathlib import Path
from typing import Any

from lifecycle.cli.parser import Parser
from lifecycle.config import load, read_parameters
from lifecycle.io.atomic import write_text
from lifecycle.io.records import rounded, write_json
from lifecycle.review.record import Asked, Config, accepted, review
from lifecycle.review.report import page
from lifecycle.versioning import freshness

PAGE = Path("reports/review.md")
RECORD = Path("reports/review.json")


def main(arguments: list[str]) -> int:
    """Write the page and its record, and print the verdict; the exit code says nothing of it."""
    found = written(parser("lifecycle review", "main").parse_args(arguments))
    print(f"{found['verdict']['word']}: {found['verdict']['reason']}")
    print(f"gate {'open' if found['gate']['open'] else 'closed'}; read {PAGE}")
    return 0


def parser(name: str, base: str | None) -> argparse.ArgumentParser:
    """The command line of a command that compares with a base."""
    usage = f"{name} [--base REV] [--accept NAME] [--labels TEXT] [--clock FOLDER]"
    made = Parser(prog=name, usage=usage, description="Compare the files here with an earlier revision.")
    made.add_argument("--base", metavar="REV", default=base, help="the revision to compare with")
    made.add_argument("--accept", metavar="NAME", action="append", default=[], help="a regression that is accepted")
    made.add_argument("--labels", metavar="TEXT", default="", help="labels, of which accept:NAME accepts")
    made.add_argument("--clock", metavar="FOLDER", type=Path, help="base's runs/, to compare times with those here")
    return made


def written(given: argparse.Namespace) -> dict[str, Any]:
    """The record of the review, after both files were written."""
    config = load(Config)
    must_name_metrics(config)
    problem = str(read_parameters()["problem"])
    asked = Asked(given.base, problem, accepted(given.accept, given.labels), given.clock)
    found: dict[str, Any] = rounded(review(config, asked, lambda: freshness.stale(committed=True)))
    write_json(RECORD, found)
    write_text(PAGE, page(found))
    return found


def must_name_metrics(config: Config) -> None:
    """Raise UnknownName for a tolerance of no metric."""
    from lifecycle.evaluation.metric import get_metric

    for name in config.gate.tolerances:
        get_metric(config.metric, name, config.problem.task)
