import pytest

from lifecycle.errors import SourceError
from lifecycle.onboarding.detect.csv_dialect import describe_dialect, detect_dialect


@pytest.mark.parametrize(
    ("text", "dialect", "width"),
    [
        ("a,b\n1,2\n", (",", '"', ""), 2),
        ("a;b\n1,5;2,5\n", (";", '"', ""), 2),
        ("a\tb|c\n1\t2\n", ("\t", '"', ""), 2),
        ("a|b\n1|2\n", ("|", '"', ""), 2),
        ('a,b\n"1,5","x\ny"\n', (",", '"', ""), 2),
        ('a,b\n"x\\"y",2\n', (",", '"', "\\"), 2),
        ('"a,b\n1,2\n', (",", "", ""), 2),
        ("a\n1\n2\n", (",", '"', ""), 1),
    ],
)
def test_most_rows_have_the_same_number_of_cells(text: str, dialect: tuple[str, str, str], width: int) -> None:
    found = detect_dialect(text, "a.csv", {})
    assert (found.delimiter, found.quote, found.escape) == dialect
    assert found.width == width


def test_a_given_delimiter_is_kept() -> None:
    found = detect_dialect("a,b;c\n1,2;3\n", "a.csv", {"delimiter": ";"})
    assert (found.delimiter, found.width, found.share) == (";", 2, 1.0)


def test_an_open_quote_is_rejected_with_its_line() -> None:
    with pytest.raises(SourceError) as caught:
        detect_dialect('"a,b\n1,2,3\n', "a.csv", {})
    assert caught.value.where.startswith("a.csv, line ")


def test_the_evidence_is_noted() -> None:
    notes = describe_dialect(detect_dialect("a;b\n1;2\n3\n", "a.csv", {}))
    assert [(note.what, note.why) for note in notes] == [("delimiter ';'", "67% of the rows have 1 of them")]


@pytest.mark.parametrize(
    ("text", "delimiter", "width"),
    [
        ("a b c\n1 2 x\n3 4 y\n", " ", 3),
        ('"a" "b"\n"1" 2.5 "x y"\n"2" 3.5 "z"\n', " ", 3),
        ("name\nAnn Lee Ray\nBob Kim Poe\n", ",", 1),
        ("a b\n1 2\n3 4\n", ",", 1),
        ("a b c\n1 2 x\n3 4\n", ",", 1),
    ],
)
def test_blanks_delimit_where_every_row_has_as_many(text: str, delimiter: str, width: int) -> None:
    found = detect_dialect(text, "a.csv", {})
    assert (found.delimiter, found.width) == (delimiter, width)


def test_quotes_that_never_close_are_part_of_the_cells() -> None:
    found = detect_dialect('a,b\n1,"yes\n2,"no\n3,"yes\n', "a.csv", {})
    assert (found.delimiter, found.quote, found.width) == (",", "", 2)


def test_lines_above_are_skipped_as_given() -> None:
    found = detect_dialect("x;y;z\na,b\n1,2\n", "a.csv", {"skip": 1})
    assert [(number, *cells) for number, cells in found.rows] == [(2, "a", "b"), (3, "1", "2")]
    assert (found.delimiter, found.count_lines(0), found.count_lines(1)) == (",", 1, 2)
