"""Errors for the person who must act: what happened, where, and what to do next.

LifecycleError             exit 2 unless stated otherwise
├── ConfigError            something in params.yaml, conf/ or on the command line
│   ├── UnknownName        a key or an option that does not exist; the nearest one is named
│   ├── WrongValue         a value of the wrong type or out of its range
│   └── ForbiddenTarget    a `_target_` outside the allow-list
├── DataError              something in the rows
│   ├── UnfitTable         a column is missing or has another type, or the table has no use
│   ├── LeakFound          a column leaks the target, or rows are in two parts
│   ├── SourceError        a source cannot be read, or has nothing for what is asked
│   └── TooLarge           an input takes more than one may: bytes, cells, columns, seconds, nesting, memory
├── FileError              something in the files
│   ├── MissingFile        an earlier stage has not run
│   ├── CorruptFile        a file cannot be read as what it should be
│   ├── ErasedRows         a version's file held rows that had to go, and went with them
│   ├── UnverifiedRelease   nothing that should record a release knows these bytes of it
│   ├── LogUnwritable      predictions cannot be logged
│   └── StorageFull        the disk is full
├── StoreError             events cannot be stored or read
├── NotificationFailed     alerts could not be sent
└── GateClosed             exit 3: a gate failed
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

LINE_BREAK = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")


class LifecycleError(Exception):
    """Three lines: `what` happened with the real values, `where`, and what to do `next`."""

    exit_code = 2

    def __init__(self, what: str, *, where: str, todo: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        what, where, todo = (LINE_BREAK.sub(" ", text) for text in (self.what, self.where, self.todo))
        return f"error: {what}\nwhere: {where}\nnext:  {todo}"


class ConfigError(LifecycleError):
    """Something in params.yaml, conf/ or on the command line."""


class UnknownName(ConfigError):
    """A key or an option that does not exist."""


class WrongValue(ConfigError):
    """A value of the wrong type or out of its range."""


class ForbiddenTarget(ConfigError):
    """A `_target_` outside the allow-list."""


class DataError(LifecycleError):
    """Something in the rows."""


class UnfitTable(DataError):
    """A column is missing or has another type, or the table has no use."""


class LeakFound(DataError):
    """A column leaks the target, or rows are in two parts."""


class SourceError(DataError):
    """A source cannot be read, or has nothing for what is asked."""


class TooLarge(DataError):
    """An input takes more than one may: bytes, cells, columns, seconds, nesting, memory."""


class FileError(LifecycleError):
    """Something in the files."""


class MissingFile(FileError):
    """An earlier stage has not run."""


class CorruptFile(FileError):
    """A file cannot be read as what it should be."""


class ErasedRows(FileError):
    """A version's file held rows that had to go, and went with them."""


class UnverifiedRelease(FileError):
    """Nothing that should record a release knows these bytes of it."""


class LogUnwritable(FileError):
    """Predictions cannot be logged."""


class StorageFull(FileError):
    """The disk is full."""


class StoreError(LifecycleError):
    """Events cannot be stored or read."""


class NotificationFailed(LifecycleError):
    """Alerts could not be sent."""


class GateClosed(LifecycleError):
    """A gate failed."""

    exit_code = 3


def name_option(error: LifecycleError, group: str, option: str) -> LifecycleError:
    """The error with the option's file in the place of its folder: conf/split/grouped.yaml for conf/split/."""
    folder, file = re.compile(rf"conf/{group}/(?!\w)"), f"conf/{group}/{option}.yaml"
    return type(error)(error.what, where=folder.sub(file, error.where), todo=folder.sub(file, error.todo))


def suggest_name(name: str, known: Iterable[str]) -> str:
    """A clause that names the known names closest to `name`, or all of them where none is close."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"use {close[0]!r}"
    return "use one of " + ", ".join(names) if names else "remove it"
