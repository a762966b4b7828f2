"""Which encoding turns bytes into text."""

import codecs
import re

from lifecycle.onboarding.note import Note

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]+)", re.IGNORECASE)
ODD = re.compile(r"\S*[^\x00-\x7f]\S*")


def encoding_of(data: bytes) -> tuple[str, list[Note]]:
    """The encoding that the bytes are in, with a note unless it is UTF-8 without a mark.

    A mark at the start decides, then the zeros of UTF-16, then whether the bytes are UTF-8. What remains
    may be any encoding of one byte per sign, of which cp1252 and Latin-1 are the most common.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return name, [Note(f"encoding {name}", "the file begins with its byte order mark")]
    wide = without_mark(data)
    if wide:
        return wide, [Note(f"encoding {wide}", "every second byte of the plain letters is zero")]
    if is_in(data, "utf-8"):
        return "utf-8", []
    name = "cp1252" if is_in(data, "cp1252") else "latin-1"
    return name, [guess(data, name)]


def without_mark(data: bytes) -> str:
    """UTF-16 that has no mark, told by the zeros in Western text; empty for anything else."""
    low, high = data[1:4000:2], data[0:4000:2]
    for name, zeros, others in (("utf-16-le", low, high), ("utf-16-be", high, low)):
        if zeros.count(0) > len(zeros) // 4 and not others.count(0) and len(data) % 2 == 0 and is_in(data, name):
            return name
    return ""


def is_in(data: bytes, encoding: str) -> bool:
    """Whether the bytes can be read in the encoding."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def guess(data: bytes, name: str) -> Note:
    """That the encoding is a guess, with a word to judge it by."""
    word = ODD.search(data.decode(name))
    seen = f"; look whether {word[0][:40]!r} is right, else add --read encoding=NAME" if word else ""
    return Note(f"encoding {name}, a guess", f"it is not UTF-8 and nothing says what else it is{seen}")


def encoding_of_page(data: bytes) -> tuple[str, list[Note]]:
    """The encoding that a web page declares, if it holds; else as for any text."""
    declared = DECLARED.search(data[:4096])
    name = declared[1].decode("ascii").lower() if declared else ""
    if name and is_known(name) and is_in(data, name) and not data.startswith(codecs.BOM_UTF8):
        return name, []
    return encoding_of(data)


def is_known(name: str) -> bool:
    """Whether Python has a codec of that name."""
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
