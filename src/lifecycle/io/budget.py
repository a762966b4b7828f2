"""What one input may take before it is refused: the same on every machine, and raised by a person in the environment.

A small file may state or become any size: a Parquet file of constants, a workbook with one cell in its last corner, a
compressed response, a query that never ends. Whatever reads from outside asks here: by what the input states of itself
before it is read, and by what has come of it while it is read.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields

from lifecycle.errors import TooLarge, WrongValue

PREFIX = "LIFECYCLE_"
MIB = 2**20
# What a cell takes at least: a number, or the place of a text.
CELL = 8
# What a cell takes as an object of Python, beside its own text.
OBJECT = 50
# Bytes a second that a server or a database gives at least, once it has had its seconds of waiting.
LEAST_RATE = 1024


@dataclass(frozen=True)
class Expansion:
    """How large an input may become: `ratio` times its own size, at least `small` and at most `most` bytes."""

    small: int
    ratio: int
    most: int

    def allow(self, packed: int) -> int:
        """The bytes that an input of so many bytes may have once it is unpacked."""
        return min(self.most, max(self.small, self.ratio * packed))


# LightGBM's text and JSON shrink to between a twentieth and a third; repeated bytes to a thousandth.
MODEL = Expansion(small=64 * MIB, ratio=200, most=1024 * MIB)
# Columns of one value shrink more than models do, and are honest.
TABLE = Expansion(small=512 * MIB, ratio=200, most=8192 * MIB)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The limits of one input; each is raised by the variable of its name, such as LIFECYCLE_CELLS.

    `unpacked_mib` replaces the limits of MODEL and TABLE. `wait_seconds` is how long a server or a database may give
    nothing, or less than LEAST_RATE; `read_seconds` how long reading from it may take in all. `nesting` is of lists and
    mappings in one another, `yaml_nodes` how many values the aliases of a YAML file may repeat.
    """

    unpacked_mib: int | None = None
    cells: int = 500_000_000
    columns: int = 10_000
    cell_mib: int = 1
    wait_seconds: int = 30
    read_seconds: int = 3600
    nesting: int = 100
    yaml_nodes: int = 100_000

    @property
    def cell_bytes(self) -> int:
        """The bytes of one cell."""
        return self.cell_mib * MIB

    def allow(self, packed: int, expansion: Expansion = TABLE) -> int:
        """The bytes that an input of so many bytes may have once it is unpacked."""
        return expansion.allow(packed) if self.unpacked_mib is None else self.unpacked_mib * MIB


def read_budget(environment: Mapping[str, str] | None = None) -> Budget:
    """The limits of the environment; raises WrongValue for a variable that holds no whole number above 0."""
    found = os.environ if environment is None else environment
    given = {one.name: found.get(name_variable(one.name), "") for one in fields(Budget)}
    return Budget(**{name: parse_limit(name, text) for name, text in given.items() if text})


def name_variable(name: str) -> str:
    """The variable of the environment that raises a limit."""
    return f"{PREFIX}{name.upper()}"


