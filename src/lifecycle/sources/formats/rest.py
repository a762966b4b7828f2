"""REST: the records of an API, over all pages."""

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Any, Literal

from lifecycle.errors import SourceError
from lifecycle.io.budget import must_fit_bytes
from lifecycle.io.progress import track
from lifecycle.options import options
from lifecycle.sources.formats.csv_text import decode_text
from lifecycle.sources.formats.entry import ReadContext, ReadResult
from lifecycle.sources.formats.json_records import NestedEntry, build_rows, get_list, get_path, parse_json
from lifecycle.sources.formats.normalize import sort_rows
from lifecycle.sources.http import HttpResponse, HttpSession, open_session
from lifecycle.sources.secrets import mask_secrets

Page = tuple[HttpResponse, Any, list[Any]]  # the response, its content, and the records in it


@options
class Paging:
    """How the next page is requested.

    By `page` or `offset`, `parameter` counts pages or records from `first` on, until a page is empty. By
    `cursor`, the response holds the next value of `parameter`, or the next URL, at the dotted path `next`.
    By `link`, the Link header says the URL (RFC 8288). `size` records are asked for by `size_parameter`.
    `total` is the dotted path of how many records there are in all, which is then compared with the number received.
    """

    by: Literal["none", "page", "offset", "cursor", "link"] = "none"
    parameter: str = ""
    first: int = 0
    next: str = ""
    size: int = 0
    size_parameter: str = ""
    total: str = ""


@options
class RestEntry(NestedEntry):
    """The request, the place of the records in a response, the paging, and the maximum number of pages.

    Secrets stand in `headers`, `parameters` or `path` as `${NAME}`. `pause` is the least number of seconds
    between two requests.
    """

    headers: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    records: str = ""
    paging: Paging = field(default_factory=Paging)
    pause: float = 0.0
    pages: int = 10_000


def read(entry: RestEntry, context: ReadContext) -> ReadResult:
    """The rows of every page, sorted by all columns; raises SourceError when one cannot be had or does not fit."""
    with (
        open_session(entry.path, entry.headers, entry.parameters, pause=entry.pause, wait=context.wait) as session,
        track(f"collect {mask_secrets(entry.path)}", read_pages(session, entry), "pages") as pages,
    ):
        collected = collect_pages(pages, entry)
    records = [record for _, _, page in collected for record in page]
    received = sum(len(response.data) for response, _, _ in collected)
    return ReadResult(sort_rows(build_rows(records, entry, received)))


def collect_pages(pages: Iterable[Page], entry: RestEntry) -> list[Page]:
    """Every page; raises SourceError for too many pages, a repeated page, or a wrong number of records.

    Raises TooLarge where all pages together are larger than the budget.
    """
    collected: list[Page] = []
    received = 0
    for page in pages:
        received += len(page[0].data)
        must_fit_bytes(received, received, mask_secrets(entry.path), is_all=False)
        if collected and page[2] and page[2] == collected[-1][2]:
            raise build_error(
                entry, "the server gives the same page again", "correct paging.parameter: the server ignores it"
            )
        if len(collected) == entry.pages:
            raise build_error(entry, f"there are more than {entry.pages:,} pages", "raise pages:, or ask for less")
        collected.append(page)
    promised = get_path(collected[-1][1], entry.paging.total) if entry.paging.total else None
    count = sum(len(records) for _, _, records in collected)
    if entry.paging.total and promised != count:
        raise build_error(
            entry, f"{count:,} records were received, {promised} were announced", "try again; rows may have changed"
        )
    return collected


def build_error(entry: RestEntry, problem: str, todo: str) -> SourceError:
    """The error for inconsistent pages."""
    return SourceError(problem, where=f"{mask_secrets(entry.path)}, key paging", todo=todo)


def read_pages(session: HttpSession, entry: RestEntry) -> Iterator[Page]:
    """The pages in order, by the entry's paging."""
    parameters = {entry.paging.size_parameter: str(entry.paging.size)} if entry.paging.size_parameter else {}
    if entry.paging.by in ("page", "offset"):
        yield from read_counted_pages(session, entry, parameters)
        return
    url = ""
    while True:
        page = read_page(session, entry, url, parameters)
        yield page
        url, parameters = find_next_page(page, entry, parameters)
        if not url and not parameters.get(entry.paging.parameter):
            return


def read_counted_pages(session: HttpSession, entry: RestEntry, parameters: dict[str, str]) -> Iterator[Page]:
    """The pages by number or by offset, until one is empty."""
    place = entry.paging.first
    while True:
        page = read_page(session, entry, "", {**parameters, entry.paging.parameter: str(place)})
        yield page
        if not page[2]:
            return
        place += 1 if entry.paging.by == "page" else len(page[2])


def read_page(session: HttpSession, entry: RestEntry, url: str, parameters: dict[str, str]) -> Page:
    """One page."""
    response = session.get(url, parameters)
    content = parse_json(decode_text(response.data, "utf-8-sig", response.where), response.where)
    return response, content, get_list(content, entry.records, response.where)


def find_next_page(page: Page, entry: RestEntry, parameters: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The URL and the parameters of the page after this one; neither a URL nor the cursor after the last."""
    response, content, _ = page
    if entry.paging.by == "link":
        return response.following or "", {}
    cursor = get_path(content, entry.paging.next) if entry.paging.by == "cursor" else None
    if cursor is None or cursor == "" or isinstance(cursor, bool | dict | list):
        return "", {}
    if str(cursor).startswith(("http://", "https://", "/", "?")):
        return str(cursor), {}
    return "", {**parameters, entry.paging.parameter: str(cursor)}
