"""Files of the workspace beside batches and label files that hold rows which must go: logs, outputs, reports, runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lifecycle import paths
from lifecycle.erasure.content import file_holds
from lifecycle.erasure.label_files import run_dvc
from lifecycle.erasure.rewriting import filter_file, is_made_of_rows, rewrite_file
from lifecycle.erasure.search import Search
from lifecycle.erasure.stored_events import is_part_of_store
from lifecycle.io.lock import is_in_use
from lifecycle.io.progress import track
from lifecycle.versioning import git_trees

TOPS = (Path("data"), Path("models"), paths.CODE.parent, paths.RUNS)
LOGS = (paths.SERVED, Path("data/shadow"))


@dataclass(frozen=True)
class FileChange:
    """A file that holds such rows: those that go of those it has, or with no number of rows the file as a whole."""

    path: Path
    removed: int = 0
    rows: int = 0
    rebuilt: bool = False


def find_files(search: Search, outputs: Collection[Path]) -> list[FileChange]:
    """The files that hold such rows; those of stages' outputs go, since the next `dvc repro` makes them anew."""
    files = [path for path in list_files() if path.parent != paths.FEEDBACK or path.suffix != ".parquet"]
    with track("erase", files, "files") as looked:
        return [describe_file(path, search, outputs) for path in looked if file_holds(path, search)]


def list_files() -> Iterator[Path]:
    """The files that stages, services and runs write, but raw batches, records of erasures and stores of events."""
    for top in TOPS:
        for path in sorted(top.rglob("*")):
            around = {path, *path.parents}
            if path.is_file() and not around & {paths.RAW, paths.ERASED} and not is_part_of_store(path):
                yield path


def describe_file(path: Path, search: Search, outputs: Collection[Path]) -> FileChange:
    """What becomes of a file."""
    if {path, *path.parents} & set(outputs):
        return FileChange(path, rebuilt=True)
    if not is_made_of_rows(path):
        return FileChange(path)
    left = filter_file(path, search)
    return FileChange(path, left.removed, left.rows)


def find_busy(changes: Sequence[FileChange]) -> list[FileChange]:
    """The logs among the files that a running service appends to: it would go on in a file that is nobody's."""
    return [one for one in changes if set(one.path.parents) & set(LOGS) and is_in_use(one.path)]


def change_files(changes: Sequence[FileChange], search: Search) -> None:
    """Write the files again without the rows, or remove those that can only go as a whole."""
    for one in changes:
        if one.rows and one.removed:
            rewrite_file(one.path, search)
        else:
            one.path.unlink()
        if one.path.exists() and one.path.with_name(f"{one.path.name}.dvc").exists():
            run_dvc("add", "--quiet", str(one.path))


def find_others(search: Search) -> list[Path]:
    """Files beside those folders that hold such rows: a person wrote them, so they are named and left alone."""
    listed = git_trees.git("ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    files = sorted({Path(name) for name in listed if name})
    ours = [path for path in files if not set(path.parents) & {*TOPS}]
    return [path for path in ours if path.is_file() and not path.is_symlink() and file_holds(path, search)]
