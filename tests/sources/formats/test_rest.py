"""REST: every way of paging, asking again, and what is said when an API cannot be read."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.sources import files, web_addresses

ORDERS = [{"id": number, "customer": {"name": name}} for number, name in enumerate("abcde", start=1)]
NAMES = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")]


@pytest.fixture
def read(web: Any, waited: list[float]) -> Callable[..., list[tuple[Any, ...]]]:
    """The rows that an entry reads from the server, with None where missing."""

    def of(**entry: Any) -> list[tuple[Any, ...]]:
        asked = {"path": f"{web.address}/orders", "format": "rest", **entry}
        (batch,) = files.read(tables={"orders": asked}, wait=waited.append)
        return [tuple(row) for row in batch.rows.astype("object").where(batch.rows.notna(), None).to_numpy()]

    return of


@pytest.fixture
def rejected(read: Any) -> Callable[..., LifecycleError]:
    """The error of an entry."""

    def of(**entry: Any) -> LifecycleError:
        with pytest.raises(LifecycleError) as caught:
            read(**entry)
        assert [line[:6] for line in str(caught.value).splitlines()] == ["error:", "where:", "next: "]
        return caught.value

    return of


def test_one_answer_without_pages(web: Any, reply: Any, read: Any) -> None:
    web.one_by_one(reply(json.dumps(ORDERS).encode()))
    assert read() == NAMES
    assert len(web.asked) == 1


def test_pages_by_number_end_with_an_empty_one(web: Any, reply: Any, read: Any) -> None:
    def answer(asked: Any) -> Any:
        number, size = int(asked.parameters["page"]), int(asked.parameters["per_page"])
        return reply(json.dumps({"data": {"items": ORDERS[(number - 1) * size : number * size]}}).encode())

    web.answer = answer
    paging = {"by": "page", "parameter": "page", "first": 1, "size": 2, "size_parameter": "per_page"}
    assert read(records="data.items", paging=paging, parameters={"status": "paid"}) == NAMES
    assert [asked.parameters["page"] for asked in web.asked] == ["1", "2", "3", "4"]
    assert {asked.parameters["status"] for asked in web.asked} == {"paid"}


def test_offsets_grow_by_the_records_received_even_if_fewer_than_requested(web: Any, reply: Any, read: Any) -> None:
    def answer(asked: Any) -> Any:
        start = int(asked.parameters["skip"])
        return reply(json.dumps({"rows": ORDERS[start : start + 2], "count": 5}).encode())

    web.answer = answer
    paging = {"by": "offset", "parameter": "skip", "size": 100, "size_parameter": "limit", "total": "count"}
    assert read(records="rows", paging=paging) == NAMES
    assert [asked.parameters for asked in web.asked][1] == {"skip": "2", "limit": "100"}


def test_a_cursor_is_followed_until_there_is_none(web: Any, reply: Any, read: Any) -> None:
    def answer(asked: Any) -> Any:
        start = int(asked.parameters.get("after", "0"))
        cursor = str(start + 2) if start + 2 < 5 else None
        return reply(json.dumps({"rows": ORDERS[start : start + 2], "meta": {"next": cursor}}).encode())

    web.answer = answer
    assert read(records="rows", paging={"by": "cursor", "parameter": "after", "next": "meta.next"}) == NAMES
    assert [asked.parameters for asked in web.asked] == [{}, {"after": "2"}, {"after": "4"}]


def test_a_cursor_may_be_the_url_of_the_next_page(web: Any, reply: Any, read: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"TOKEN@{web.address}")
    web.one_by_one(
        reply(json.dumps({"rows": ORDERS[:2], "next": f"{web.address}/orders?from=2"}).encode()),
        reply(json.dumps({"rows": ORDERS[2:], "next": None}).encode()),
    )
    assert read(records="rows", paging={"by": "cursor", "next": "next"}, parameters={"token": "${TOKEN}"}) == NAMES
    assert [asked.parameters for asked in web.asked] == [{"token": "hunter2"}, {"from": "2", "token": "hunter2"}]


def test_the_link_header_is_followed(web: Any, reply: Any, read: Any) -> None:
    web.one_by_one(
        reply(
            json.dumps(ORDERS[:2]).encode(), headers={"Link": '</orders?page=2>; rel="next", </orders>; rel="first"'}
        ),
        reply(json.dumps(ORDERS[2:]).encode(), headers={"Link": '</orders>; rel="first"'}),
    )
    assert read(paging={"by": "link"}) == NAMES
    assert [asked.parameters for asked in web.asked] == [{}, {"page": "2"}]


def test_a_next_page_on_another_server_is_rejected(web: Any, reply: Any, rejected: Any) -> None:
    web.one_by_one(reply(json.dumps(ORDERS).encode(), headers={"Link": '<http://elsewhere.example/x>; rel="next"'}))
    assert rejected(paging={"by": "link"}).what == "the next page is on another server, http://elsewhere.example"


def test_nested_records_become_rows_as_configured(web: Any, reply: Any, read: Any) -> None:
    orders = [
        {"id": 1, "to": {"city": "Rome"}, "lines": [{"sku": "x", "price": {"net": 2}}, {"sku": "y"}]},
        {"id": 2, "to": {"city": None}, "lines": []},
    ]
    web.one_by_one(reply(json.dumps(orders).encode()))
    columns = {"order": "id", "city": "to.city", "sku": "lines.sku", "price": "lines.price.net"}
    assert read(each="lines", columns=columns) == [(1, "Rome", "x", 2), (1, "Rome", "y", None), (2, None, None, None)]


def test_rows_that_come_twice_count_once_and_the_later_one_holds(web: Any, reply: Any, read: Any) -> None:
    rows = [{"id": 1, "paid": 1}, {"id": 2, "paid": 2}, {"id": 1, "paid": 1}, {"id": 2, "paid": 3}]
    web.one_by_one(reply(json.dumps(rows).encode()))
    assert read(key=["id"]) == [(1, 1), (2, 3)]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_retried_with_growing_pauses(
    web: Any, reply: Any, read: Any, waited: list[float], status: int
) -> None:
    web.one_by_one(reply(status=status), reply(status=status), reply(json.dumps(ORDERS).encode()))
    assert read() == NAMES
    assert waited == [0.5, 1.0]


def test_an_incomplete_response_is_retried(web: Any, reply: Any, read: Any, waited: list[float]) -> None:
    web.one_by_one(reply(b"[", missing=7), reply(json.dumps(ORDERS).encode()))
    assert read() == NAMES
    assert waited == [0.5]


def test_the_server_says_how_long_to_wait(web: Any, reply: Any, read: Any, waited: list[float]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    web.one_by_one(
        reply(status=429, headers={"Retry-After": "7"}),
        reply(status=503, headers={"Retry-After": later}),
        reply(json.dumps(ORDERS).encode()),
    )
    assert read() == NAMES
    assert waited[0] == 7.0
    assert 90 < waited[1] <= 100


def test_too_long_a_wait_is_left_to_the_person(web: Any, reply: Any, rejected: Any, waited: list[float]) -> None:
    web.one_by_one(reply(status=429, headers={"Retry-After": "3600"}))
    error = rejected()
    assert error.what == "the server responds 429 Too Many Requests, and asks to wait 3,600 seconds"
    assert waited == []


def test_a_pause_is_kept_between_requests(web: Any, reply: Any, read: Any, waited: list[float]) -> None:
    web.answer = lambda asked: reply(json.dumps(ORDERS if asked.parameters["page"] == "0" else []).encode())
    assert read(paging={"by": "page", "parameter": "page"}, pause=1.5) == NAMES
    assert waited == [1.5]


def test_a_server_that_stays_down_is_an_error_after_the_last_retry(
    web: Any, reply: Any, rejected: Any, waited: list[float]
) -> None:
    web.one_by_one(reply(status=500))
    assert rejected().what == "the server responds 500 Internal Server Error"
    assert waited == [0.5, 1.0, 2.0]
    assert len(web.asked) == 4


def test_a_refused_connection_is_retried_and_reported(rejected: Any, waited: list[float]) -> None:
    assert rejected(path="http://127.0.0.1:1/orders").what == "no complete response: [Errno 111] Connection refused"
    assert waited == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("body", "entry", "said"),
    [
        (b'{"rows": [', {}, "this is not JSON"),
        (b'{"rows": []}', {}, "there is no list at 'the top'"),
        (b'{"rows": []}', {"records": "rows"}, "the list is empty"),
        (b'[{"id": 1}]', {"columns": {"price": "cost"}}, "no record has 'cost'"),
        (b'[{"id": 1}]', {"key": ["order"]}, "there is no column 'order' to identify rows"),
        (b'[{"id": 1}]', {"paging": {"by": "page", "parameter": "p"}}, "the server gives the same page again"),
        (
            b'{"r": [{"a": 1}], "n": 2}',
            {"records": "r", "paging": {"total": "n"}},
            "1 records were received, 2 were announced",
        ),
        (b'[{"id": 1}]', {"paging": {"by": "pages"}}, "paging.by: Input should be 'none', 'page', 'offset'"),
        (
            b'[{"id": 1}]',
            {"headers": {"Authorization": "Bearer hunter2"}},
            "Authorization holds a secret in plain text",
        ),
        (b'[{"id": 1}]', {"parameters": {"api_key": "hunter2"}}, "api_key holds a secret in plain text"),
    ],
)
def test_an_inconsistency_is_a_three_line_error(
    web: Any, reply: Any, rejected: Any, body: bytes, entry: dict[str, Any], said: str
) -> None:
    web.one_by_one(reply(body))
    error = rejected(**entry)
    assert error.what.startswith(said)
    assert "hunter2" not in str(error)


def test_pages_without_end_are_stopped(web: Any, reply: Any, rejected: Any) -> None:
    web.answer = lambda asked: reply(json.dumps([{"id": asked.parameters["p"]}]).encode())
    assert rejected(paging={"by": "page", "parameter": "p"}, pages=3).what == "there are more than 3 pages"
    assert len(web.asked) == 4


def test_secrets_reach_their_server_and_neither_log_nor_error(
    web: Any, reply: Any, rejected: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TOKEN", "hunter 2/é")
    monkeypatch.setenv("PIN", "swordfish")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"TOKEN@{web.address} PIN@{web.address}")
    web.one_by_one(reply(status=403))
    with caplog.at_level(logging.DEBUG):
        error = rejected(
            path=f"{web.address}/${{PIN}}/orders?token=${{TOKEN}}",
            headers={"X-Pin": "${PIN}"},
            parameters={"t": "${TOKEN}"},
        )
    assert web.asked[0].headers["X-Pin"] == "swordfish"
    assert (web.asked[0].parameters, web.asked[0].path) == (
        {"token": "hunter 2/é", "t": "hunter 2/é"},
        "/swordfish/orders",
    )
    assert error.where.startswith(f"{web.address}/${{PIN}}/orders?token=${{TOKEN}}")
    assert [secret for secret in ("hunter", "swordfish") if secret in str(error) + caplog.text] == []
    assert "/orders" in caplog.text  # the library does log its requests


def test_a_secret_that_cannot_be_sent_is_not_shown(
    web: Any, rejected: Any, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2\n")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"TOKEN@{web.address}")
    error = rejected(headers={"X-Token": "${TOKEN}"})
    assert error.what.startswith("no complete response: Invalid")
    assert "hunter2" not in str(error)
    assert (waited, web.asked) == ([], [])


def test_a_next_page_without_an_address_is_reported(web: Any, reply: Any, rejected: Any) -> None:
    web.one_by_one(reply(json.dumps(ORDERS).encode(), headers={"Link": '<http://[x>; rel="next"'}))
    assert rejected(paging={"by": "link"}).what.startswith("no complete response: ")


def test_headers_follow_a_redirect_to_their_own_server_alone(
    web: Any, reply: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"TOKEN@{web.address}")
    monkeypatch.setattr(web_addresses, "is_public", lambda address: True)
    port = web.address.rpartition(":")[2]
    web.one_by_one(
        reply(status=301, headers={"Location": "/moved"}),
        reply(status=302, headers={"Location": f"http://localhost:{port}/elsewhere"}),
        reply(json.dumps(ORDERS).encode()),
    )
    assert read(headers={"Authorization": "Bearer ${TOKEN}"}) == NAMES
    assert [asked.headers.get("Authorization") for asked in web.asked] == ["Bearer hunter2", "Bearer hunter2", None]
