"""new: read a table and write the five files of a problem, each decision with its reason."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from lifecycle.cli.parser import Parser
from lifecycle.cli.read_options import HELP, parse_read_options
from lifecycle.errors import FileError, MissingFile, WrongValue
from lifecycle.io.atomic import write_text
from lifecycle.io.records import edit_yaml
from lifecycle.io.yaml_edit import set_key
from lifecycle.onboarding.detect import DetectedFormat, detect_format
from lifecycle.onboarding.infer.concerns import list_concerns, note_others, render_concerns
from lifecycle.onboarding.infer.config_files import GROUPS, build_source, render_documents
from lifecycle.onboarding.infer.decide import ProblemInference, infer_problem
from lifecycle.onboarding.infer.notes import ColumnPlan
from lifecycle.onboarding.infer.request import NewRequest, must_be_name
from lifecycle.onboarding.infer.test_table import CombinedTables, combine_tables
from lifecycle.onboarding.note import Note
from lifecycle.paths import CONF, PARAMS
from lifecycle.reporting.text import format_count, shorten_text

SHOWN = 40  # columns of the table at most
USAGE = "lifecycle new NAME --data ADDRESS [--target COLUMN]"


def main(arguments: list[str]) -> int:
    """Write the five files, print what was decided and why, and what to run next."""
    options = build_parser().parse_args(arguments)
    request = parse_request(options)
    must_be_name(request.name)
    paths = list_paths(request.name)
    hints = parse_hints(options)
    detected = {name: detect_format(address, **hints) for name, address in list_addresses(options).items()}
    readings = {name: one.reading for name, one in detected.items()}
    tables = join_tables(
        settle_decimal(request, detected[request.name], hints), *(one.table for one in detected.values())
    )
    notes = [*dict.fromkeys(one for each in detected.values() for one in each.notes), *tables.notes]
    request, waiting = tables.request, [tables.table]
    del detected, tables  # the text of millions of rows is let go as soon as it is read
    problem = infer_problem(waiting.pop(), request)
    notes += describe_later_rows(problem, readings[request.name])
    write_files(paths, render_documents(problem, build_source(readings), notes))
    print("\n".join(render_report(problem, notes, paths.values())))
    if options.select:
        edit_yaml(PARAMS, lambda text: select_problem(text, problem, date.today()))
        print(f"{PARAMS} selects {request.name}; next: make repro")
    else:
        print(
            f"next   read them, put `problem: {request.name}`{render_through(problem)} into {PARAMS}, then: dvc repro"
        )
    return 0


def build_parser() -> Parser:
    """The command line."""
    parser = Parser(
        prog="lifecycle new", usage=USAGE, description="Write the configuration of a new problem from a table."
    )
    parser.add_argument("name", metavar="NAME", help="the problem: small letters, digits and _")
    parser.add_argument("--data", required=True, metavar="ADDRESS", help="a file, a web address or a database")
    of_data = parser.add_mutually_exclusive_group()
    of_data.add_argument("--table", metavar="T", help="the table of a database, or the sheet of a workbook")
    of_data.add_argument("--query", metavar="Q", help="an SQL query")
    parser.add_argument("--read", action="append", default=[], metavar="KEY=VALUE", help=HELP)
    parser.add_argument("--target", metavar="COLUMN", help="what is asked; without it rows are grouped")
    parser.add_argument("--task", choices=["binary", "multiclass", "regression", "clustering"])
    for role, what in (("time", "orders rows"), ("id", "names a row"), ("group", "marks rows that belong together")):
        parser.add_argument(f"--{role}", metavar="COLUMN", help=f"the column that {what}")
    parser.add_argument("--split", choices=["ordered", "grouped", "stratified", "random"], help="how rows are parted")
    parser.add_argument("--zone", metavar="ZONE", help="the zone of clock times, such as Europe/Berlin; else UTC")
    of_parts = parser.add_mutually_exclusive_group()
    of_parts.add_argument("--part", metavar="COLUMN", help="the column that says train, valid or test")
    of_parts.add_argument("--test", metavar="ADDRESS", help="where the rows of the test part are, if not in --data")
    parser.add_argument("--select", action="store_true", help="put the problem and its last day into params.yaml")
    parser.add_argument("--format-of", action="append", default=[], metavar="COLUMN=FORMAT", dest="formats")
    return parser


def list_addresses(options: argparse.Namespace) -> dict[str, str]:
    """Where the rows are, by raw table."""
    test = {f"{options.name}_test": options.test} if options.test else {}
    return {options.name: options.data, **test}


def parse_hints(options: argparse.Namespace) -> dict[str, str]:
    """How the data is to be read, as far as that is given; raises WrongValue for what is not KEY=VALUE."""
    given = {key: value for key in ("table", "query") if (value := getattr(options, key))}
    return given | parse_read_options(options.read)


def settle_decimal(request: NewRequest, detected: DetectedFormat, hints: Mapping[str, object]) -> NewRequest:
    """What is asked for, with the decimal sign that is given, or a comma that was found; a point may be none at all."""
    decimal = str(detected.reading.get("decimal", ""))
    return replace(request, decimal=decimal if "decimal" in hints or decimal == "," else "")


def join_tables(request: NewRequest, train: pd.DataFrame, test: pd.DataFrame | None = None) -> CombinedTables:
    """The one table, or train and test as one."""
    return CombinedTables(train, request, ()) if test is None else combine_tables(train, test, request)


def describe_later_rows(problem: ProblemInference, reading: Mapping[str, object]) -> list[Note]:
    """How rows that a database gets later become a batch of their own, where its table has times."""
    timed = any(one.role == "time" and one.raw for one in problem.columns)
    if not timed or reading.get("format") not in ("sql", "sqlite"):
        return []
    return [
        Note(
            "later rows", "with watermark: and a column, best the time of writing, `lifecycle advance` takes them alone"
        )
    ]


def parse_request(options: argparse.Namespace) -> NewRequest:
    """What the command line asks for; raises WrongValue for a format without its column."""
    formats = {}
    for text in options.formats:
        column, mark, layout = text.rpartition("=")
        if not mark or not layout:
            raise WrongValue(
                f"{shorten_text(text)!r} is not COLUMN=FORMAT",
                where="command line, --format-of",
                todo="--format-of day=%d/%m/%Y",
            )
        formats[column] = layout
    given = {key: getattr(options, key) for key in ("target", "time", "id", "group", "part", "task", "split", "zone")}
    return NewRequest(name=options.name, formats=formats, **given)


def list_paths(name: str) -> dict[str, Path]:
    """Where each file goes; raises WrongValue when one is there, MissingFile outside a repository."""
    if not CONF.is_dir():
        raise MissingFile(f"there is no {CONF}/ here", where=str(CONF), todo="run this at the top of the repository")
    paths = {group: CONF / group / f"{name}.yaml" for group in GROUPS}
    existing = [str(path) for path in paths.values() if path.exists() or path.is_symlink()]
    if existing:
        raise WrongValue(
            f"{existing[0]} exists already; nothing is overwritten",
            where=", ".join(existing),
            todo=f"choose another NAME, or: rm {' '.join(existing)}",
        )
    return paths


def write_files(paths: Mapping[str, Path], texts: Mapping[str, str]) -> None:
    """Write every file, or none: what was written is taken back when one fails.

    Raises FileError where a file cannot be written.
    """
    written: list[Path] = []
    try:
        for group, path in paths.items():
            write_text(path, texts[group])
            written.append(path)
    except BaseException as cause:
        for earlier in written:
            earlier.unlink(missing_ok=True)
        if isinstance(cause, OSError):
            failure = f"conf/ cannot be written to ({cause.strerror}); nothing was kept"
            raise FileError(
                failure, where=str(path), todo="mend its folder or your rights there, then again"
            ) from cause
        raise


def render_report(problem: ProblemInference, notes: Sequence[Note], paths: Iterable[Path]) -> list[str]:
    """What is printed: columns, notes, files, and what to look at first."""
    shape = f"{format_count(problem.rows, 'row')}, {format_count(sum(one.raw for one in problem.columns), 'column')}"
    lines = [f"{problem.request.name}: {shape}", "", *render_columns(problem), ""]
    lines += [f"task   {problem.task}: {problem.task_why}", f"split  {problem.split}: {problem.split_why}"]
    concerns = list_concerns(problem)
    every = [*notes, *problem.notes, *note_others(concerns)]
    lines += [f"note   {shorten_text(one.what, 200)}: {shorten_text(one.why, 200)}" for one in every]
    return [*lines, "", *(f"wrote  {path}" for path in paths), "", *render_concerns(concerns), ""]


def select_problem(text: str, problem: ProblemInference, today: date) -> str:
    """The text of params.yaml with this problem, through the day of the last row, or today where rows have no time."""
    time = problem.find_column("time")
    last = problem.inferred[time].values.max().date() if time else today
    selected = set_key(text, ["problem"], problem.request.name, str(PARAMS))
    return set_key(selected, ["through"], last.isoformat(), str(PARAMS))


def render_through(problem: ProblemInference) -> str:
    """The data version that params.yaml should name: the day of the last row, where rows have a time."""
    time = problem.find_column("time")
    return f" and `through: '{problem.inferred[time].values.max():%Y-%m-%d}'`" if time else ""


def render_columns(problem: ProblemInference) -> list[str]:
    """The columns as a table: name, type, role, why."""
    rows: list[tuple[str, ...]] = [
        (shorten_text(one.name, 30), one.type, one.role, render_reasons(one)) for one in problem.columns[:SHOWN]
    ]
    rows = [("column", "type", "role", "why"), *rows]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]) for row in rows
    ]
    more = len(problem.columns) - SHOWN
    return [*lines, f"and {more:,} more in conf/schema/{problem.request.name}.yaml"] if more > 0 else lines


def render_reasons(column: ColumnPlan) -> str:
    """The reasons for type and role in one cell."""
    return shorten_text("; ".join([column.type_why, column.role_why]), 110)
