"""Markdown reports as HTML: raw HTML in them stays text, links start at the page, figures are embedded."""

import base64
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.reporting.index.section import EmbeddedFigure, EmbeddedReport

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DEEPER = 2  # levels by which a report's headings move down


def read_report(title: str, file: Path, beside: Path) -> EmbeddedReport:
    """A report without its figures, in HTML; relative links start at the folder `beside`."""
    parser, folder = create_parser(), posixpath.relpath(file.parent.as_posix(), beside.as_posix())
    tokens = list(drop_figures(parser.parse(file.read_text(encoding="utf-8"))))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + DEEPER)}"
        for inner in token.children or []:
            rebase_link(inner, folder)
    body = str(parser.renderer.render(tokens, parser.options, {}))
    body = body.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
    return EmbeddedReport(title, body, posixpath.join(folder, file.name))


def read_figures(file: Path) -> tuple[EmbeddedFigure, ...]:
    """The PNG figures of a report, each with the paragraph between it and its heading; missing files are left out."""
    parser = create_parser()
    tokens = parser.parse(file.read_text(encoding="utf-8"))
    figures = []
    for place, token in enumerate(tokens):
        for image in images_of(token):
            path = file.parent / str(image.attrs["src"])
            if path.suffix == ".png" and path.is_file():
                explanation = find_explanation(tokens, place, parser)
                figures.append(
                    EmbeddedFigure(path.name, image.content, explanation, encode_png(path), read_width(path))
                )
    return tuple(figures)


def create_parser() -> "MarkdownIt":
    """CommonMark with tables; raw HTML is read as text."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def images_of(token: "Token") -> list["Token"]:
    """The images in a token."""
    return [inner for inner in token.children or [] if inner.type == "image"]


def drop_figures(tokens: Sequence["Token"]) -> Iterator["Token"]:
    """The tokens without the paragraphs that hold images."""
    for place, token in enumerate(tokens):
        near = [tokens[at] for at in (place - 1, place, place + 1) if 0 <= at < len(tokens)]
        paragraph = token.type in ("paragraph_open", "paragraph_close", "inline")
        if not (paragraph and any(images_of(one) for one in near)):
            yield token


def rebase_link(token: "Token", folder: str) -> None:
    """Change a link that is relative to the report's folder to start at the page's."""
    target = str(token.attrs.get("href", ""))
    if token.type == "link_open" and target and "://" not in target and target[0] not in "#/":
        token.attrs["href"] = posixpath.normpath(posixpath.join(folder, target))


def find_explanation(tokens: Sequence["Token"], place: int, parser: "MarkdownIt") -> str:
    """The only paragraph between a heading and the image in the token at `place`, in HTML; empty if there is none."""
    before = [token.type for token in tokens[max(0, place - 5) : place]]
    if before != ["heading_close", "paragraph_open", "inline", "paragraph_close", "paragraph_open"]:
        return ""
    return str(parser.renderInline(tokens[place - 3].content)) if not images_of(tokens[place - 3]) else ""


def encode_png(file: Path) -> str:
    """A PNG file as a data URL."""
    return f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"


def read_width(file: Path) -> int:
    """The width of a PNG file in pixels, from its header."""
    return int.from_bytes(file.read_bytes()[16:20], "big")
