"""Reports in Markdown as HTML: nothing in them is read as HTML, links lead from the page, pictures are held inside."""

import base64
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.reporting.index.section import Document, Picture

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DEEPER = 2


def document(title: str, file: Path, beside: Path) -> Document:
    """The report in a file without its pictures, with links that lead from the folder `beside`."""
    reader, folder = parser(), posixpath.relpath(file.parent.as_posix(), beside.as_posix())
    tokens = list(without_pictures(reader.parse(file.read_text(encoding="utf-8"))))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + DEEPER)}"
        for inner in token.children or []:
            lead_from(inner, folder)
    body = str(reader.renderer.render(tokens, reader.options, {}))
    body = body.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
    return Document(title, body, posixpath.join(folder, file.name))


def pictures(file: Path) -> tuple[Picture, ...]:
    """The PNG pictures that a report shows, each with the paragraph between it and its heading."""
    reader = parser()
    tokens = reader.parse(file.read_text(encoding="utf-8"))
    found = []
    for place, token in enumerate(tokens):
        for image in shown(token):
            path = file.parent / str(image.attrs["src"])
            if path.suffix == ".png" and path.is_file():
                lesson = lesson_before(tokens, place, reader)
                found.append(Picture(path.name, image.content, lesson, address(path), width(path)))
    return tuple(found)


def parser() -> "MarkdownIt":
    """CommonMark with tables in which HTML is text."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def shown(token: "Token") -> list["Token"]:
    """The pictures in a token."""
    return [inner for inner in token.children or [] if inner.type == "image"]


def without_pictures(tokens: Sequence["Token"]) -> Iterator["Token"]:
    """The tokens without the paragraphs that show pictures."""
    for place, token in enumerate(tokens):
        near = [tokens[at] for at in (place - 1, place, place + 1) if 0 <= at < len(tokens)]
        paragraph = token.type in ("paragraph_open", "paragraph_close", "inline")
        if not (paragraph and any(shown(one) for one in near)):
            yield token


def lead_from(token: "Token", folder: str) -> None:
    """Let a link that is relative to the report's folder lead from the page's."""
    target = str(token.attrs.get("href", ""))
    if token.type == "link_open" and target and "://" not in target and target[0] not in "#/":
        token.attrs["href"] = posixpath.normpath(posixpath.join(folder, target))


def lesson_before(tokens: Sequence["Token"], place: int, reader: "MarkdownIt") -> str:
    """The paragraph that stands between a heading and the picture in the token at `place`, as HTML; else nothing."""
    before = [token.type for token in tokens[max(0, place - 5) : place]]
    if before != ["heading_close", "paragraph_open", "inline", "paragraph_close", "paragraph_open"]:
        return ""
    return str(reader.renderInline(tokens[place - 3].content)) if not shown(tokens[place - 3]) else ""


def address(picture: Path) -> str:
    """A PNG file as a data address."""
    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode('ascii')}"


def width(picture: Path) -> int:
    """The width of a PNG file in dots, which its header states."""
    return int.from_bytes(picture.read_bytes()[16:20], "big")
