"""diff: what changed between two data versions: batches, rows, columns, distributions, and overlap of the parts."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.data.columns import name_id_column
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.io.records import round_floats
from lifecycle.reporting import templates
from lifecycle.reporting.markdown import escape_words
from lifecycle.reporting.text import format_count, list_names
from lifecycle.versioning import data_diff
from lifecycle.versioning.data_diff import BatchChanges, PartOverlap, TableChanges, shift_cells
from lifecycle.versioning.version import Version

USAGE = "lifecycle diff [--markdown | --json] [REV] [REV]"
WORKSPACE = "workspace"
SHOWN = 20  # columns in a table for reading
HEAD = ("column", "size", "p-value", "missing")
COMPARED = {
    "added": "the rows added against those before",
    "removed": "the rows removed against those left",
    "all": "all rows, which have the same ids: no test is possible",
}


@dataclass(frozen=True)
class DataDiff:
    """What changed from the version named `before` to the one named `after`."""

    before: str
    after: str
    batches: BatchChanges
    table: TableChanges
    overlap: PartOverlap


def main(arguments: list[str]) -> int:
    """Print what changed, as text, Markdown or JSON."""
    parser = Parser(prog="lifecycle diff", usage=USAGE, description="What changed between two data versions.")
    parser.add_argument("revisions", nargs="*", metavar="REV", help="default: HEAD and the workspace")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="tables for a comment or a page")
    form.add_argument("--json", action="store_true", help="all figures, for programs")
    options = parser.parse_args(arguments)
    diff = compare(*parse_versions(options.revisions))
    if options.json:
        print(json.dumps(round_floats(asdict(diff)), indent=2, sort_keys=True))
    else:
        print(render_markdown(diff) if options.markdown else "\n".join(format_text(diff)))
    return 0


def parse_versions(revisions: list[str]) -> tuple[Version, Version]:
    """The versions before and after; raises WrongValue for more than two."""
    if len(revisions) > 2:
        raise WrongValue(f"{len(revisions)} revisions are given", where="command line", todo=USAGE)
    before, after = [*revisions, *["HEAD", WORKSPACE][len(revisions) :]]
    return open_version(before), open_version(after)


def open_version(name: str) -> Version:
    """The version of a revision, or the workspace by its name."""
    return Version(name, None if name == WORKSPACE else name)


def compare(before: Version, after: Version) -> DataDiff:
    """All that changed between two versions; raises WrongValue where their rows have other ids."""
    key = find_common_key(before, after)
    versions = (before, after)
    split_key = name_id_column(key)
    tables = [locate_rows(one, paths.TABLE, key) for one in versions]
    splits = [locate_rows(one, paths.SPLIT, split_key) for one in versions]
    provenance = [version.read_record(paths.PROVENANCE)["batches"] for version in versions]
    parts = [data_diff.split_ids(table, key, split, split_key) for table, split in zip(tables, splits, strict=True)]
    return DataDiff(
        before=before.name,
        after=after.name,
        batches=data_diff.compare_batches(*provenance),
        table=data_diff.compare_tables(tables[0], tables[1], key),
        overlap=data_diff.count_overlap(*parts),
    )


def find_common_key(before: Version, after: Version) -> str:
    """The column that identifies rows; raises WrongValue where the versions have different ones."""
    keys = [find_key(version) for version in (before, after)]
    if keys[0] != keys[1]:
        raise WrongValue(
            f"rows are identified by {keys[0]} in {before.name} and by {keys[1]} in {after.name}",
            where="conf/schema/, role id",
            todo="compare versions of one problem: git log --oneline -- params.yaml",
        )
    return keys[0]


def find_key(version: Version) -> str:
    """The column with the role id; raises WrongValue where the version's schema has none."""
    problem = (version.read_record(paths.PARAMS) or {}).get("problem")
    schema = paths.CONF / "schema" / f"{problem}.yaml"
    columns = (version.read_record(schema) or {}).get("columns") or {}
    found = next((str(name) for name, column in columns.items() if column.get("role") == "id"), None)
    if found is None:
        raise WrongValue(
            f"no column of {version.name} has the role id, which identifies rows",
            where=f"{version.name}:{schema}, key columns",
            todo="give one column role: id, and commit it with what dvc repro makes of it",
        )
    return found


