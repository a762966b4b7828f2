"""JSON: a list of records, lines that are one record each, or an object with such a list inside."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from lifecycle.errors import SourceError
from lifecycle.options import options
from lifecycle.sources.formats.entry import Entry
from lifecycle.sources.formats.plain import absent, plain
from lifecycle.sources.formats.separated import decoded

SHORT = 10  # numbers in a list that becomes columns of its own

Record = Mapping[str, Any]


@options
class Records(Entry):
    """`records` is the dotted path to the list inside the file's object; empty if the file is the list."""

    encoding: str = "utf-8-sig"
    records: str = ""


@options
class Lines(Entry):
    """One record on each line."""

    encoding: str = "utf-8-sig"


def read(data: bytes, entry: Records) -> pd.DataFrame:
    """One row per record, nested keys joined by dots; raises SourceError where there is no list of records."""
    found = parsed(decoded(data, entry.encoding, entry.path), entry.path)
    for key in entry.records.split(".") if entry.records else ():
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise SourceError(
            f"there is no list at {entry.records or 'the top'!r}",
            where=f"{entry.path}, key records",
            todo="set records: to the dotted path of the list, such as data.items",
        )
    return table(found, entry.path)


def read_lines(data: bytes, entry: Lines) -> pd.DataFrame:
    """One row per line that is not blank."""
    lines = decoded(data, entry.encoding, entry.path).splitlines()
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    return table([parsed(line, f"{entry.path}, line {number}") for number, line in numbered], entry.path)


def parsed(text: str, where: str) -> Any:
    """The value that a JSON text says; raises SourceError otherwise."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise SourceError(
            f"this is not JSON: {cause}", where=where, todo="mend the file, or set another format:"
        ) from cause


def table(records: list[Any], where: str) -> pd.DataFrame:
    """One row per record and one column per nested key, in the order in which they appear first."""
    odd = next((place for place, record in enumerate(records, start=1) if not isinstance(record, dict)), None)
    if odd is not None or not records:
        said = f"entry {odd} is {str(records[odd - 1])[:40]!r}, not an object" if odd else "the list is empty"
        raise SourceError(said, where=where, todo="choose a list of objects: {column: value, …}")
    flat = [dict(flattened(record)) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    columns = {name: [record.get(name) for record in flat] for name in names}
    return plain(pd.DataFrame(dict(spread(columns))))


def flattened(record: Record, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The record's keys and values, those of nested objects with their path in dots."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def spread(columns: Mapping[str, list[Any]]) -> Iterator[tuple[str, pd.Series]]:
    """The columns, with short lists of numbers as one column per place; one that is an object elsewhere is left out."""
    for name, values in columns.items():
        there = [value for value in values if not absent(value)]
        if not there and any(other.startswith(f"{name}.") for other in columns):
            continue
        if there and all(is_short(value) for value in there):
            for place in range(max(len(value) for value in there)):
                yield f"{name}.{place}", as_objects([at(value, place) for value in values])
        else:
            yield name, as_objects(values)


def as_objects(values: list[Any]) -> pd.Series:
    """The values as they are, without inference."""
    return pd.Series(values, dtype="object")


def at(value: list[Any] | None, place: int) -> Any:
    """The number at a place of a list, None past its end."""
    return value[place] if value is not None and place < len(value) else None


def is_short(value: Any) -> bool:
    """Whether this is a short list of numbers or nulls."""
    return (
        isinstance(value, list)
        and len(value) <= SHORT
        and all(entry is None or (isinstance(entry, int | float) and not isinstance(entry, bool)) for entry in value)
    )
