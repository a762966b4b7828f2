import pytest

from lifecycle.onboarding.detect.header import (
    Cells,
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
