"""diff: what changed between two data versions: batches, rows, columns, how values moved, and overlap of parts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.errors import WrongValue
from lifecycle.io.atomic import must_exist
from lifecycle.io.records import read_json, read_yaml, rounded
from lifecycle.reporting.text import counted
from lifecycle.versioning import data_diff, revisions

USAGE = "lifecycle diff [--markdown | --json] [REV] [REV]"
HERE = "workspace"
SHOWN = 20  # columns in a table for reading
GROUPS = {
    "added": "the rows added against those before",
    "removed": "the rows removed against those left",
    "all": "all rows, which have the same ids: no test is possible",
}


@dataclass(frozen=True)
class Version:
    """A data version by its name: a revision, or the workspace."""

    name: str

    def file(self, path: Path) -> Path:
        """Where the bytes of an output of the version stand; raises MissingFile."""
        return must_exist(path) if self.name == HERE else revisions.located(self.name, path)

    def json(self, path: Path) -> Any:
        """A record of the version; raises MissingFile or CorruptFile."""
        return read_json(path) if self.name == HERE else revisions.record(self.name, path)

    def yaml(self, path: Path) -> Any:
        """A YAML file of the version; raises MissingFile or CorruptFile."""
        return read_yaml(path) if self.name == HERE else revisions.record(self.name, path)


def main(arguments: list[str]) -> int:
    """Print what changed, as text, Markdown or JSON."""
    parser = Parser(prog="lifecycle diff", usage=USAGE, description="What changed between two data versions.")
    parser.add_argument("revisions", nargs="*", metavar="REV", help="default: HEAD and the workspace")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--markdown", action="store_true", help="tables for a comment or a page")
    shape.add_argument("--json", action="store_true", help="all figures, for programs")
    given = parser.parse_args(arguments)
    found = record(*versions(given.revisions))
    if given.json:
        print(json.dumps(rounded(found), indent=2, sort_keys=True))
    else:
        print("\n".join(markdown(found) if given.markdown else text(found)))
    return 0


def versions(asked: list[str]) -> tuple[Version, Version]:
    """The versions before and after; raises WrongValue for more than two."""
    if len(asked) > 2:
        raise WrongValue(f"{len(asked)} revisions are given", where="command line", todo=USAGE)
    before, after = [*asked, *["HEAD", HERE][len(asked) :]]
    return Version(before), Version(after)


def record(before: Version, after: Version) -> dict[str, Any]:
    """All that changed, as plain values."""
    key = same_key(before, after)
    one, other = before.file(paths.TABLE), after.file(paths.TABLE)
    found = data_diff.compare(one, other, key)
    parts = data_diff.parts(one, before.file(paths.SPLIT), key), data_diff.parts(other, after.file(paths.SPLIT), key)
    return {
        "before": before.name,
        "after": after.name,
        "batches": batches(*(version.json(paths.PROVENANCE)["batches"] for version in (before, after))),
        "table": found.record(),
        "overlap": data_diff.overlap(*parts),
    }


def same_key(before: Version, after: Version) -> str:
    """The column that names rows; raises WrongValue when the versions have different ones."""
    keys = [key_of(version) for version in (before, after)]
    if keys[0] != keys[1]:
        raise WrongValue(
            f"rows are named by {keys[0]} in {before.name} and by {keys[1]} in {after.name}",
            where="conf/schema/, role id",
            todo="compare versions of one problem: git log --oneline -- params.yaml",
        )
    return keys[0]


def key_of(version: Version) -> str:
    """The column with the role id."""
    problem = version.yaml(paths.PARAMS)["problem"]
    columns = version.yaml(paths.CONF / "schema" / f"{problem}.yaml")["columns"]
    return next(str(name) for name, column in columns.items() if column["role"] == "id")


def batches(before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The batches that came, went, and have other bytes under the same name."""
    one, other = ({entry["batch"]: entry for entry in side} for side in (before, after))
    return {
        "added": {name: other[name]["rows"] for name in sorted(other.keys() - one.keys())},
        "removed": {name: one[name]["rows"] for name in sorted(one.keys() - other.keys())},
        "changed": sorted(name for name in one.keys() & other.keys() if one[name]["sha256"] != other[name]["sha256"]),
        "same": sum(1 for name in one.keys() & other.keys() if one[name]["sha256"] == other[name]["sha256"]),
    }


