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
        ([("a", "b"), ("3", "1", "x"), ("17", "2", "y")], "first"),
        ([("id", "b"), ("1", "k-8", "x"), ("2", "k-9", "y")], "first"),
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


@pytest.mark.parametrize(
    "rows",
    [
        [("id", "b"), ("k-8", "1", "x"), ("k-9", "2", "y")],
        [("MemberNo", "b"), ("8", "170", "x"), ("9", "181", "y")],
        [("id", "b"), ("1", "k", "x"), ("2", "k", "y")],
        [("patient", "b"), ("Ann", "1", "x"), ("Bo", "2", "y")],
        [("Name", "b"), ("Ann", "1", "x"), ("Bo", "2", "y")],
        [("income", "b"), ("3100", "1", "x"), ("2100", "2", "y")],
        [("height", "b"), ("170.1", "1", "x"), ("181.4", "2", "y")],
        [("day", "b"), ("2024-01-02", "1", "x"), ("2024-01-03", "2", "y")],
    ],
)
def test_first_cells_that_may_have_a_name_are_asked_about(rows: list[Cells]) -> None:
    with pytest.raises(SourceError, match="every row has 3 cells, the header has 2") as caught:
        detect_extra(rows, {}, "a.csv", 1)
    assert "--read extra=first" in caught.value.todo


def test_one_filled_cell_behind_delimiters_at_the_end_moves_no_column() -> None:
    rows: list[Cells] = [("a", "b"), ("r", "1", None), ("s", "2", "y"), ("t", "3", None), ("u", "4", None)]
    with pytest.raises(SourceError) as caught:
        detect_extra(rows, {}, "a.csv", 1)
    found = "every row has 3 cells, the header has 2; the last one is empty in all but 1 row, with 'y'"
    assert caught.value.what == found


def test_what_is_given_is_kept() -> None:
    rows: list[Cells] = [("a", "b"), ("1", "1", "x"), ("1", "2", "y")]
    assert detect_extra(rows, {"extra": "first"}, "a.csv", 1) == ("first", [])
    assert detect_extra(rows, {"header": False}, "a.csv", 1) == ("", [])


def test_rows_are_aligned_with_their_names() -> None:
    assert [*align_rows([("a",), ("1", None)], "last")] == [["a"], ["1"]]
    assert [*align_rows([("a",), ("r", "1")], "first")] == [[None, "a"], ("r", "1")]
