"""new: read a table and write the five files of a problem, each decision with its reason."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lifecycle.cli.parser import Parser
from lifecycle.errors import FileError, MissingFile, WrongValue
from lifecycle.io.atomic import write_text
from lifecycle.onboarding.detect import DetectedFormat, detect_format
from lifecycle.onboarding.infer.config_files import GROUPS, render_documents, build_source
from lifecycle.onboarding.infer.decide import ProblemInference, infer_problem
from lifecycle.onboarding.infer.notes import ColumnPlan, Note
from lifecycle.onboarding.infer.request import NewRequest, must_be_name
from lifecycle.onboarding.infer.test_table import CombinedTables, combine_tables
from lifecycle.paths import CONF
from lifecycle.reporting.text import format_count, shorten_text

SHOWN = 40  # columns of the table at most
USAGE = "lifecycle new NAME --data ADDRESS [--target COLUMN]"


def main(arguments: list[str]) -> int:
    """Write the five files, print what was decided and why, and what to run next."""
    given = parser().parse_args(arguments)
    asked = wishes(given)
    must_be_name(asked.name)
    paths = files(asked.name)
    told = hints(given)
    found = {name: detect_format(address, **told) for name, address in addresses(given).items()}
    seen = whole(settled(asked, found[asked.name], told), *(one.table for one in found.values()))
    made = infer_problem(seen.table, seen.asked)
    read = [*dict.fromkeys(Note(one.what, one.why) for each in found.values() for one in each.notes), *seen.notes]
    read += later(made, found[asked.name].reading)
    write(paths, render_documents(made, build_source({name: one.reading for name, one in found.items()}), read))
    print("\n".join(said(made, read, paths.values())))
    return 0


def parser() -> Parser:
    """The command line."""
    made = Parser(
        prog="lifecycle new", usage=USAGE, description="Write the configuration of a new problem from a table."
    )
    made.add_argument("name", metavar="NAME", help="the problem: small letters, digits and _")
    made.add_argument("--data", required=True, metavar="ADDRESS", help="a file, a web address or a database")
    of_data = made.add_mutually_exclusive_group()
    of_data.add_argument("--table", metavar="T", help="the table of a database, or the sheet of a workbook")
    of_data.add_argument("--query", metavar="Q", help="an SQL query")
    made.add_argument(
        "--read",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="how to read: format, encoding, delimiter, decimal, header (true, false), or where the records are",
    )
    made.add_argument("--target", metavar="COLUMN", help="what is asked; without it rows are grouped")
    made.add_argument("--task", choices=["binary", "multiclass", "regression", "clustering"])
    for role, what in (("time", "orders rows"), ("id", "names a row"), ("group", "marks rows that belong together")):
        made.add_argument(f"--{role}", metavar="COLUMN", help=f"the column that {what}")
    of_parts = made.add_mutually_exclusive_group()
    of_parts.add_argument("--part", metavar="COLUMN", help="the column that says train, valid or test")
    of_parts.add_argument("--test", metavar="ADDRESS", help="where the rows of the test part are, if not in --data")
    made.add_argument("--format-of", action="append", default=[], metavar="COLUMN=FORMAT", dest="formats")
    return made


def addresses(given: argparse.Namespace) -> dict[str, str]:
    """Where the rows are, by raw table."""
    test = {f"{given.name}_test": given.test} if given.test else {}
    return {given.name: given.data, **test}


def hints(given: argparse.Namespace) -> dict[str, str | bool]:
    """How the data is to be read, as far as it is told; raises WrongValue for a key without a value."""
    told: dict[str, str | bool] = {key: value for key in ("table", "query") if (value := getattr(given, key))}
    for text in given.read:
        key, _, value = text.partition("=")
        if not value:
            raise WrongValue(
                f"{shorten_text(text)!r} is not KEY=VALUE", where="command line, --read", todo="--read encoding=latin-1"
            )
        told[key] = {"true": True, "false": False}.get(value, value)
    return told


def settled(asked: NewRequest, found: DetectedFormat, told: Mapping[str, object]) -> NewRequest:
    """What is asked for, with the decimal sign that is told, or a comma that was found; a point may be none at all."""
    seen = str(found.reading.get("decimal", ""))
    return replace(asked, decimal=seen if "decimal" in told or seen == "," else "")


def whole(asked: NewRequest, train: pd.DataFrame, test: pd.DataFrame | None = None) -> CombinedTables:
    """The one table, or train and test as one."""
    return CombinedTables(train, asked, ()) if test is None else combine_tables(train, test, asked)


def later(made: ProblemInference, reading: Mapping[str, object]) -> list[Note]:
    """How rows that a database gets later become a batch of their own, where its table has times."""
    timed = any(one.role == "time" and one.raw for one in made.columns)
    if not timed or reading.get("format") not in ("sql", "sqlite"):
        return []
    return [
        Note(
            "later rows", "with watermark: and a column, best the time of writing, `lifecycle advance` takes them alone"
        )
    ]


def wishes(given: argparse.Namespace) -> NewRequest:
    """What the command line asks for; raises WrongValue for a format without its column."""
    formats = {}
    for text in given.formats:
        column, mark, layout = text.rpartition("=")
        if not mark or not layout:
            raise WrongValue(
                f"{shorten_text(text)!r} is not COLUMN=FORMAT",
                where="command line, --format-of",
                todo="--format-of day=%d/%m/%Y",
            )
        formats[column] = layout
    roles = {role: getattr(given, role) for role in ("target", "time", "id", "group", "part")}
    return NewRequest(name=given.name, task=given.task, formats=formats, **roles)


def files(name: str) -> dict[str, Path]:
    """Where each file goes; raises WrongValue when one is there, MissingFile outside a repository."""
    if not CONF.is_dir():
        raise MissingFile(f"there is no {CONF}/ here", where=str(CONF), todo="run this at the top of the repository")
    paths = {group: CONF / group / f"{name}.yaml" for group in GROUPS}
    there = [str(path) for path in paths.values() if path.exists() or path.is_symlink()]
    if there:
        raise WrongValue(
            f"{there[0]} exists already; nothing is overwritten",
            where=", ".join(there),
            todo=f"choose another NAME, or: rm {' '.join(there)}",
        )
    return paths


def write(paths: Mapping[str, Path], texts: Mapping[str, str]) -> None:
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
            said = f"conf/ cannot be written to ({cause.strerror}); nothing was kept"
            raise FileError(said, where=str(path), todo="mend its folder or your rights there, then again") from cause
        raise


def said(made: ProblemInference, read: Sequence[Note], paths: Iterable[Path]) -> list[str]:
    """What is printed: columns, notes, files, and the next step."""
    name = made.asked.name
    shape = f"{format_count(made.rows, 'row')}, {format_count(sum(one.raw for one in made.columns), 'column')}"
    lines = [f"{name}: {shape}", "", *columns(made), ""]
    lines += [f"task   {made.task}: {made.task_why}", f"split  {made.split}: {made.split_why}"]
    lines += [f"note   {shorten_text(one.what, 200)}: {shorten_text(one.why, 200)}" for one in [*read, *made.notes]]
    lines += ["", *(f"wrote  {path}" for path in paths), ""]
    return [*lines, f"next   read them, put `problem: {name}`{through(made)} into params.yaml, then: dvc repro"]


def through(made: ProblemInference) -> str:
    """The data version that params.yaml should name: the day of the last row, where rows have a time."""
    time = made.first("time")
    return f" and `through: '{made.kinds[time].values.max():%Y-%m-%d}'`" if time else ""


def columns(made: ProblemInference) -> list[str]:
    """The columns as a table: name, type, role, why."""
    rows: list[tuple[str, ...]] = [(shorten_text(one.name, 30), one.type, one.role, why(one)) for one in made.columns[:SHOWN]]
    rows = [("column", "type", "role", "why"), *rows]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]) for row in rows
    ]
    more = len(made.columns) - SHOWN
    return [*lines, f"and {more:,} more in conf/schema/{made.asked.name}.yaml"] if more > 0 else lines


def why(column: ColumnPlan) -> str:
    """The reasons for type and role in one cell."""
    return shorten_text("; ".join([column.type_why, column.role_why]), 110)
