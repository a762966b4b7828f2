"""One version of the repository, a commit or the files in the workspace, and how its files are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lifecycle.errors import MissingFile
from lifecycle.io.atomic import require_file
from lifecycle.io.records import read_json, read_yaml
from lifecycle.io.tables import read_table
from lifecycle.versioning import revisions


@dataclass(frozen=True)
class Version:
    """A version by the name that messages use; without a `revision` it is the workspace."""

    name: str
    revision: str | None = None

    def locate(self, path: Path) -> Path:
        """Where the bytes of an output are: in the workspace or in DVC's cache; raises MissingFile."""
        return require_file(path) if self.revision is None else revisions.locate(self.revision, path)

    def read_record(self, path: Path) -> Any:
        """The content of a JSON or YAML file; raises MissingFile or CorruptFile."""
        if self.revision is not None:
            return revisions.read_record(self.revision, path)
        return read_json(path) if path.suffix == ".json" else read_yaml(path)

    def read_lock(self) -> revisions.Lock:
        """dvc.lock with the stages that the version defines; raises MissingFile where there is none."""
        lock = revisions.read_current_lock() if self.revision is None else revisions.read_lock(self.revision)
        if not lock:
            raise MissingFile(f"{self.name} has no {revisions.LOCK}", where=revisions.LOCK, todo="dvc repro")
        return lock

    def read_table(self, path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A Parquet table, or some of its columns; raises MissingFile or CorruptFile."""
        return read_table(self.locate(path), columns)

    def read_text(self, path: Path) -> str:
        """A text file that Git tracks; empty where the version has none."""
        if self.revision is not None:
            return (revisions.read_tracked(self.revision, path) or b"").decode("utf-8", errors="replace")
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
