import io
import zipfile

import pytest

from lifecycle.errors import SourceError
from lifecycle.onboarding.detect.file_format import detect_file_format


def workbook() -> bytes:
    """A ZIP archive with the entry that makes it an Excel workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "address", "expected"),
    [
        (b"PAR1xxxxPAR1", "a.csv", "parquet"),
        (b"SQLite format 3\0", "a.dat", "sqlite"),
        pytest.param(workbook(), "a.zip", "excel", id="workbook"),
        (b"a,b\n1,2\n", "a", "csv"),
        (b"a,b\n1,2\n", "https://example.org/a.parquet?x=1", "parquet"),
        (b'[{"a": 1}]', "a.txt", "json"),
        (b'{"a": 1}\n{"a": 2}\n', "a.txt", "json_lines"),
        (b'{"a": 1}\n', "a.jsonl", "json_lines"),
        (b"[1] of 2,3\n4,5\n", "a.csv", "csv"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a", "html"),
        (b"<a>,b\n1,2\n", "a.csv", "csv"),
    ],
)
def test_the_content_decides_before_the_name(data: bytes, address: str, expected: str) -> None:
    assert detect_file_format(data, address) == expected


@pytest.mark.parametrize(
    ("data", "what", "todo"),
    [
        (b"\x1f\x8b\x08", "the file is compressed with gzip", "unpack it: gunzip a.gz"),
        (b"PK\x03\x04xx", "the file is a ZIP archive", "unpack it: unzip a.gz"),
        (b"%PDF-1.7", "the file is a PDF", "save its table as CSV a.gz"),
        (b"<html><p>x</p></html>", "the page has no table", "choose a page with a <table>, or a CSV file"),
    ],
)
def test_other_formats_are_rejected_with_the_next_step(data: bytes, what: str, todo: str) -> None:
    with pytest.raises(SourceError) as caught:
        detect_file_format(data, "folder/a.gz")
    assert (caught.value.what, caught.value.where, caught.value.todo) == (what, "folder/a.gz", todo)
