"""What is looked for: the rows of a column's values, and the rows of their ids, wherever a file names them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lifecycle.erasure.needles import Needles, make_needles
from lifecycle.errors import MissingFile, WrongValue
from lifecycle.versioning.erased_rows import ID, ErasedKeys, Matches, read_keys
from lifecycle.versioning.erasures import Erasure

# The fields of a logged prediction, by which it is known.
LOGGED = frozenset({ID, "prediction"})


@dataclass(frozen=True)
class Search:
    """Which rows go: those with such a value of `column`, and those whose `id` is an id of such a row.

    `texts` are the values and ids as far as they are known, `recorded` says whether a text is one of those of which a
    record has the hash: by them such rows are found in files without columns.
    """

    column: str
    id: str
    is_value: Matches
    is_id: Matches
    texts: frozenset[str] = frozenset()
    recorded: Matches | None = None

    @cached_property
    def needles(self) -> Needles:
        """The texts as they are found in bytes of any kind."""
        return make_needles(self.texts, self.recorded)

    def find_matches(self, name: str, beside: Collection[str]) -> Matches | None:
        """How the cells of a column or field are judged, by its name and those beside it; None where it is no key."""
        if name == ID and set(beside) >= LOGGED:
            return self.is_id
        return ErasedKeys(self.column, self.id, self.is_value, self.is_id).find_matches(name, beside)

    def is_hit(self, name: str, value: str, beside: Collection[str]) -> bool:
        """Whether a field of a record names such a row."""
        matches = self.find_matches(name, beside)
        return matches is not None and matches(value)


def make_search(column: str, id: str, values: Iterable[str], ids: Iterable[str] = ()) -> Search:
    """The search for the rows of these values of a column, and of these ids."""
    wanted, known = frozenset(values), frozenset(ids)
    known |= wanted if column == id else frozenset()
    return Search(column, id, wanted.__contains__, known.__contains__, wanted | known)


def add_ids(search: Search, ids: Collection[str]) -> Search:
    """The search, also for more ids."""
    return replace(search, is_id=lambda text: search.is_id(text) or text in ids, texts=search.texts | frozenset(ids))


def add_values(search: Search, values: Collection[str]) -> Search:
    """The search, also for more values of the column."""
    added = replace(search, is_value=lambda text: search.is_value(text) or text in values)
    return (
        add_ids(added, values) if search.column == search.id else replace(added, texts=search.texts | frozenset(values))
    )


def add_recorded(search: Search, erasure: Erasure) -> Search:
    """The search, also for the values and ids that a record names by hashes: an interrupted run knew them."""
    (keys,) = read_keys([erasure])
    return replace(
        search,
        is_value=lambda text: search.is_value(text) or keys.is_value(text),
        is_id=lambda text: search.is_id(text) or keys.is_id(text),
        recorded=lambda text: keys.is_value(text) or keys.is_id(text),
    )


def make_recorded_search(erasure: Erasure) -> Search:
    """The search for what a record names by hashes."""
    return add_recorded(make_search(erasure.column, erasure.id, ()), erasure)


def read_values(file: Path, column: str) -> frozenset[str]:
    """The values in a file, one on each line, below the column's name or not; raises MissingFile, or WrongValue."""
    if not file.is_file():
        raise MissingFile(
            f"{file} does not exist", where=str(file), todo=f"write one {column} on each line into {file}"
        )
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as cause:
        raise WrongValue(f"{file} is no text in UTF-8", where=str(file), todo=f"one {column} on each line") from cause
    values = frozenset(filter(None, lines[lines[:1] == [column] :]))
    if not values:
        raise WrongValue(f"{file} names no {column}", where=str(file), todo=f"write one {column} on each line")
    return values


def parse_condition(text: str) -> tuple[str, frozenset[str]]:
    """The column and the value of COLUMN=VALUE; raises WrongValue for anything else."""
    column, equals, value = text.partition("=")
    if not (column.strip() and equals and value.strip()):
        raise WrongValue(
            f"{text!r} is no condition", where="command line, --where", todo="lifecycle erase --where customer=C-17"
        )
    return column.strip(), frozenset([value.strip()])
