"""lifecycle new on odd files: files that the stages take with the rows that the file has, or three lines."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lifecycle import config, paths
from lifecycle.__main__ import main
from lifecycle.data.cleaning import Clean
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.errors import LifecycleError
from lifecycle.io.records import read_yaml
from lifecycle.io.tables import read_table
from lifecycle.options import Call
from lifecycle.stages import clean, collect

CLASSES = {"problem": Problem, "source": Call, "schema": Schema, "clean": Clean}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prepared(tmp_path, monkeypatch)
    return tmp_path


def prepared(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """A folder that looks like a repository, as the working folder."""
    (folder / "conf").mkdir()
    (folder / "params.yaml").write_text("problem: toy\n", encoding="utf-8")
    patch.chdir(folder)


def cleaned() -> pd.DataFrame:
    """Every row that collect and clean make of the five files, kept or rejected."""
    found = config.load(dataclasses.make_dataclass("Every", list(CLASSES.items())))
    collect.run(collect.Config(source=found.source, through=date(2013, 1, 31)))
    clean.run(clean.Config(problem=found.problem, schema=found.schema, clean=found.clean))
    return pd.concat([read_table(paths.TABLE), read_table(paths.REJECTED)], ignore_index=True)


def new(data: bytes, *arguments: str) -> int:
    """The exit code for a file with these bytes."""
    Path("toy.csv").write_bytes(data)
    return main(["new", "toy", "--data", "toy.csv", *arguments])


def three_lines(said: str) -> tuple[str, str, str]:
    """What, where and next of a rejection that says nothing else."""
    what, where, todo = said.splitlines()
    assert (what[:7], where[:7], todo[:7]) == ("error: ", "where: ", "next:  ")
    return what[7:], where[7:], todo[7:]


def shop(rows: int, header: str = "key,size,left", ending: str = "\n") -> str:
    """A table whose last column has two values."""
    lines = [f"k{one},{one * 37 % 50}.5,{'yes' if one % 3 else 'no'}" for one in range(rows)]
    return ending.join([header, *lines]) + ending


EQUAL = "key,size,left\n" + "".join(f"k{one},{one * 37 % 50},yes\n" for one in range(40))
RARE = "key,size,kind\n" + "".join(
    f"k{one},{one * 37 % 50},{'once' if one == 7 else 'ab'[one % 2]}\n" for one in range(60)
)
MIXED = "key,size,left\n" + "".join(
    f"k{one},{'large' if one % 20 == 1 else one * 37 % 11},{'yes' if one % 3 else 'no'}\n" for one in range(60)
)
TOLD = ["stays, so far", "left\nagain", "left\nagain"]
BREAKS = "key,size,left\n" + "".join(f'k{one},{one * 37 % 50}.5,"{TOLD[one % 3]}"\n' for one in range(40))
SPARSE = "key,size,empty,left\n" + "".join(f"k{one},,,{'yes' if one % 3 else 'no'}\n" for one in range(40))


@pytest.mark.parametrize(
    ("data", "target", "what"),
    [
        (b"", "left", "the file is empty"),
        (b"\xef\xbb\xbf", "left", "there are no rows"),
        (b"\n\n  \n", "left", "the file is empty"),
        (b"key,size,left\n", "left", "the table has 0 rows and 3 columns"),
        (shop(1).encode(), "left", "the target 'left' is 'no' in every row that has one"),
        (EQUAL.encode(), "left", "the target 'left' is 'yes' in every row that has one: there is nothing to learn"),
        (b"left\n" + b"yes\nno\n" * 20, "left", "no column is left to learn from"),
        (SPARSE.encode(), "left", "no column is left to learn from"),
        (SPARSE.encode(), "empty", "the target 'empty' is always missing"),
        (shop(40, "key,left,left").encode(), "lefd", "the table has no column 'lefd'"),
    ],
)
def test_nothing_to_learn_is_a_three_line_error_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], data: bytes, target: str, what: str
) -> None:
    assert new(data, "--target", target) == 2
    assert three_lines(capsys.readouterr().err)[0].startswith(what)
    assert list(folder.glob("conf/*/*")) == []


@pytest.mark.parametrize(
    ("data", "target", "rows", "said"),
    [
        (shop(60).encode("utf-8-sig"), "left", 60, "encoding utf-8-sig"),
        (shop(60, "key,größe,left").encode("latin-1"), "left", 60, "encoding cp1252, a guess"),
        (shop(60, "🔑,📏,🚪").encode(), "🚪", 60, "🚪 is positive in"),
        (shop(60, ending="\r\n").encode("utf-16"), "left", 60, "encoding utf-16"),
        (shop(60, "left,size,left").encode(), "left_2", 60, "the name 'left' comes again"),
        (BREAKS.encode(), "left", 40, "left is positive in"),
        (MIXED.encode(), "left", 60, "of them numbers but not large"),
        (b"size\n" + b"1\n2\n3.5\n8\n" * 10, "", 40, "no column identifies a row"),
    ],
    ids=["mark", "latin", "emoji", "wide-letters", "twice", "breaks", "mixed", "one-column"],
)
def test_every_row_of_an_odd_file_reaches_the_table_and_the_oddity_is_noted(
    folder: Path, capsys: pytest.CaptureFixture[str], data: bytes, target: str, rows: int, said: str
) -> None:
    assert new(data, *(["--target", target] if target else [])) == 0
    assert said in capsys.readouterr().out
    assert len(cleaned()) == rows


def test_rows_of_a_class_too_small_for_every_part_are_rejected_and_noted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(RARE.encode(), "--target", "kind") == 0
    assert "fewer than 5 rows of once (1): clean rejects and counts them" in capsys.readouterr().out
    assert "once" not in read_yaml(folder / "conf/schema/toy.yaml")["columns"]["kind"]["categories"]
    assert (len(cleaned()), len(read_table(paths.TABLE))) == (60, 59)
    (rejected,) = read_table(folder / "data/rejected.parquet").to_dict("records")
    assert "kind" in rejected["reason"]


def test_a_file_of_two_thousand_columns(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = [[str((row * 31 + place * 17 + row * place) % 97) for place in range(1999)] for row in range(20)]
    lines = [["left", *(f"x{place}" for place in range(1999))]]
    lines += [["ny"[place % 2], *row] for place, row in enumerate(numbers)]
    assert new("\n".join(",".join(line) for line in lines).encode(), "--target", "left") == 0
    said = capsys.readouterr().out
    assert said.startswith("toy: 20 rows, 2,000 columns\n")
    assert "and 1,960 more in conf/schema/toy.yaml" in said


ODD_NAMES = (
    "size",
    "size",
    "🚪",
    "a b",
    "größe",
    "no",
    "",
    " x ",
    "id",
    "time",
    "part",
    "row",
    "1",
    "a;b",
    'q"q',
    "n\nl",
)
ODD_CELLS = ("1", "2.5", "1,5", "", "NA", "?", "yes", "no", "große Tür", "🚲", "a\nb", "x;y", "2020-01-31", "$7.00")
CELLS: tuple[st.SearchStrategy[str], ...] = (
    st.sampled_from(ODD_CELLS),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["yes", "no"]),
    st.just("same"),
    st.just(""),
    st.integers(-999, 999).map(str),
)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """The bytes of a table in a file, and its names."""
    names = draw(st.lists(st.sampled_from(ODD_NAMES), min_size=1, max_size=5))
    rows = draw(st.sampled_from([0, 1, 2, 30]))
    columns = [draw(st.lists(draw(st.sampled_from(CELLS)), min_size=rows, max_size=rows)) for _ in names]
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=draw(st.sampled_from(",;\t|")), quoting=draw(st.sampled_from([0, 1])))
    writer.writerows([names, *zip(*columns, strict=True)])
    return stream.getvalue().encode(
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"])), "replace"
    ), names


def outcome(tmp_path_factory: pytest.TempPathFactory, run: Callable[[], Any]) -> str:
    """What a run in a fresh folder says: the error's three lines, or nothing."""
    with pytest.MonkeyPatch.context() as patch:
        prepared(tmp_path_factory.mktemp("toy"), patch)
        said: list[str] = []
        patch.setattr("lifecycle.stages.runner.print", lambda error, **more: said.append(str(error)), raising=False)
        run()
        return "\n".join(said)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(made=files(), asking=st.booleans())
@example(made=(b"", []), asking=False)
@example(made=(b"\xff\xfe", []), asking=False)
@example(made=(b'a,b\n"1\n2",3\n', ["a", "b"]), asking=True)
def test_any_file_gives_a_table_of_its_rows_or_three_lines(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[bytes, list[str]], asking: bool
) -> None:
    data, names = made
    target = ["--target", names[-1]] if asking and names and names[-1].strip() == names[-1] and names[-1] else []

    def run() -> None:
        if new(data, *target):
            assert list(Path("conf").glob("*/*")) == []
            return
        try:
            assert len(cleaned()) == len(read_table(next(paths.RAW.glob("toy/*"))))
        except LifecycleError as error:
            assert error.what.startswith(("no row is left", "all labels are equal"))

    said = outcome(tmp_path_factory, run)
    if said:
        three_lines(said)
