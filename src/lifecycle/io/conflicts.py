"""Conflict marks: what Git leaves in a text file where the two sides of a merge changed the same lines."""

import re
from pathlib import Path

from lifecycle.errors import CorruptFile

MARK = "<<<<<<< "
BEGIN = re.compile(rf"^{MARK}(.+)$", re.MULTILINE)
END = re.compile(r"^>>>>>>> (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^<{7} [^\n]*\n(.*?)^(?:\|{7}[^\n]*\n.*?^)?={7}\n.*?^>{7} [^\n]*\n?", re.MULTILINE | re.DOTALL)


def has_marks(text: str) -> bool:
    """Whether conflict marks stand in a text."""
    return MARK in text and BEGIN.search(text) is not None


def must_not_conflict(path: Path, text: str) -> None:
    """Raise CorruptFile with the two sides of the merge where conflict marks stand in the text of a file."""
    begin = BEGIN.search(text) if MARK in text else None
    if begin is None:
        return
    end = END.search(text, begin.end())
    last = text.count("\n", 0, end.start() if end else len(text)) + 1
    raise CorruptFile(
        f"{path} holds both sides of a merge that was not ended: {begin[1].strip()} and "
        f"{end[1].strip() if end else 'another'}",
        where=f"{path}, lines {text.count(chr(10), 0, begin.start()) + 1} to {last}",
        todo="lifecycle resolve, which names what to correct by hand; "
        "then: make repro && git add --all . && git commit",
    )


def must_be_whole(path: Path) -> None:
    """As `must_not_conflict`, for a file by its path; one that is not there has no marks."""
    if path.is_file():
        must_not_conflict(path, path.read_text(encoding="utf-8", errors="replace"))


def keep_first_side(text: str) -> str:
    """The text with the first side of each conflict, which Git calls ours, and without marks."""
    return BLOCK.sub(lambda block: block[1], text)
