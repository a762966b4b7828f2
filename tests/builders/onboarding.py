"""`lifecycle new` in this process on a small table, and what it says, writes and makes of the rows."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lifecycle import config, paths
from lifecycle.__main__ import main
from lifecycle.data.cleaning import Clean
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.io.records import read_yaml
from lifecycle.io.tables import read_table
from lifecycle.options import Call
from lifecycle.stages import clean, collect

CLASSES = {"problem": Problem, "source": Call, "schema": Schema, "clean": Clean}
ROWS = 360
BASE = {
    "member_id": ("text", "id"),
    "height": ("number", "feature"),
    "trips": ("integer", "feature"),
    "town": ("category", "feature"),
    "left": ("boolean", "target"),
}
Cells = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """The exit code, what was printed, and the folder of the files that were written."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def columns(self) -> dict[str, dict[str, Any]]:
        """The columns of the schema."""
        return dict(read_yaml(self.folder / "conf/schema/toy.yaml")["columns"])

    @property
    def kinds(self) -> dict[str, tuple[str, str]]:
        """Type and role by column."""
        return {name: (column["type"], column["role"]) for name, column in self.columns.items()}

    @property
    def problem(self) -> dict[str, Any]:
        """The problem definition."""
        return dict(read_yaml(self.folder / "conf/problem/toy.yaml"))

    @property
    def split(self) -> str:
        """How rows are parted."""
        return str(self.problem["split"])

    @property
    def notes(self) -> list[str]:
        """What was noted, without what is always said."""
        lines = [line.removeprefix("note   ") for line in self.out.splitlines() if line.startswith("note   ")]
        return [line for line in lines if not line.startswith("delimiter") and " is positive in " not in line]

    @property
    def first(self) -> list[str]:
        """What to look at first, without the id that is computed."""
        lines = [line[5:] for line in self.out.splitlines() if re.match(r"  \d\. ", line)]
        return [line for line in lines if not line.startswith("rows get a computed id")]

    @property
    def error(self) -> tuple[str, str, str]:
        """What, where and next of an error that says nothing else."""
        what, where, todo = self.err.splitlines()
        assert (self.out, what[:7], where[:7], todo[:7]) == ("", "error: ", "where: ", "next:  ")
        return what[7:], where[7:], todo[7:]

    def why(self, name: str) -> str:
        """The line that was printed about a column."""
        return next(line for line in self.out.splitlines() if line.split("  ")[0] == name)

    def clean(self) -> pd.DataFrame:
        """The rows that collect and clean make of the file, in the order of `member_id` where there is one."""
        with contextlib.chdir(self.folder):
            found: Any = config.load(dataclasses.make_dataclass("Every", list(CLASSES.items())))
            collect.run(collect.Config(source=found.source, through=date(2040, 1, 31)))
            clean.run(clean.Config(problem=found.problem, schema=found.schema, clean=found.clean))
            table = read_table(paths.TABLE)
        return table.sort_values("member_id", ignore_index=True) if "member_id" in table else table

    def rejected(self) -> pd.DataFrame:
        """The rows that clean rejected."""
        return read_table(self.folder / paths.REJECTED)


def members(rows: int = ROWS, seed: int = 11) -> dict[str, list[str]]:
    """A table without any fault: a key, two numbers, a category, and a target that depends on them."""
    random = np.random.default_rng(seed)
    height, trips = random.normal(170, 9, rows), random.integers(0, 60, rows)
    score = (height - 170) / 9 + (trips - 30) / 20 + random.normal(0, 0.7, rows)
    return {
        "member_id": [f"M-{number:04d}" for number in range(rows)],
        "height": [f"{value:.1f}" for value in height],
        "trips": [str(value) for value in trips],
        "town": random.choice(["Alba", "Brix", "Coll"], rows).tolist(),
        "left": ["yes" if value > 0 else "no" for value in score],
    }


def insert(name: str, cells: Sequence[str], table: Cells | None = None) -> dict[str, Sequence[str]]:
    """The table with a column before the target."""
    *others, target = (table or members()).items()
    return dict([*others, (name, cells), target])


def format_csv(table: Cells, delimiter: str = ",", ending: str = "\n") -> str:
    """The table as delimited text."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending)
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()


def prepare(folder: Path) -> None:
    """Make the folder look like a repository."""
    (folder / "conf").mkdir(parents=True, exist_ok=True)
    (folder / "params.yaml").write_text("problem: toy\n", encoding="utf-8")


@contextlib.contextmanager
def capture() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """What is printed meanwhile."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield out, err


def ask(folder: Path, write: Cells | str | Callable[[Path], None], *more: str, name: str = "toy.csv") -> Answer:
    """`lifecycle new` on cells, on the text of a file, or on what a function writes."""
    prepare(folder)
    if callable(write):
        write(folder / name)
    else:
        text = write if isinstance(write, str) else format_csv(write)
        (folder / name).write_text(text, encoding="utf-8")
    target = [] if "--target" in more else ["--target", "left"]
    with contextlib.chdir(folder), capture() as (out, err):
        code = main(["new", "toy", "--data", name, *target, *more])
    return Answer(code, out.getvalue(), err.getvalue(), folder)
