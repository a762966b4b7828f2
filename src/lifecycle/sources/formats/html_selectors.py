"""Web pages read by CSS selectors: one row for each matching element of every page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pandas as pd

from lifecycle.errors import SourceError, WrongValue
from lifecycle.io.budget import must_fit_bytes, must_fit_cell
from lifecycle.io.progress import track
from lifecycle.options import options
from lifecycle.sources.formats.csv_text import decode_text
from lifecycle.sources.formats.entry import Entry, ReadContext, ReadResult
from lifecycle.sources.formats.normalize import normalize_table, weigh_value
from lifecycle.sources.http import open_session
from lifecycle.sources.robots import RobotsSession
from lifecycle.sources.secrets import mask_secrets

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PART = re.compile(r"(.*?)(?:@([\w:-]+))?", re.DOTALL)  # a selector, and the attribute that is meant


@options
class SelectorsEntry(Entry):
    """`rows` selects what is one row; `columns` has a selector inside it by the column's name.

    A column is the text of the first element that matches, or with `@name` at the end an attribute of it; `@name`
    alone is one of the row itself. `next` selects the link to the next page, of at most `pages`. At least `pause`
    seconds lie between two requests.
    """

    rows: str
    columns: dict[str, str]
    next: str = ""
    pages: int = 100
    pause: float = 1.0
    encoding: str = "utf-8"

    @property
    def detail(self) -> str:
        """What is one row."""
        return self.rows


def read(entry: SelectorsEntry, context: ReadContext) -> ReadResult:
    """The rows of every page in their order, as text; raises SourceError if a selector matches nothing."""
    with (
        open_session(entry.path, pause=entry.pause, wait=context.wait) as session,
        track(f"collect {mask_secrets(entry.path)}", read_pages(RobotsSession(session), entry), "pages") as trees,
    ):
        cells = take_rows((row for tree in trees for row in extract_rows(tree, entry)), mask_secrets(entry.path))
    table = pd.DataFrame(cells, columns=list(entry.columns), dtype="object")
    for name, selector in {"rows": entry.rows, **entry.columns}.items():
        if table.empty or (name in entry.columns and table[name].isna().all()):
            raise SourceError(
                f"nothing on the page matches {selector!r}",
                where=f"{mask_secrets(entry.path)}, key {name}",
                todo="look at the page and correct the selector; the page may have changed",
            )
    return ReadResult(normalize_table(table))


def take_rows(rows: Iterable[list[str | None]], where: str) -> list[list[str | None]]:
    """The rows; raises TooLarge where their texts are more than the budget has: those of elements in one another."""
    taken, size = [], 0
    for row in rows:
        must_fit_cell(max((len(cell or "") for cell in row), default=0), where)
        taken.append(row)
        size += sum(map(weigh_value, row))
        must_fit_bytes(size, 0, where, is_all=False)
    return taken


def read_pages(session: RobotsSession, entry: SelectorsEntry) -> Iterator[HtmlElement]:
    """The pages in order; raises SourceError for more than the entry allows."""
    url, visited = session.session.start, set[str]()
    while url and url not in visited:
        if len(visited) == entry.pages:
            raise SourceError(
                f"there are more than {entry.pages:,} pages",
                where=f"{mask_secrets(entry.path)}, key pages",
                todo="raise pages:, or begin at a later page",
            )
        visited.add(url)
        response = session.get(url)
        tree = parse_page(response.data, entry)
        yield tree
        link = extract_cell(tree, f"{entry.next}@href", entry) if entry.next else None
        url = urljoin(response.url, link).partition("#")[0] if link else ""


def parse_page(data: bytes, entry: SelectorsEntry) -> HtmlElement:
    """The page as a tree without scripts and styles; nothing is run or loaded."""
    try:
        from lxml import etree, html
    except ImportError as cause:
        raise SourceError(
            "pages are read by the packages lxml and cssselect, which are not installed",
            where=mask_secrets(entry.path),
            todo="pip install lifecycle[web]",
        ) from cause
    text = decode_text(data, entry.encoding, mask_secrets(entry.path))
    try:
        tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8", no_network=True))
    except etree.ParserError as cause:
        raise SourceError(f"this is no page: {cause}", where=mask_secrets(entry.path), todo="correct path:") from cause
    etree.strip_elements(tree, "script", "style", with_tail=False)
    return tree


def extract_rows(tree: HtmlElement, entry: SelectorsEntry) -> Iterator[list[str | None]]:
    """The cells of each row on a page."""
    for element in select_elements(tree, entry.rows, entry):
        yield [extract_cell(element, selector, entry) for selector in entry.columns.values()]


def extract_cell(element: HtmlElement, selector: str, entry: SelectorsEntry) -> str | None:
    """The text or the attribute that a selector matches inside an element; None without a match."""
    path, attribute = PART.fullmatch(selector.strip()).groups()  # type: ignore[union-attr]
    elements = select_elements(element, path, entry) if path else [element]
    if not elements:
        return None
    return elements[0].get(attribute) if attribute else " ".join(elements[0].text_content().split())


def select_elements(element: HtmlElement, selector: str, entry: SelectorsEntry) -> list[Any]:
    """The elements inside one that match a selector; raises WrongValue for a text that is none."""
    from cssselect import SelectorError

    try:
        return list(element.cssselect(selector))
    except SelectorError as cause:
        raise WrongValue(
            f"{selector!r} is no CSS selector: {cause}",
            where=f"{mask_secrets(entry.path)}, keys rows, columns and next",
            todo="write one such as 'table.prices tr', 'span.price' or 'a.more@href'",
        ) from cause
