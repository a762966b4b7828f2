"""The request of `lifecycle new`, validated against the table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import available_timezones

from lifecycle.data.cells.times import is_zone
from lifecycle.data.problem import Task
from lifecycle.data.schema import Role
from lifecycle.errors import UnknownName, WrongValue, suggest_name
from lifecycle.reporting.text import shorten_text

NAME = re.compile(r"[a-z][a-z0-9_]*")
Split = Literal["ordered", "grouped", "stratified", "random"]
NEEDS: Mapping[Split, Role] = {"ordered": "time", "grouped": "group", "stratified": "target"}
ROLES: tuple[Role, ...] = ("target", "time", "id", "group", "part")


@dataclass(frozen=True)
class NewRequest:
    """The problem's name and the choices of the user: columns by role, task, split, column formats, decimal sign.

    `zone` is that of clock times without one, None where nothing was said: then they are read as UTC.

    Where the test part comes in a table of its own, `test` is its name, `restarting_id` the column that counts the rows
    of each table from the start, and `role_reasons` has the reasons for the roles that follow from there being two.
    """

    name: str
    target: str | None = None
    time: str | None = None
    id: str | None = None
    group: str | None = None
    part: str | None = None
    task: Task | None = None
    formats: Mapping[str, str] = field(default_factory=dict)
    decimal: str = ""
    zone: str | None = None
    split: Split | None = None
    test: str = ""
    restarting_id: str = ""
    role_reasons: Mapping[Role, str] = field(default_factory=dict)

    @property
    def roles(self) -> dict[Role, str]:
        """The requested columns by role."""
        return {role: column for role in ROLES if (column := getattr(self, role)) is not None}

    @property
    def clock(self) -> str:
        """The zone of clock times without one."""
        return self.zone or "UTC"

    def why(self, role: Role) -> str:
        """The reason for a role."""
        return self.role_reasons.get(role, f"set by --{role}")


def must_be_name(name: str) -> None:
    """Raise WrongValue, with the nearest valid name, unless the name fits files, YAML and the command line."""
    if not NAME.fullmatch(name):
        valid = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_").lstrip("0123456789_") or "my_problem"
        raise WrongValue(
            f"{shorten_text(name)!r} is no valid problem name: use lower-case letters, digits and _, a letter first",
            where="command line, NAME",
            todo=f"lifecycle new {valid} …",
        )


def must_fit(request: NewRequest, columns: Iterable[str]) -> None:
    """Raise ConfigError for a column that is not in the table or is requested twice, or a task without its target."""
    available = list(columns)
    options = [(f"--{role}", column) for role, column in request.roles.items()]
    for option, column in [*options, *(("--format-of", column) for column in request.formats)]:
        if column not in available:
            raise UnknownName(
                f"the table has no column {shorten_text(column)!r}",
                where=f"command line, {option}",
                todo=shorten_text(suggest_name(column, available), 300),
            )
    roles: dict[str, str] = {}
    for option, column in options:
        if column in roles:
            raise WrongValue(
                f"{shorten_text(column)!r} is requested twice", where=f"command line, {roles[column]} and {option}",
                todo=f"leave out {option}",
            )  # fmt: skip
        roles[column] = option
    if (request.task == "clustering") == (request.target is not None) and request.task is not None:
        raise WrongValue(
            f"--task {request.task} {'has no target' if request.target else 'needs a target'}",
            where="command line, --task and --target",
            todo="leave out --target" if request.target else "add --target COLUMN",
        )
    if request.part and request.split:
        raise WrongValue(
            f"--part {shorten_text(request.part)} and --split {request.split} contradict each other",
            where="command line, --part and --split",
            todo="leave out --split",
        )
    must_be_zone(request.clock)


def must_be_zone(zone: str) -> None:
    """Raise UnknownName for a zone that has no name in the time-zone database."""
    if not is_zone(zone):
        raise UnknownName(
            f"{shorten_text(zone)!r} is no time zone",
            where="command line, --zone",
            todo=suggest_name(zone, sorted(available_timezones())) if "/" in zone else "--zone Europe/Berlin",
        )
