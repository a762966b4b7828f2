"""The two versions that are compared, an earlier revision and the files here, and what could not be had of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from lifecycle.errors import LifecycleError, UnknownName
from lifecycle.io.atomic import must_exist
from lifecycle.io.records import read_json, read_yaml
from lifecycle.io.tables import read_table
from lifecycle.versioning import revisions

Found = TypeVar("Found")


@dataclass(frozen=True)
class Side:
    """One version: a commit, or without one the files here."""

    name: str
    revision: str | None = None

    def place(self, path: Path) -> Path:
        """Where the bytes of an output stand; raises MissingFile."""
        return must_exist(path) if self.revision is None else revisions.locate(self.revision, path)

    def record(self, path: Path) -> Any:
        """A JSON or YAML file; raises MissingFile or CorruptFile."""
        if self.revision is not None:
            return revisions.read_record(self.revision, path)
        return read_json(path) if path.suffix == ".json" else read_yaml(path)

    def table(self, path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A Parquet table, or some of its columns; raises MissingFile or CorruptFile."""
        return read_table(self.place(path), columns)

    def text(self, path: Path) -> str:
        """A text file that Git keeps; empty where there is none."""
        if self.revision is not None:
            return (revisions.read_tracked(self.revision, path) or b"").decode("utf-8", errors="replace")
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


@dataclass(frozen=True)
class Gap:
    """Something that could not be compared, and what would help."""

    what: str
    todo: str


@dataclass
class Gaps:
    """What could not be compared so far, each thing once."""

    found: list[Gap] = field(default_factory=list)

    def add(self, what: str, todo: str) -> None:
        """Remember something that could not be compared."""
        if all(gap.what != what for gap in self.found):
            self.found.append(Gap(what, todo))

    def attempt(self, side: Side, purpose: str, read: Callable[[Side], Found]) -> Found | None:
        """What is read of a side, or None with a gap that says for which purpose it was wanted."""
        try:
            return read(side)
        except LifecycleError as error:
            self.add(f"{side.name}: {purpose} not compared: {said(error, side)}", error.todo)
            return None


def said(error: LifecycleError, side: Side) -> str:
    """What happened, with a commit in seven digits."""
    return error.what.replace(side.revision, side.revision[:7]) if side.revision else error.what


def base_side(asked: str, gaps: Gaps) -> Side | None:
    """The revision to compare with; None with a gap where a shallow clone lacks it; raises UnknownName elsewhere."""
    try:
        return Side("base", revisions.resolve_revision(asked))
    except UnknownName:
        if revisions.git("rev-parse", "--is-shallow-repository").stdout.strip() != b"true":
            raise
        gaps.add(f"base: nothing compared: this clone is shallow and has no {asked}", "git fetch --unshallow")
        return None
