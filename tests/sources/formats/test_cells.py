"""A table from rows of cells: where its names are, and which lines are no rows."""

from collections.abc import Sequence
from typing import Any

import pytest

from lifecycle.errors import SourceError
from lifecycle.sources.formats.cells import Layout, build_table, join_names
from lifecycle.sources.formats.entry import ReadResult


def build(*rows: Sequence[Any], layout: Layout | None = None) -> ReadResult:
    """The table of these rows, numbered from 1."""
    numbered = [(number, [*row]) for number, row in enumerate(rows, start=1)]
    return build_table(numbered, layout=layout or Layout(), cells="object", where="a.csv", packed=0)


def columns(result: ReadResult) -> dict[str, list[Any]]:
    """The columns of the table."""
    return {name: [*result.rows[name]] for name in result.rows.columns}


def test_rows_equal_to_the_header_are_left_out_with_their_lines() -> None:
    found = build(["a", "b"], ["1", "x"], ["a", "b"], ["a", "y"], ["a", "b"])
    assert columns(found) == {"a": ["1", "a"], "b": ["x", "y"]}
    assert found.left_out == {"equal to the header": (3, 5)}


def test_a_header_that_comes_again_in_other_case_is_left_out_too() -> None:
    found = build(["Id", "height"], ["1", "170"], ["ID", "HEIGHT"], ["ID", "171"], [" id", "Height "])
    assert columns(found) == {"Id": ["1", "ID"], "height": ["170", "171"]}
    assert found.left_out == {"equal to the header": (3, 5)}


def test_the_only_cell_of_a_row_is_a_value_where_its_case_differs_from_the_name() -> None:
    assert columns(build(["yes"], ["Yes"], ["no"], ["yes"])) == {"yes": ["Yes", "no"]}


def test_without_a_header_every_row_is_one() -> None:
    found = build(["a", "b"], ["a", "b"], layout=Layout(header=False))
    assert columns(found) == {"column_1": ["a", "a"], "column_2": ["b", "b"]}
    assert found.left_out == {}


def test_a_line_of_blanks_is_no_row_of_several_columns() -> None:
    assert columns(build(["a", "b"], ["1", "x"], [None], ["2", "y"])) == {"a": ["1", "2"], "b": ["x", "y"]}
    assert columns(build(["a"], ["1"], [None])) == {"a": ["1", None]}


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        ([["id", "Sales", None], [None, "net", "gross"]], ["id", "Sales net", "Sales gross"]),
        ([["Sales", None, "left"], ["net", "gross", None]], ["Sales net", "Sales gross", "left"]),
        ([["a", "a"], ["x", "x"]], ["a x", "a x"]),
        ([["a", "b"], ["a", "y"]], ["a", "b y"]),
        ([["g", "a", "b"], ["h", "x", "y"], ["id", None, None]], ["id", "a x", "b y"]),
        ([["A", None], ["b", None], ["c", "d"]], ["A b c", "A b d"]),
        ([["a"], ["x", "y"]], ["a x", "a y"]),
        ([[2020, None], ["q1", "q2"]], ["2020 q1", "2020 q2"]),
    ],
)
def test_names_of_several_rows_are_joined(titles: list[list[Any]], names: list[str]) -> None:
    assert join_names(titles) == names


def test_several_rows_of_names_and_their_repetitions() -> None:
    rows: list[list[Any]] = [
        ["id", "Sales", None],
        [None, "net", "gross"],
        ["k", 1, 2],
        ["id", "Sales", None],
        [None, "net", "gross"],
    ]
    found = build(*rows, layout=Layout(header=2))
    assert columns(found) == {"id": ["k"], "Sales net": [1], "Sales gross": [2]}
    assert found.left_out == {"equal to the header": (4, 5)}


def test_an_extra_last_cell_is_empty() -> None:
    last = Layout(extra="last")
    assert columns(build(["a", "b"], ["1", "x", None], ["2", None, None], layout=last)) == {
        "a": ["1", "2"],
        "b": ["x", None],
    }
    assert columns(build(["a", "b", None], ["1", "x"], ["a", "b", None], layout=last)) == {"a": ["1"], "b": ["x"]}
    with pytest.raises(SourceError, match="line 2 has 3 cells, the first row has 2"):
        build(["a", "b"], ["1", "x", "y"], layout=last)


def test_an_extra_first_cell_has_no_name() -> None:
    found = build(["a", "b"], ["r1", "1", "x"], ["a", "b"], layout=Layout(extra="first"))
    assert columns(found) == {"column_1": ["r1"], "a": ["1"], "b": ["x"]}


@pytest.mark.parametrize("layout", [Layout(), Layout(header=False), Layout(header=2)])
def test_too_few_rows_are_an_error(layout: Layout) -> None:
    with pytest.raises(SourceError, match="there are no rows"):
        build(*[["a"]] * (int(layout.header) - 1), layout=layout)
