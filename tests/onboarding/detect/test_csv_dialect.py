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
