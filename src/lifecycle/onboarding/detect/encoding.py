"""Which encoding turns bytes into text.

A byte order mark, the zeros of UTF-16 and well-formed UTF-8 say it. What remains is a guess, in two steps that can be
told apart: whether the script is Latin, by how the bytes above 127 stand; then which encoding of that script, by
charset-normalizer where it is not Latin. For Latin ones it is no help: it takes Spanish in cp1252 for cp1250.
"""

import codecs
import re
from itertools import islice

from lifecycle.onboarding.note import Note

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]+)", re.IGNORECASE)
ODD = re.compile(r"[^\x00-\x7f]\S{0,20}")
BEFORE = re.compile(r"\S{0,20}\Z")
HIGH = re.compile(rb"[\x80-\xff]")
RUN = re.compile(rb"[\x80-\xff]{3,}")  # Portuguese has two: situação
WORD = re.compile(rb"[\x80-\xff][^\s,;\"']*")  # from its first byte above 127; none of these signs ends a longer sign
WITHIN = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]+(?=[A-Za-z])")
ENOUGH = 2000  # words that are looked at
FEW = 10  # bytes above 127 that say nothing of the script
LATIN = ("cp1252", "cp1250", "latin-1", "iso8859-2")  # the likelier first


def detect_encoding(data: bytes) -> tuple[str, list[Note]]:
    """The encoding that the bytes are in, with a note unless it is UTF-8 without a mark; a guess says so."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return name, [Note(f"encoding {name}", "the file begins with its byte order mark")]
    wide = detect_utf16(data)
    if wide:
        return wide, [Note(f"encoding {wide}", "every second byte of the plain letters is zero")]
    if is_in(data, "utf-8"):
        return "utf-8", []
    if is_cut(data):
        return "utf-8", [Note("encoding utf-8", "all is UTF-8 but the last sign, which is not whole")]
    name, why = guess_encoding(data)
    return name, [Note(f"encoding {name}, a guess", f"it is not UTF-8 and {why}{show_word(data, name)}")]


def detect_utf16(data: bytes) -> str:
    """UTF-16 that has no mark, told by the zeros beside plain letters or line breaks; empty for anything else."""
    low, high = data[1:4000:2], data[0:4000:2]
    for name, zeros, others in (("utf-16-le", low, high), ("utf-16-be", high, low)):
        many = zeros.count(0) > len(zeros) // 50 and 2 * others.count(0) <= zeros.count(0)
        if many and len(data) % 2 == 0 and is_in(data, name):
            western = zeros.count(0) > len(zeros) // 4 and not others.count(0)
            if western or "\n" in data[:4000].decode(name, errors="replace"):
                return name
    return ""


def is_in(data: bytes, encoding: str) -> bool:
    """Whether the bytes can be read in the encoding."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def is_cut(data: bytes) -> bool:
    """Whether this is UTF-8 with signs of several bytes, the last of which lacks some."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return not text.isascii()


def guess_encoding(data: bytes) -> tuple[str, str]:
    """An encoding of one byte or two per sign, and the reason."""
    sample = b"\n".join(found[0] for found in islice(WORD.finditer(data), ENOUGH))
    if not is_latin(sample) and (name := guess_by_language(sample)) and is_in(data, name):
        return name, f"three and more bytes above 127 in a row are no Latin script; charset-normalizer reads {name}"
    within = [found[0] for found in islice(WITHIN.finditer(data), ENOUGH)]
    odd = {name: count_non_letters(within, name) for name in LATIN if is_in(data, name)}
    name = min(odd, key=lambda one: odd[one])
    if name == "cp1252":
        return name, "nothing says what else it is"
    return name, "cp1252 puts other signs than letters into words" if "cp1252" in odd else "cp1252 has no such bytes"


def is_latin(sample: bytes) -> bool:
    """Whether at most half of the bytes above 127 stand in runs, as accents among plain letters do not, or are few."""
    high = len(HIGH.findall(sample))
    return high < FEW or 2 * sum(map(len, RUN.findall(sample))) <= high


def guess_by_language(sample: bytes) -> str:
    """The encoding under which words are likeliest in some language, by charset-normalizer; empty without one."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else ""


def count_non_letters(within: list[bytes], name: str) -> int:
    """How many of the bytes that stand within words are no letters in an encoding."""
    return sum(not found.decode(name, errors="replace").isalpha() for found in within)


def show_word(data: bytes, name: str) -> str:
    """A word to judge a guess by; of cp1252 the first that cp1250 has otherwise, with both readings."""
    words = odd_words(data.decode(name))
    if not words:
        return ""
    both = [(word, word.encode(name).decode("cp1250", errors="replace")) for word in words if name == "cp1252"]
    word, other = next((pair for pair in both if pair[0] != pair[1]), (words[0], ""))
    beside = f" (in cp1250 it is {other!r})" if other else ""
    return f"; look whether {word!r} is right{beside}, else add --read encoding=NAME"


def odd_words(text: str) -> list[str]:
    """The first words with another sign than ASCII's, at most twenty signs before and behind it."""
    found = islice(ODD.finditer(text), ENOUGH)
    return [BEFORE.findall(text[max(0, one.start() - 20) : one.start()])[0] + one[0] for one in found]


def detect_page_encoding(data: bytes) -> tuple[str, list[Note]]:
    """The encoding that a web page declares, if it holds; else as for any text."""
    declared = DECLARED.search(data[:4096])
    name = declared[1].decode("ascii").lower() if declared else ""
    if name and is_known(name) and is_in(data, name) and not data.startswith(codecs.BOM_UTF8):
        return name, []
    return detect_encoding(data)


def is_known(name: str) -> bool:
    """Whether Python has a codec of that name."""
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