def facts(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What there is to say beside the columns, by topic."""
    return [*of_batches(found["batches"]), *of_rows(found["table"]), ("parts", of_parts(found["overlap"]))]


def of_batches(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The batches that came, went or changed."""
    count = f"{len(told['added'])} added, {len(told['removed'])} removed, {told['same']} the same"
    named = [
        (f"  {kind}", f"{name}, {counted(rows, 'row')}")
        for kind in ("added", "removed")
        for name, rows in told[kind].items()
    ]
    return [("batches", count), *named, *(("  changed", name) for name in told["changed"])]


def of_rows(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rows that came, went or changed, and the columns that did."""
    count = (
        f"{table['before']:,} before, {table['after']:,} after: {table['added']:,} added, "
        f"{table['removed']:,} removed, {table['changed']:,} with other values"
    )
    named = [("new columns", table["new_columns"]), ("lost columns", table["lost_columns"])]
    types = [("retyped", f"{name}: {one} before, {other} after") for name, (one, other) in table["retyped"].items()]
    return [("rows", count), *((topic, ", ".join(names)) for topic, names in named if names), *types]


def of_parts(overlap: Mapping[str, int]) -> str:
    """Test rows that the models of the other version may learn from."""
    return (
        f"{overlap['test_seen_before']:,} of {overlap['test_after']:,} test rows after were train or valid before, "
        f"{overlap['test_opened']:,} of {overlap['test_before']:,} test rows before are train or valid after"
    )


def text(found: Mapping[str, Any]) -> list[str]:
    """What changed, for a terminal."""
    table = found["table"]
    lines = [f"from {found['before']} to {found['after']}", ""]
    lines += [f"{topic:12} {said}" for topic, said in facts(found)]
    lines += ["", f"columns, most moved first: {GROUPS[table['compared']]}"]
    lines += [f"  {row[0]:24} {row[1]:>22} {row[2]:>10} {row[3]:>18}" for row in [HEAD, *rows(table)]]
    return lines + left_out(table)


def markdown(found: Mapping[str, Any]) -> list[str]:
    """What changed, as Markdown."""
    table = found["table"]
    lines = [f"### Data from `{found['before']}` to `{found['after']}`", ""]
    lines += [f"- {topic.strip()}: {escaped(said)}" for topic, said in facts(found)]
    lines += ["", f"Columns, most moved first: {GROUPS[table['compared']]}.", ""]
    lines += [f"| {' | '.join(HEAD)} |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(map(escaped, row))} |" for row in rows(table)]
    return [*lines, "", *left_out(table)]


HEAD = ("column", "size", "p_value", "missing")


def rows(table: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """The columns that moved most, each with its size, its p-value after Holm and its missing shares."""
    return [row(column) for column in table["columns"][:SHOWN]]


def row(column: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """One column for reading."""
    measure = "d" if column["kind"] == "number" else "TV"
    size = "-" if column["size"] is None else f"{measure} {column['size']:.3f}"
    if column["distance"] is not None:
        size += f", KS {column['distance']:.3f}"
    if column["stability"] is not None:
        size += f", PSI {column['stability']:.3f}"
    p_value = (
        "-" if column["p_value"] is None else "<0.0001" if column["p_value"] < 1e-4 else f"{column['p_value']:.4f}"
    )
    one, other = column["missing"]
    return column["name"], size, p_value, f"{one:.1%} to {other:.1%}"


def left_out(table: Mapping[str, Any]) -> list[str]:
    """How many columns are not shown."""
    more = len(table["columns"]) - SHOWN
    return [f"and {counted(more, 'column')} that moved less; --json has all"] if more > 0 else []


def escaped(said: str) -> str:
    """The text so that Markdown shows it as it is."""
    return said.replace("\\", "\\\\").replace("|", "\\|").replace("`", "\\`").replace("<", "&lt;")
