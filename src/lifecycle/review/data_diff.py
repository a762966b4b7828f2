"""The data of both versions: batches, schema, rejected rows, and columns whose distribution shifted."""

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any

from lifecycle import paths
from lifecycle.data.schema import Schema
from lifecycle.errors import LifecycleError
from lifecycle.options import options
from lifecycle.review.config_diff import ValueChange, compare_values, find_differences, flatten
from lifecycle.review.value_changes import show_change
from lifecycle.review.versions import Gaps, shorten_commit
from lifecycle.sources.batches import group_by_table
from lifecycle.versioning.data_diff import BatchChanges, ColumnShift, compare_batches, compare_tables, list_columns
from lifecycle.versioning.version import Version

# The share of rows by which a column's distribution or its missing values must differ to be shown.
SHIFT = 0.1


@options
class DataChanges:
    """What changed in the data; `compared` says which rows the shifts are of, as `lifecycle diff` does.

    `batches` is None where a version has no list of batches. `raw_columns` says in words which columns of raw tables
    came or went. `quality` are the values of reports/quality.json that
    differ, `schema` the changed columns in words.
    """

    batches: BatchChanges | None = None
    raw_columns: list[str] = field(default_factory=list)
    quality: list[ValueChange] = field(default_factory=list)
    schema: list[str] = field(default_factory=list)
    compared: str = "all"
    shifted: list[ColumnShift] = field(default_factory=list)


def compare_data(base: Version, head: Version, schema: Schema, problem: str, gaps: Gaps) -> DataChanges:
    """What changed in the data of the problem, whose columns are head's `schema`; gaps say what is not comparable."""
    path = paths.CONF / "schema" / f"{problem}.yaml"
    declared = [
        gaps.attempt(version, "the schema", lambda one: dict(one.read_record(path))) for version in (base, head)
    ]
    before, after = ({} if one is None else one.get("columns", {}) for one in declared)
    batches, quality = compare_provenance(base, head, gaps), compare_quality(base, head, gaps)
    compared, shifted = gaps.attempt(base, "distributions", lambda one: find_shifts(one, head, schema)) or ("all", [])
    return DataChanges(
        batches=batches,
        raw_columns=compare_raw_columns(base, head, batches) if batches else [],
        quality=quality,
        schema=compare_schemas(before, after) if None not in declared else [],
        compared=compared,
        shifted=shifted,
    )


def compare_provenance(base: Version, head: Version, gaps: Gaps) -> BatchChanges | None:
    """Batches that were added, removed or changed; None with a gap where a version has no list of them."""
    before, after = (gaps.attempt(version, "batches", read_batches) for version in (base, head))
    return None if before is None or after is None else compare_batches(before, after)


def read_batches(version: Version) -> list[dict[str, Any]]:
    """The batches of a version."""
    return list(version.read_record(paths.PROVENANCE)["batches"])


def compare_raw_columns(base: Version, head: Version, batches: BatchChanges) -> list[str]:
    """The columns that came to a raw table or went from it, in words, of tables whose batches differ.

    Where a batch is in no storage that is reached, it says so.
    """
    differing = {*batches.added, *batches.removed, *batches.changed}
    names = [[str(one["batch"]) for one in read_batches(version)] for version in (base, head)]
    before, after = (group_by_table(version) for version in names)
    words: list[str] = []
    for table in sorted({name.split("/")[0] for name in differing} & before.keys() & after.keys()):
        try:
            old = {column for name in before[table] for column in read_columns(base, head, name, differing)}
            new = {column for name in after[table] for column in list_columns(head.locate(paths.RAW / name))}
        except LifecycleError as error:
            words.append(f"{table}: not compared, {shorten_commit(error, base)}")
            continue
        words += [f"{table}: {column} is new" for column in sorted(new - old)]
        words += [f"{table}: {column} is gone" for column in sorted(old - new)]
    return words


def read_columns(base: Version, head: Version, name: str, differing: Collection[str]) -> list[str]:
    """The columns of a batch of base, from head's file where that is the same."""
    return list_columns((base if name in differing else head).locate(paths.RAW / name))


def compare_quality(base: Version, head: Version, gaps: Gaps) -> list[ValueChange]:
    """The values of the quality report that differ: rows kept and rejected by reason, missing shares."""
    before, after = (
        gaps.attempt(version, "rejected rows", lambda one: flatten(one.read_record(paths.QUALITY)))
        for version in (base, head)
    )
    return [] if before is None or after is None else compare_values(before, after)


def compare_schemas(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The columns of a schema that were added, removed or are declared otherwise, in words."""
    changes = [f"{name} added" for name in sorted(after.keys() - before.keys())]
    changes += [f"{name} removed" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        old, new = flatten(before[name]), flatten(after[name])
        changes += [f"{name}: {key} {show_change(old.get(key), new.get(key))}" for key in find_differences(old, new)]
    return changes


def find_shifts(base: Version, head: Version, schema: Schema) -> tuple[str, list[ColumnShift]]:
    """Which rows are compared, and the features and the target that shifted by `SHIFT` or more, the largest first."""
    changes = compare_tables(base.locate(paths.TABLE), head.locate(paths.TABLE), schema.id)
    names = set(schema.columns_with_role("feature", "target"))
    shifted = [column for column in changes.columns if column.name in names and column.moved >= SHIFT]
    return changes.compared, sorted(shifted, key=lambda column: (-column.moved, column.name))
