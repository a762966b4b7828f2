"""Untrusted text, sanitized for a comment: it can be read and do nothing else."""

import errno
import os
import re
import stat
from pathlib import Path

from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.io.plain_text import HIDDEN
from lifecycle.reporting.references import BREAK, break_references

LIMIT = 60_000
AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")  # those three make no word that acts
OPENING = re.compile(r"(?<!\\)((?:\\\\)*)\\?<")  # with the backslash that escapes it
TAGS = re.compile(r"&lt;(/?(?:details|summary))>")
FENCE = re.compile(r"^ {0,3}```", re.MULTILINE)


def read_report(path: Path, limit: int = LIMIT) -> str:
    """A file's text, cut to so many bytes at a line's end; bytes that are no UTF-8 are replaced.

    Raises MissingFile where there is none, CorruptFile where it is empty, a link, or no regular file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as cause:
        raise MissingFile(
            f"there is no {path}", where=str(path), todo="see whether the review's run wrote it"
        ) from cause
    except OSError as cause:
        what = (
            "is a link" if cause.errno == errno.ELOOP else f"cannot be read ({os.strerror(cause.errno or 0).lower()})"
        )
        raise CorruptFile(
            f"{path} {what}", where=str(path), todo="nothing is posted; look at the run's artefact"
        ) from cause
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise CorruptFile(f"{path} is no regular file", where=str(path), todo="look at the run's artefact")
    with os.fdopen(handle, "rb") as stream:
        content = stream.read(limit + 1)
    if not content.strip():
        raise CorruptFile(f"{path} is empty", where=str(path), todo="see whether the review's run wrote it")
    text = content[:limit].decode("utf-8", errors="replace")
    return text if len(content) <= limit else cut_text(text, limit)


def cut_text(text: str, limit: int) -> str:
    """The text up to the last line within the limit, with an open code fence closed, and a note that it was cut."""
    note = "\n\n*Cut here: too long for a comment. The job's summary has all.*\n"
    lines = text[: max(0, limit - len(note) - len("\n```"))]
    lines = lines[: lines.rfind("\n")] if "\n" in lines else lines
    closed = lines + "\n```" if len(FENCE.findall(lines)) % 2 else lines
    return closed + note


def sanitize(text: str, limit: int = LIMIT) -> str:
    """The text without mentions, references, links, images and HTML that would act, at most `limit` characters.

    Of HTML only `<details>` and `<summary>` are left. Tables, headings, charts and words stay as they are.
    """
    text = HIDDEN.sub("", text.replace("\r\n", "\n"))
    text = TAGS.sub(r"<\1>", OPENING.sub(r"\1&lt;", AMPERSAND.sub("&amp;", text)))
    text = re.sub(r"\](?=[(:\[])", f"]{BREAK}", break_references(text))
    return text if len(text) <= limit else cut_text(text, limit)
