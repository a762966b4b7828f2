import pytest

from lifecycle.onboarding.detect.header import (
    Cells,
    count_header_rows,
    describe_header,
    describe_skipped,
    find_first_row,
    find_usual_width,
    has_names,
)


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([("id", "price"), ("1", "2.5"), ("2", "3.5")], True),
        ([("1", "2.5"), ("2", "3.5")], False),
        ([("country", "2011", "2012"), ("x", "1", "2")], True),
        ([("a", "b"), ("c", "d"), ("e", "f")], True),
        ([("x", "y"), ("x", "z"), ("y", "y")], False),
        ([("day", "2013-01-01"), ("2013-01-02", "2013-01-03")], False),
    ],
)
def test_a_header_has_words_above_values(rows: list[Cells], header: bool) -> None:
    assert has_names(rows) is header


def test_titles_and_comments_above_the_table_are_skipped() -> None:
    rows: list[Cells] = [("Prices of 2013",), ("# made on Monday",), ("id", "a", "b"), ("1",) * 3]
    assert find_usual_width(rows) == 3
    assert find_first_row(rows, 3) == 2
    (note,) = describe_skipped(rows, 2, "line")
    assert note.what == "2 lines above the table left out"
    assert note.why == "the first one, 'Prices of 2013', is not part of the columns"


def test_corrected_names_and_a_missing_header_are_noted() -> None:
    notes = describe_header([["id", "", "id", " a "]], header=1)
    assert [(note.what, note.why) for note in notes] == [
        ("column 2 is called 'column_2'", "its name is empty"),
        ("column 3 is called 'id_2'", "the name 'id' comes again"),
        ("column 4 is called 'a'", "there are blanks around or in ' a '"),
    ]
    (note,) = describe_header([["1", "2"]], header=0)
    assert note.what == "no header: columns are column_1 to column_2"


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([("id", "Sales", None), ("", "net", "gross"), ("k1", "1", "2"), ("k2", "3", "4")], 2),
        ([("Customer", None, "Sales"), ("code", "since", "net"), ("k1", "x", "2"), ("k2", "y", "4")], 2),
        ([("a", "a", "b"), ("x", "y", "z"), ("1", "2", "k"), ("3", "4", "k")], 2),
        ([(None, "a", "a"), (None, "x", "y"), ("id", None, None), ("1", "2", "3"), ("4", "5", "6")], 3),
        ([("town", "sales", None), (None, "2019", "2020"), ("x", "1", "2"), ("y", "3", "4")], 2),
        ([("id", "temp", "wind"), (None, "°C", "m/s"), ("1", "2.5", "3"), ("2", "3.5", "4")], 2),
        ([("id", "temp", "wind"), (None, "n/a", "-"), ("2", "2.5", "3"), ("3", "3.5", "4")], 1),
        ([("id", "temp", "wind"), ("1", "<1", "<2"), ("2", "2.5", "3"), ("3", "3.5", "4")], 1),
        ([("id", None, "name"), ("1", "2", "x"), ("2", "3", "y"), ("3", "4", "z")], 1),
        ([("id", None, "name"), ("k1", "n/a", "x"), ("k2", "3", "y"), ("k3", "4", "z")], 1),
        ([("id", None, "name"), ("k1", "low", "x"), ("k2", "3", "x"), ("k3", "4", "z")], 1),
        ([("a", "b"), ("c", "d"), ("e", "f")], 1),
        ([("7", "2"), ("3", "4"), ("5", "6")], 0),
        ([("id", "a"), ("1", "2"), ("id", "a"), ("3", "4")], 1),
    ],
)
def test_rows_of_names_are_counted(rows: list[Cells], header: int) -> None:
    assert count_header_rows(rows) == header


def test_titles_and_blank_rows_above_two_header_rows_are_skipped() -> None:
    rows: list[Cells] = [
        ("Report 2022", None, None, None),
        ("made on Monday", None, None, None),
        (None, None, None, None),
        ("Customer", None, "Sales", None),
        ("code", "since", "net", "gross"),
        ("k1", "2021-01-01", "1", "2"),
    ]
    assert find_first_row(rows, 4) == 3


def test_a_title_above_groups_of_years_is_skipped() -> None:
    rows: list[Cells] = [("Report", None, None), ("town", "sales", None), (None, "2019", "2020"), ("x", "1", "2")]
    assert find_first_row(rows, 3) == 1
    assert count_header_rows(rows[1:]) == 2


def test_joined_rows_are_noted_with_the_way_back() -> None:
    notes = describe_header([("id", "Sales", None), (None, "net", "gross")], header=2, last=3)
    assert [(note.what, note.why) for note in notes] == [
        (
            "2 header rows are joined, such as 'Sales gross'",
            "--read skip=3 --read header=true takes the last of them alone",
        )
    ]


def test_a_header_that_comes_again_in_other_case_hides_no_numbers() -> None:
    assert has_names([("a", "b"), ("1", "2.5"), ("A", "B"), ("2", "3.5")])