def parse_limit(name: str, text: str) -> int:
    """The whole number above 0 in a variable; raises WrongValue for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 16 and int(text)):
        default = getattr(Budget, name) or TABLE.most // MIB
        raise WrongValue(
            f"{name_variable(name)} is {text!r}",
            where="the environment",
            todo=f"export {name_variable(name)}={default}",
        )
    return int(text)


def advise(name: str, needed: float) -> str:
    """How a person raises a limit to what is needed; a variable of mebibytes takes those of so many bytes."""
    number = -(-needed // MIB) if name.endswith("_mib") else needed
    return f"where it is meant to be so: export {name_variable(name)}={int(number)}"


def must_fit_bytes(
    unpacked: int, packed: int, where: str, *, is_all: bool = True, expansion: Expansion = TABLE
) -> None:
    """Raise TooLarge where an input of `packed` bytes has more than it may; `is_all` if that is all of it."""
    limit = read_budget().allow(packed, expansion)
    if unpacked > limit:
        more = "" if is_all else "more than "
        of = f" of a file of {packed:,}" if packed and packed != unpacked else ""
        raise TooLarge(
            f"it takes {more}{unpacked:,} bytes in memory{of}, and may take {limit:,}",
            where=where,
            todo=advise("unpacked_mib", unpacked if is_all else 4 * unpacked),
        )


def must_fit_table(rows: int, columns: int, packed: int, where: str, *, is_all: bool = True) -> None:
    """Raise TooLarge for more columns or cells than a table may have, or than one of `packed` bytes may become."""
    must_fit_columns(columns, where)
    limit, cells = read_budget().cells, rows * columns
    if cells > limit:
        raise TooLarge(
            f"{'' if is_all else 'more than '}{rows:,} rows of {columns:,} columns are {cells:,} cells, and {limit:,} "
            "may be read",
            where=where,
            todo=advise("cells", cells if is_all else 4 * cells),
        )
    must_fit_bytes(CELL * cells, packed, where, is_all=is_all)


def must_fit_columns(count: int, where: str) -> None:
    """Raise TooLarge for more columns than a table may have."""
    limit = read_budget().columns
    if count > limit:
        raise TooLarge(
            f"there are {count:,} columns, and {limit:,} may be read",
            where=where,
            todo=advise("columns", count),
        )


def must_fit_cell(size: int, where: str) -> None:
    """Raise TooLarge for a cell of more bytes than one may have."""
    limit = read_budget().cell_bytes
    if size > limit:
        raise TooLarge(
            f"a cell has {size:,} bytes, and may have {limit:,}",
            where=where,
            todo=f"keep such texts in files of their own, and their names in the table; {advise('cell_mib', size)}",
        )


def must_fit_depth(depth: int, where: str) -> None:
    """Raise TooLarge for lists and mappings that are deeper in one another than they may be."""
    limit = read_budget().nesting
    if depth > limit:
        raise TooLarge(
            f"lists and objects are {depth:,} deep in one another, and may be {limit:,}",
            where=where,
            todo=advise("nesting", depth),
        )


@dataclass
class Pace:
    """The time that a source takes: since it began, and since it last gave something."""

    budget: Budget
    where: str
    begun: float
    due: float

    def gave(self, size: int) -> None:
        """Count bytes as given, which allows more time; raises TooLarge where all has taken too long."""
        now = time.monotonic()
        self.due = min(self.due + size / LEAST_RATE, now + self.budget.wait_seconds)
        self.check(now)

    def is_late(self) -> bool:
        """Whether it gives too little, or has taken too long."""
        now = time.monotonic()
        return now > self.due or now > self.begun + self.budget.read_seconds

    def check(self, now: float) -> None:
        """Raise TooLarge where it gives too little, or has taken too long."""
        if now > self.begun + self.budget.read_seconds:
            raise self.explain("read_seconds", f"reading has taken {now - self.begun:,.0f} seconds")
        if now > self.due:
            raise self.explain("wait_seconds", f"{now - self.begun:,.0f} seconds gave nothing, or too little")

    def explain(self, name: str, problem: str) -> TooLarge:
        """The error for a source that takes too long."""
        limit = getattr(self.budget, name)
        return TooLarge(f"{problem}, and {limit:,} may pass", where=self.where, todo=advise(name, 10 * limit))

    def must_last(self, seconds: float) -> None:
        """Raise TooLarge where so many seconds more, of waiting that is asked for, would take too long."""
        total = time.monotonic() - self.begun + seconds
        if total > self.budget.read_seconds:
            raise self.explain(
                "read_seconds", f"reading would take {total:,.0f} seconds with a pause of {seconds:,.0f}"
            )

    def must_be_in_time(self) -> None:
        """Raise TooLarge where it gives too little, or has taken too long."""
        self.check(time.monotonic())


def start_pace(where: str) -> Pace:
    """The pace of a source that begins now."""
    budget, now = read_budget(), time.monotonic()
    return Pace(budget, where, now, now + budget.wait_seconds)
