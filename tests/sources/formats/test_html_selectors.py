"""Web pages: elements as rows, page after page, as a session who heeds robots.txt and does not hurry."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.sources import files

FIRST = """<html><body><h1>Books</h1><ul>
<li class="book" data-id="1"><a href="/b/1">One <b>&amp; all</b></a><span class="price">£ 2.50</span>
<script>x()</script></li>
<li class="book" data-id="2"><a href="/b/2">Two</a></li></ul><a class="next" href="2.html#top">more</a>"""
LAST = '<li class="book" data-id="3"><a href="/b/3">Thrée</a><span class="price">£ 1</span></li>'
COLUMNS = {"id": "@data-id", "title": "a", "link": "a@href", "price": "span.price"}
ROWS = [("1", "One & all", "/b/1", "£ 2.50"), ("2", "Two", "/b/2", None), ("3", "Thrée", "/b/3", "£ 1")]


@pytest.fixture
def read(web: Any, waited: list[float]) -> Callable[..., pd.DataFrame]:
    """The rows that an entry reads from the shop's pages."""

    def of(**entry: Any) -> pd.DataFrame:
        plain = {"path": f"{web.address}/shop/1.html", "format": "selectors", "rows": "li.book", "columns": COLUMNS}
        (batch,) = files.read(tables={"books": {**plain, **entry}}, wait=waited.append)
        return batch.rows

    return of


@pytest.fixture
def shop(web: Any, reply: Any) -> dict[str, Any]:
    """The pages of the shop, by path."""
    pages = {
        "/shop/1.html": reply(FIRST.encode(), headers={"Content-Type": "text/html"}),
        "/shop/2.html": reply(LAST.encode()),
        "/table.html": reply(b"<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"),
    }
    web.answer = lambda asked: pages.get(asked.path, reply(status=404))
    return pages


def cells(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """The rows, with None where missing."""
    return [tuple(row) for row in rows.astype("object").where(rows.notna(), None).to_numpy()]


def test_elements_of_every_page_become_rows(web: Any, shop: Any, read: Any, waited: list[float]) -> None:
    found = read(next="a.next")
    assert found.columns.to_list() == list(COLUMNS)
    assert cells(found) == ROWS
    assert [asked.path for asked in web.asked] == ["/robots.txt", "/shop/1.html", "/shop/2.html"]
    assert {asked.headers["User-Agent"] for asked in web.asked} == {"lifecycle"}
    assert waited == [1.0, 1.0]


def test_one_page_without_a_next(web: Any, shop: Any, read: Any) -> None:
    assert cells(read()) == ROWS[:2]


def test_what_robots_txt_forbids_is_not_read(web: Any, shop: Any, reply: Any, read: Any) -> None:
    shop["/robots.txt"] = reply(b"User-agent: *\nDisallow: /shop/2\n")
    assert cells(read()) == ROWS[:2]
    with pytest.raises(LifecycleError) as caught:
        read(next="a.next")
    assert caught.value.what == "robots.txt of this server forbids lifecycle to read the page"
    assert caught.value.where == f"{web.address}/shop/2.html"
    assert "/shop/2.html" not in [asked.path for asked in web.asked]


def test_robots_txt_may_forbid_this_reader_alone_and_tables_too(web: Any, shop: Any, reply: Any) -> None:
    asked = {"tables": {"t": {"path": f"{web.address}/table.html", "format": "html", "table": 1}}}
    (batch,) = files.read(**asked, wait=lambda seconds: None)
    assert cells(batch.rows) == [("1",)]
    shop["/robots.txt"] = reply(b"User-agent: lifecycle\nDisallow: /\n")
    with pytest.raises(LifecycleError, match=r"robots\.txt of this server forbids"):
        list(files.read(**asked, wait=lambda seconds: None))


def test_the_longer_pause_is_kept(web: Any, shop: Any, reply: Any, read: Any, waited: list[float]) -> None:
    shop["/robots.txt"] = reply(b"User-agent: *\nCrawl-delay: 7\n")
    read(next="a.next", pause=2.0)
    assert waited == [7.0, 7.0]


def test_a_server_whose_robots_txt_cannot_be_had_is_left_alone(shop: Any, reply: Any, read: Any, web: Any) -> None:
    shop["/robots.txt"] = reply(status=503)
    with pytest.raises(LifecycleError, match="the server responds 503"):
        read()
    assert {asked.path for asked in web.asked} == {"/robots.txt"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"rows": "li.film"}, "nothing on the page matches 'li.film'"),
        ({"columns": {"title": "a", "cost": "span.cost"}}, "nothing on the page matches 'span.cost'"),
        ({"rows": "li["}, "'li[' is no CSS selector"),
        ({"next": "a.next", "pages": 1}, "there are more than 1 pages"),
        ({"next": "h1 + a", "rows": "h2"}, "nothing on the page matches 'h2'"),
        ({"encoding": "ascii"}, "byte 119 (b'\\xc2') is not ascii"),
        ({"columns": ["a"]}, "columns: Input should be an object"),
    ],
)
def test_an_inconsistency_is_a_three_line_error(shop: Any, read: Any, entry: dict[str, Any], said: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        read(**entry)
    assert caught.value.what.startswith(said)
    assert [line[:6] for line in str(caught.value).splitlines()] == ["error:", "where:", "next: "]


def test_a_page_that_leads_back_to_itself_ends(shop: Any, reply: Any, read: Any) -> None:
    shop["/shop/2.html"] = reply((LAST + '<a class="next" href="1.html">').encode())
    assert len(read(next="a.next")) == 3
