"""Label files without erased rows: a file is named by its bytes, so that its name in `conf/source/` changes, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lifecycle import paths
from lifecycle.erasure.content import file_holds
from lifecycle.erasure.rewriting import filter_file
from lifecycle.erasure.search import Search
from lifecycle.errors import FileError, MissingFile
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.programs import run_program, shorten_message
from lifecycle.io.records import edit_yaml, read_yaml
from lifecycle.io.yaml_edit import remove_item, replace_item

KEY = "batches"  # of a source that reads label files


def find_label_files(search: Search) -> list[Path]:
    """The label files with rows that go; raises MissingFile where one that DVC keeps is not here."""
    for entry in sorted(paths.FEEDBACK.glob("*.dvc")):
        if not entry.with_suffix("").exists():
            raise MissingFile(
                f"{entry.with_suffix('')} is not here, so nothing tells whether it holds such rows",
                where=str(entry),
                todo=f"dvc checkout {entry}, or: dvc pull {entry}",
            )
    return [path for path in sorted(paths.FEEDBACK.glob("*.parquet")) if file_holds(path, search)]


def name_label_files(files: Sequence[Path], search: Search) -> dict[str, str]:
    """The name of each file once the rows are gone, by its present one; no entry where no row is left."""
    names = {}
    for path in files:
        left = filter_file(path, search)
        if not left.is_empty:
            beside = path.with_name("new.parquet.part")
            left.write(beside)
            names[path.stem] = hash_sha256(beside)[:12]
            beside.unlink()
    return names


def rewrite_label_files(files: Sequence[Path], names: Mapping[str, str], search: Search) -> None:
    """Put a new file in place of each, known to DVC and listed in `conf/source/` as the old one was."""
    for path in files:
        if path.stem in names:
            new = path.with_stem(names[path.stem])
            filter_file(path, search).write(new)
            run_dvc("add", "--quiet", str(new))
        for source in find_sources(path.stem):
            rename_entry(source, path.stem, names.get(path.stem))
        remove_file(path)


def find_sources(name: str) -> list[Path]:
    """The files of conf/source/ that list a label file."""
    entries = {path: read_yaml(path) for path in sorted((paths.CONF / "source").glob("*.yaml"))}
    return [path for path, entry in entries.items() if isinstance(entry, dict) and name in (entry.get(KEY) or [])]


def rename_entry(source: Path, before: str, after: str | None) -> None:
    """List a label file under its new name; without one it is not listed any more."""
    where = str(source)
    if after is None:
        edit_yaml(source, lambda text: remove_item(text, [KEY], before, where))
    else:
        edit_yaml(source, lambda text: replace_item(text, [KEY], before, after, where))


def remove_file(path: Path) -> None:
    """Remove a label file, and what DVC knows of it."""
    entry = path.with_name(f"{path.name}.dvc")
    if entry.exists():
        run_dvc("remove", "--quiet", str(entry))
    path.unlink(missing_ok=True)


def run_dvc(*arguments: str) -> None:
    """Run a DVC command; raises FileError with its message where it fails."""
    done = run_program(["dvc", *arguments])
    if done.returncode:
        raise FileError(
            f"dvc {' '.join(arguments)} failed: {shorten_message(done)}",
            where=arguments[-1],
            todo="the same command again, once that is mended",
        )