def locate_rows(version: Version, path: Path, key: str) -> Path:
    """Where a table of a version is; raises UnfitTable where the version was committed before it was rebuilt."""
    place = version.locate(path)
    columns = data_diff.list_columns(place)
    if key in columns:
        return place
    raise UnfitTable(
        f"{version.name} is half built: its schema identifies rows by {key}, and its {path} has no such column",
        where=f"{version.name}:{path}, whose columns are {list_names(columns)}",
        todo="name a revision that was rebuilt before it was committed: git log --oneline -- dvc.lock"
        if version.revision
        else "dvc repro",
    )


def list_facts(diff: DataDiff) -> list[tuple[str, str]]:
    """The changes other than those of columns, each under its topic."""
    return [*batch_facts(diff.batches), *row_facts(diff.table), ("parts", describe_overlap(diff.overlap))]


def batch_facts(batches: BatchChanges) -> list[tuple[str, str]]:
    """The batches that were added, removed or changed."""
    count = f"{len(batches.added)} added, {len(batches.removed)} removed, {batches.same} unchanged"
    named = [
        (f"  {kind}", f"{name}, {format_count(rows, 'row')}")
        for kind, some in (("added", batches.added), ("removed", batches.removed))
        for name, rows in some.items()
    ]
    return [("batches", count), *named, *(("  changed", name) for name in batches.changed)]


def row_facts(table: TableChanges) -> list[tuple[str, str]]:
    """The rows and the columns that were added, removed or changed."""
    count = (
        f"{table.before:,} before, {table.after:,} after: {table.added:,} added, "
        f"{table.removed:,} removed, {table.changed:,} changed"
    )
    named = [("new columns", table.new_columns), ("lost columns", table.lost_columns)]
    types = [("retyped", f"{name}: {one} before, {other} after") for name, (one, other) in table.retyped.items()]
    return [("rows", count), *((topic, ", ".join(names)) for topic, names in named if names), *types]


def describe_overlap(overlap: PartOverlap) -> str:
    """Test rows that the models of the other version may learn from."""
    return (
        f"{overlap.test_seen_before:,} of {overlap.test_after:,} test rows after were train or valid before, "
        f"{overlap.test_opened:,} of {overlap.test_before:,} test rows before are train or valid after"
    )


def format_text(diff: DataDiff) -> list[str]:
    """The lines for a terminal."""
    lines = [f"from {diff.before} to {diff.after}", ""]
    lines += [f"{topic:12} {fact}" for topic, fact in list_facts(diff)]
    lines += ["", f"columns, largest shift first: {COMPARED[diff.table.compared]}"]
    lines += [f"  {row[0]:24} {row[1]:>22} {row[2]:>10} {row[3]:>18}" for row in [HEAD, *shift_rows(diff.table)]]
    return lines + [note for note in [hidden_note(diff.table)] if note]


def render_markdown(diff: DataDiff) -> str:
    """The same as Markdown."""
    return templates.render(
        __file__,
        "md",
        diff=diff,
        facts=[(topic.strip(), escape_words(fact)) for topic, fact in list_facts(diff)],
        compared=COMPARED[diff.table.compared],
        head=HEAD,
        rows=[[escape_words(cell) for cell in row] for row in shift_rows(diff.table)],
        note=hidden_note(diff.table),
    )


def shift_rows(table: TableChanges) -> Iterable[tuple[str, str, str, str]]:
    """The columns that shifted most, each with its size, its p-value after Holm's correction and its missing shares."""
    return [shift_cells(column) for column in table.columns[:SHOWN]]


def hidden_note(table: TableChanges) -> str:
    """How many columns are not shown; empty where all are."""
    more = len(table.columns) - SHOWN
    return f"and {format_count(more, 'column')} with smaller shifts; --json has all" if more > 0 else ""
