"""Web pages by CSS selectors: one row for each element that matches, page after page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pandas as pd

from lifecycle.errors import SourceError, WrongValue
from lifecycle.io.progress import bar
from lifecycle.options import options
from lifecycle.sources.formats.csv_text import decoded
from lifecycle.sources.formats.entry import Delivery, Entry, Visit
from lifecycle.sources.formats.normalize import plain
from lifecycle.sources.http import visiting
from lifecycle.sources.robots import Guest
from lifecycle.sources.secrets import shown

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PART = re.compile(r"(.*?)(?:@([\w:-]+))?", re.DOTALL)  # a selector, and the attribute that is meant


@options
class Selected(Entry):
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


def read(entry: Selected, visit: Visit) -> Delivery:
    """The rows of every page in their order, as text; raises SourceError where nothing matches."""
    with (
        visiting(entry.path, pause=entry.pause, wait=visit.wait) as visitor,
        bar(shown(entry.path), "pages", pages(Guest(visitor), entry)) as trees,
    ):
        found = [cells for tree in trees for cells in rows(tree, entry)]
    table = pd.DataFrame(found, columns=list(entry.columns), dtype="object")
    for name, selector in {"rows": entry.rows, **entry.columns}.items():
        if table.empty or (name in entry.columns and table[name].isna().all()):
            raise SourceError(
                f"nothing on the page matches {selector!r}",
                where=f"{shown(entry.path)}, key {name}",
                todo="look at the page and correct the selector; the page may have changed",
            )
    return Delivery(plain(table))


def pages(guest: Guest, entry: Selected) -> Iterator[HtmlElement]:
    """The pages one after another; raises SourceError for more than the entry allows."""
    url, seen = guest.visitor.start, set[str]()
    while url and url not in seen:
        if len(seen) == entry.pages:
            raise SourceError(
                f"there are more than {entry.pages:,} pages",
                where=f"{shown(entry.path)}, key pages",
                todo="raise pages:, or begin at a later page",
            )
        seen.add(url)
        answer = guest.get(url)
        tree = parsed(answer.data, entry)
        yield tree
        link = cell(tree, f"{entry.next}@href", entry) if entry.next else None
        url = urljoin(answer.url, link).partition("#")[0] if link else ""


def parsed(data: bytes, entry: Selected) -> HtmlElement:
    """The page as a tree without scripts and styles; nothing is run or loaded."""
    try:
        from lxml import etree, html
    except ImportError as cause:
        raise SourceError(
            "pages are read by the packages lxml and cssselect, which are not installed",
            where=shown(entry.path),
            todo="pip install lifecycle[web]",
        ) from cause
    text = decoded(data, entry.encoding, shown(entry.path))
    try:
        tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8", no_network=True))
    except etree.ParserError as cause:
        raise SourceError(f"this is no page: {cause}", where=shown(entry.path), todo="correct path:") from cause
    etree.strip_elements(tree, "script", "style", with_tail=False)
    return tree


def rows(tree: HtmlElement, entry: Selected) -> Iterator[list[str | None]]:
    """The cells of each row on a page."""
    for element in matching(tree, entry.rows, entry):
        yield [cell(element, selector, entry) for selector in entry.columns.values()]


def cell(element: HtmlElement, selector: str, entry: Selected) -> str | None:
    """The text or the attribute that a selector means inside an element; None where nothing matches."""
    path, attribute = PART.fullmatch(selector.strip()).groups()  # type: ignore[union-attr]
    found = matching(element, path, entry) if path else [element]
    if not found:
        return None
    return found[0].get(attribute) if attribute else " ".join(found[0].text_content().split())


def matching(element: HtmlElement, selector: str, entry: Selected) -> list[Any]:
    """The elements inside one that match a selector; raises WrongValue for a text that is none."""
    from cssselect import SelectorError

    try:
        return list(element.cssselect(selector))
    except SelectorError as cause:
        raise WrongValue(
            f"{selector!r} is no CSS selector: {cause}",
            where=f"{shown(entry.path)}, keys rows, columns and next",
            todo="write one such as 'table.prices tr', 'span.price' or 'a.more@href'",
        ) from cause
