"""JSON: a list of records, lines that are one record each, or an object with such a list inside."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

import pandas as pd

from lifecycle.errors import SourceError, suggest_name
from lifecycle.io.budget import OBJECT, must_fit_bytes, must_fit_cell, must_fit_table
from lifecycle.io.json_values import must_be_shallow
from lifecycle.options import options
from lifecycle.sources.formats.csv_text import decode_text
from lifecycle.sources.formats.entry import Entry, ReadResult
from lifecycle.sources.formats.normalize import is_missing, normalize_table
from lifecycle.sources.secrets import mask_secrets

SHORT = 10  # numbers in a list that becomes columns of its own

Record = Mapping[str, Any]


@options
class NestedEntry(Entry):
    """How nested records become rows.

    Keys of inner objects are joined by dots. `each` is the dotted path of a list inside a record: one row per
    entry of it, beside the record's own keys. `columns` gives the wanted keys by the name that they shall
    have; empty means all.
    """

    each: str = ""
    columns: dict[str, str] = field(default_factory=dict)


@options
class JsonEntry(NestedEntry):
    """`records` is the dotted path to the list inside the file's object; empty if the file is the list."""

    encoding: str = "utf-8-sig"
    records: str = ""


@options
class JsonLinesEntry(NestedEntry):
    """One record on each line."""

    encoding: str = "utf-8-sig"


def read(data: bytes, entry: JsonEntry) -> ReadResult:
    """One row per record, nested keys joined by dots; raises SourceError where there is no list of records.

    Raises TooLarge for more columns, cells or levels than the budget has.
    """
    content = parse_json(decode_text(data, entry.encoding, entry.path), entry.path)
    return ReadResult(build_rows(get_list(content, entry.records, entry.path), entry, len(data)))


def read_lines(data: bytes, entry: JsonLinesEntry) -> ReadResult:
    """One row per line that is not blank."""
    lines = decode_text(data, entry.encoding, entry.path).splitlines()
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    records = [parse_json(line, f"{entry.path}, line {number}") for number, line in numbered]
    return ReadResult(build_rows(records, entry, len(data)))


def get_list(content: Any, path: str, where: str) -> list[Any]:
    """The list at a dotted path; raises SourceError where there is none."""
    inner = get_path(content, path)
    if not isinstance(inner, list):
        raise SourceError(
            f"there is no list at {path or 'the top'!r}",
            where=f"{where}, key records",
            todo="set records: to the dotted path of the list, such as data.items",
        )
    return inner


def get_path(value: Any, path: str) -> Any:
    """The value at a dotted path inside an object, the object itself for an empty path; None without a value."""
    for key in path.split(".") if path else ():
        value = value.get(key) if isinstance(value, dict) else None
    return value


def build_rows(records: list[Any], entry: NestedEntry, packed: int) -> pd.DataFrame:
    """The rows of records with the entry's columns; raises SourceError for a key that no record has.

    Raises TooLarge where they are more than the `packed` bytes that they come from may become.
    """
    where = mask_secrets(entry.path)
    exploded = (one for record in records for one in explode_list(record, entry.each))
    rows = build_table(take_rows(exploded, packed, where) if entry.each else records, where, packed)
    for name, path in entry.columns.items():
        if path not in rows.columns:
            raise SourceError(
                f"no record has {path!r}",
                where=f"{where}, key columns.{name}",
                todo=f"{suggest_name(path, map(str, rows.columns))}, or leave {name} out of columns:",
            )
    return rows[list(entry.columns.values())].set_axis(list(entry.columns), axis=1) if entry.columns else rows


def take_rows(records: Iterator[Any], packed: int, where: str) -> list[Any]:
    """The records, each a copy of one with another entry of its list; raises TooLarge where these take too much."""
    taken, size = [], 0
    for record in records:
        taken.append(record)
        size += OBJECT * (len(record) if isinstance(record, dict) else 1)
        must_fit_bytes(size, packed, where, is_all=False)
    return taken


def explode_list(record: Any, path: str) -> Iterator[Any]:
    """The record once for each entry of the list at a dotted path, which that entry replaces; once without one."""
    inner = get_path(record, path) if path else None
    if not isinstance(inner, list):
        yield record
    elif not inner:
        yield replace_path(record, path, None)
    for one in inner if isinstance(inner, list) else ():
        yield replace_path(record, path, one)


def replace_path(record: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the record with another value at a dotted path."""
    key, _, rest = path.partition(".")
    return {**record, key: replace_path(record[key], rest, value) if rest else value}


def parse_json(text: str, where: str) -> Any:
    """The value of a JSON text; raises SourceError if it is not JSON, TooLarge where it is too deep."""
    must_be_shallow(text, where)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise SourceError(
            f"this is not JSON: {cause}", where=where, todo="correct the file, or set another format:"
        ) from cause


def build_table(records: list[Any], where: str, packed: int) -> pd.DataFrame:
    """One row per record and one column per nested key, in the order in which they appear first.

    Raises TooLarge for more columns or cells than `packed` bytes may become, and for a cell that is too long.
    """
    odd = next((place for place, record in enumerate(records, start=1) if not isinstance(record, dict)), None)
    if odd is not None or not records:
        problem = f"entry {odd} is {str(records[odd - 1])[:40]!r}, not an object" if odd else "the list is empty"
        raise SourceError(problem, where=where, todo="choose a list of objects: {column: value, …}")
    flat = [dict(flatten_record(record)) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    must_fit_table(len(flat), len(names), packed, where)
    must_fit_cell(measure_longest(value for record in flat for value in record.values()), where)
    columns = {name: [record.get(name) for record in flat] for name in names}
    return normalize_table(pd.DataFrame(dict(expand_lists(columns))))


def measure_longest(values: Iterable[Any]) -> int:
    """The length of the longest text among values."""
    return max((len(value) for value in values if isinstance(value, str)), default=0)


def flatten_record(record: Record, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The record's keys and values, those of nested objects with their path in dots."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from flatten_record(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def expand_lists(columns: Mapping[str, list[Any]]) -> Iterator[tuple[str, pd.Series]]:
    """The columns, with short lists of numbers as one column per place; one that is an object elsewhere is left out."""
    for name, values in columns.items():
        filled = [value for value in values if not is_missing(value)]
        if not filled and any(other.startswith(f"{name}.") for other in columns):
            continue
        if filled and all(is_short(value) for value in filled):
            for place in range(max(len(value) for value in filled)):
                yield f"{name}.{place}", convert_to_objects([get_item(value, place) for value in values])
        else:
            yield name, convert_to_objects(values)


def convert_to_objects(values: list[Any]) -> pd.Series:
    """The values as objects, without type inference."""
    return pd.Series(values, dtype="object")


def get_item(value: list[Any] | None, place: int) -> Any:
    """The number at a place of a list, None past its end."""
    return value[place] if value is not None and place < len(value) else None


def is_short(value: Any) -> bool:
    """Whether this is a short list of numbers or nulls."""
    return (
        isinstance(value, list)
        and len(value) <= SHORT
        and all(entry is None or (isinstance(entry, int | float) and not isinstance(entry, bool)) for entry in value)
    )
