"""Rows with more cells than the header."""

import pytest

from lifecycle.errors import SourceError
from lifecycle.onboarding.detect.extra_cells import align_rows, detect_extra
from lifecycle.onboarding.detect.header import Cells


@pytest.mark.parametrize(
    ("rows", "extra"),
    [
        ([("a", "b"), ("1", "x"), ("2", "y")], ""),
        ([("a", "b"), ("1", "x", None), ("2", "y", None)], "last"),
        ([("a", "b"), ("1", "x"), ("2", "y", None)], "last"),
        ([("a", "b", None), ("1", "x", None), ("2", None, None)], "last"),
        ([("a", "b", None), ("1", "x"), ("2", "y")], "last"),
        ([("a", "b", None, None), ("1", "x", None, None)], "last"),
        ([("a", "b", None), ("1", "x", None), ("2", "y", "z")], ""),
        ([("a", "b"), ("r1", "1", "x"), ("r2", "2", "y")], "first"),
        ([("a", "b"), ("1", "x", "z")], ""),
        ([("a", "b"), ("1", "x"), ("2", "y", "z")], ""),
        ([("a", "b"), ("1", "x", None), (), ("2", "y", None)], "last"),
        ([("a", "b"), ("1",), ("2", "y", None)], ""),
    ],
)
def test_the_extra_cell_is_empty_or_names_the_row(rows: list[Cells], extra: str) -> None:
    assert detect_extra(rows, {}, "a.csv", 1)[0] == extra


@pytest.mark.parametrize(
    ("rows", "what", "todo"),
    [
        (
            [("a", "b"), ("1", "1", "x"), ("1", "2", "y")],
            "every row has 3 cells, the header has 2",
            "--read extra=first, if the first cell is the one without a name; or give every column a name; or leave "
            "the names out: --read header=false --read skip=4",
        ),
        (
            [("a", "b"), ("1", "1", "x", "p"), ("1", "2", "y", "q")],
            "every row has 4 cells, the header has 2",
            "give every column a name; or leave the names out: --read header=false --read skip=4",
        ),
    ],
)
def test_other_cells_without_a_name_are_said(rows: list[Cells], what: str, todo: str) -> None:
    with pytest.raises(SourceError) as caught:
        detect_extra(rows, {}, "a.csv", 4)
    assert (caught.value.what, caught.value.where, caught.value.todo) == (what, "a.csv, line 4", todo)


def test_what_is_given_is_kept() -> None:
    rows: list[Cells] = [("a", "b"), ("1", "1", "x"), ("1", "2", "y")]
    assert detect_extra(rows, {"extra": "first"}, "a.csv", 1) == ("first", [])
    assert detect_extra(rows, {"header": False}, "a.csv", 1) == ("", [])


def test_rows_are_aligned_with_their_names() -> None:
    assert [*align_rows([("a",), ("1", None)], "last")] == [["a"], ["1"]]
    assert [*align_rows([("a",), ("r", "1")], "first")] == [[None, "a"], ("r", "1")]
