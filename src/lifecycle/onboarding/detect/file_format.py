"""The format of a file, by its content, or by its name where the content is ambiguous."""

import io
import json
import zipfile
from pathlib import PurePosixPath
from shlex import quote
from urllib.parse import urlsplit

from lifecycle.errors import SourceError
from lifecycle.io.archives import DAMAGE
from lifecycle.onboarding.detect.encoding import detect_encoding
from lifecycle.reporting.text import format_count
from lifecycle.sources.formats.entry import Format

NAMED: dict[str, Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}
MAGIC: tuple[tuple[bytes, Format], ...] = ((b"PAR1", "parquet"), (b"SQLite format 3\0", "sqlite"))
OTHERS = (
    (b"\xd0\xcf\x11\xe0", "an old Office file", "save it as .xlsx or CSV"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it: gunzip"),
    (b"BZh", "compressed with bzip2", "unpack it: bunzip2"),
    (b"\xfd7zXZ", "compressed with xz", "unpack it: unxz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it: unzstd"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it: unzip"),
    (b"%PDF", "a PDF", "save its table as CSV"),
)
CONTROLS = {code for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b"}


def detect_file_format(data: bytes, address: str) -> Format:
    """The format; raises SourceError for bytes that are none that is read here."""
    for magic, kind in MAGIC:
        if data.startswith(magic):
            return kind
    if is_workbook(data):
        return "excel"
    for magic, what, todo in OTHERS:
        if data.startswith(magic):
            raise SourceError(f"the file is {what}", where=address, todo=f"{todo} {PurePosixPath(address).name}")
    suffix = PurePosixPath(urlsplit(address).path).suffix.lower()
    return NAMED.get(suffix) or detect_text_format(decode_file(data, address), suffix, address)


def is_workbook(data: bytes) -> bool:
    """Whether this is a ZIP archive with an Excel workbook in it."""
    if not data.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except DAMAGE:
        return False


def decode_file(data: bytes, address: str) -> str:
    """The bytes as text; raises SourceError when they are none."""
    text = data.decode(detect_encoding(data)[0], errors="replace")  # the reader says where it is not whole
    head = text[:100_000]
    must_have_no_nul(text, address)
    controls = sum(ord(sign) in CONTROLS for sign in head)
    if controls > len(head) / 100:
        raise SourceError(
            f"the file is neither text nor a format known here; it begins with {data[:8]!r}",
            where=f"{address}, {len(data):,} bytes",
            todo="save it as CSV, JSON, Parquet, Excel or SQLite",
        )
    return text


def must_have_no_nul(text: str, address: str) -> None:
    """Raise SourceError for a text with NUL characters in it, which no table has: it was written or copied badly."""
    number, plain = text.count("\0"), sum(not sign.isprintable() and sign not in "\0\t\n\r" for sign in text[:10_000])
    if number and number < len(text) / 2 and not plain:
        raise SourceError(
            f"the text has {format_count(number, 'NUL character')}, as after a crash or a bad copy",
            where=f"{address}, first in line {text.count(chr(10), 0, text.index(chr(0))) + 1}",
            todo=f"copy the file again, or leave them out: tr -d '\\000' < {quote(address)} > clean.csv",
        )


def detect_text_format(text: str, suffix: str, address: str) -> Format:
    """The format of a text."""
    start = text.lstrip()
    if start.startswith("<") and suffix not in (".csv", ".tsv"):
        if "<table" in start.lower():
            return "html"
        raise SourceError("the page has no table", where=address, todo="choose a page with a <table>, or a CSV file")
    if start.startswith(("{", "[")) or suffix in (".json", ".geojson", ".jsonl", ".ndjson"):
        return detect_json_format(start, suffix)
    return "csv"


def detect_json_format(text: str, suffix: str) -> Format:
    """JSON, JSON lines, or CSV that starts like JSON."""
    if is_json(text) and suffix not in (".jsonl", ".ndjson"):
        return "json"
    if suffix in (".jsonl", ".ndjson") or is_json(text.splitlines()[0]):
        return "json_lines"
    return "json" if suffix in (".json", ".geojson") or text.startswith(("{", "[{")) else "csv"


def is_json(text: str) -> bool:
    """Whether the text is one JSON value."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
