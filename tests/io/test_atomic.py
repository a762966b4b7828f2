"""Files are replaced whole or not at all."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lifecycle
from lifecycle.errors import MissingFile, StorageFull
from lifecycle.io.atomic import require_file, write_beside, write_folder, write_text


def test_a_file_takes_its_place_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "note.txt"
    with write_beside(path) as beside:
        beside.write_text("new")
        assert not path.exists()
        assert beside.parent == path.parent
    assert path.read_text() == "new"
    assert [entry.name for entry in path.parent.iterdir()] == ["note.txt"]


def test_a_block_that_raises_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), write_beside(path) as beside:
        beside.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["note.txt"]


def test_a_block_that_raises_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), write_beside(tmp_path / "note.txt") as beside:
        beside.write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_said_in_three_lines(tmp_path: Path, number: int) -> None:
    path = tmp_path / "note.txt"
    with pytest.raises(StorageFull) as caught, write_beside(path) as beside:
        beside.write_text("half")
        raise OSError(number, "full")
    assert len(str(caught.value).splitlines()) == 3
    assert caught.value.what == f"no space left to write note.txt ({os.strerror(number).lower()})"
    assert caught.value.where == str(path)
    assert isinstance(caught.value.__cause__, OSError)
    assert list(tmp_path.iterdir()) == []


def test_another_error_of_the_system_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), write_beside(tmp_path / "note.txt"):
        raise PermissionError(errno.EACCES, "no")


FILL = """
import resource, sys
from pathlib import Path
import numpy, pandas, skops.io
from lifecycle.errors import StorageFull
from lifecycle.io.atomic import write_text
from lifecycle.modeling.persistence import write_model
from lifecycle.io.tables import write_csv, write_table

numbers = numpy.random.default_rng(1).normal(size=20_000)
table = pandas.DataFrame({"number": numbers})
writers = {
    "text": lambda path: write_text(path, "x" * 100_000),
    "table": lambda path: write_table(path, table),
    "csv": lambda path: write_csv(path, table),
    "model": lambda path: write_model(path, {"numbers": numbers}),
}
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
for name, write in writers.items():
    try:
        write(Path(name))
    except StorageFull as error:
        print(name, error.exit_code, error.what)
"""


def test_no_writer_leaves_half_a_file_when_the_disk_takes_no_more(tmp_path: Path) -> None:
    for name in ("text", "table", "csv", "model"):
        (tmp_path / name).write_text("old")
    environment = os.environ | {"PYTHONPATH": str(Path(lifecycle.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", FILL],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        f"{name} 2 no space left to write {name} (file too large)" for name in ("text", "table", "csv", "model")
    ]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        ("text", "table", "csv", "model"), "old"
    )


@pytest.mark.parametrize(("text", "written"), [("é", "é\n"), ("a\n\n", "a\n"), ("", "\n")])
def test_text_is_utf_8_and_ends_in_one_line_break(tmp_path: Path, text: str, written: str) -> None:
    write_text(tmp_path / "note.txt", text)
    assert (tmp_path / "note.txt").read_bytes() == written.encode("utf-8")


def test_a_missing_file_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    with pytest.raises(MissingFile) as caught:
        require_file(path)
    assert str(caught.value) == f"error: {path} does not exist\nwhere: {path}\nnext:  dvc repro {path}"
    path.touch()
    assert require_file(path) == path


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "release", {"a": b"1", "b": b"2"})
    write_folder(tmp_path / "release", {"b": b"3"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "release").iterdir()} == {"b": b"3"}
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_a_folder_that_cannot_be_written_leaves_the_earlier_one(tmp_path: Path) -> None:
    write_folder(tmp_path / "release", {"a": b"1"})
    with pytest.raises(OSError):
        write_folder(tmp_path / "release", {"a": b"2", "no/such/folder": b"3"})
    assert (tmp_path / "release" / "a").read_bytes() == b"1"
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
