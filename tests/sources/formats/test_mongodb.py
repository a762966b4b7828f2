"""MongoDB against a stand-in that speaks its protocol, over a real connection."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import bson
import pandas as pd
import pytest
from bson.decimal128 import Decimal128

from lifecycle.errors import LifecycleError
from lifecycle.sources import files
from lifecycle.sources.formats import mongodb

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
ID = bson.ObjectId("0123456789abcdef01234567")
ORDERS = [
    {"_id": ID, "n": 2, "to": {"city": "Rome", "at": datetime(2013, 1, 1, 5, tzinfo=UTC)}, "paid": Decimal128("2.50")},
    {"_id": 7, "n": bson.Int64(1), "to": None, "paid": 1.5, "gift": True, "tags": ["a", ID], "raw": b"\x01\xff"},
    {"_id": "x", "n": 3, "to": {"city": None}},
]


class Mongo(socketserver.BaseRequestHandler):
    """Answers hello, find and getMore: one document first, the others with the cursor. `broken` answers break off."""

    asked: list[dict[str, Any]]
    broken: int

    def handle(self) -> None:
        while head := self.request.recv(16, 0x100):  # MSG_WAITALL
            size, number, _, code = struct.unpack("<iiii", head)
            body = self.request.recv(size - 16, 0x100)
            start = body.index(b"\0", 4) + 9 if code == OP_QUERY else 5
            command = bson.decode(body[start : start + struct.unpack_from("<i", body, start)[0]])
            said = bson.encode(self.answer(command))
            reply = struct.pack("<iqii", 8, 0, 0, 1) + said if code == OP_QUERY else struct.pack("<ib", 0, 0) + said
            whole = struct.pack("<iiii", 16 + len(reply), 0, number, OP_REPLY if code == OP_QUERY else OP_MSG) + reply
            if "getMore" in command and Mongo.broken:
                Mongo.broken -= 1
                self.request.sendall(whole[: len(whole) // 2])
                return
            self.request.sendall(whole)

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """What the server says to a command."""
        Mongo.asked.append(command)
        if "find" in command:
            if command["find"] == "secrets":
                return {"ok": 0, "code": 13, "errmsg": "not authorized on shop", "codeName": "Unauthorized"}
            first = ORDERS[:1] if command["find"] == "orders" else []
            return {"ok": 1, "cursor": {"id": bson.Int64(len(first)), "ns": "shop.orders", "firstBatch": first}}
        if "getMore" in command:
            return {"ok": 1, "cursor": {"id": bson.Int64(0), "ns": "shop.orders", "nextBatch": ORDERS[1:]}}
        return {
            "ok": 1,
            "helloOk": True,
            "isWritablePrimary": True,
            "ismaster": True,
            "maxWireVersion": 21,
            "minWireVersion": 0,
        }


@pytest.fixture
def mongo() -> Iterator[str]:
    """The address of a database on this machine."""
    Mongo.asked, Mongo.broken = [], 0
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mongo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"mongodb://127.0.0.1:{server.server_address[1]}/shop"
        server.shutdown()
        thread.join()


def read(address: str, waited: list[float], **more: Any) -> pd.DataFrame:
    """The rows of an entry."""
    entry = {"path": address, "format": "mongodb", "table": "orders", **more}
    (batch,) = files.read(tables={"orders": entry}, wait=waited.append)
    return batch.rows


def test_documents_become_rows_in_one_order(mongo: str, waited: list[float]) -> None:
    found = read(mongo, waited, query={"n": {"$gt": 0}})
    assert {name: [None if pd.isna(cell) else cell for cell in found[name]] for name in found.columns} == {
        "_id": ["0123456789abcdef01234567", "7", "x"],
        "n": [2, 1, 3],
        "to.city": ["Rome", None, None],
        "to.at": ["2013-01-01T05:00:00.000Z", None, None],
        "paid": ["2.50", "1.5", None],
        "gift": [None, True, None],
        "tags": [None, '["a","0123456789abcdef01234567"]', None],
        "raw": [None, "01ff", None],
    }
    (asked,) = [command for command in Mongo.asked if "find" in command]
    assert (asked["find"], asked["filter"], asked["$db"]) == ("orders", {"n": {"$gt": 0}}, "shop")


def test_columns_and_key_are_those_of_the_entry(mongo: str, waited: list[float]) -> None:
    assert read(mongo, waited, columns={"city": "to.city"}, key=["city"])["city"].to_list()[0] == "Rome"


def test_an_incomplete_response_is_retried(mongo: str, waited: list[float]) -> None:
    Mongo.broken = 1
    assert len(read(mongo, waited)) == 3
    assert waited == [0.5]


def rejected(address: str, waited: list[float], **more: Any) -> LifecycleError:
    """The error of an entry."""
    with pytest.raises(LifecycleError) as caught:
        read(address, waited, **more)
    assert [line[:6] for line in str(caught.value).splitlines()] == ["error:", "where:", "next: "]
    assert "hunter2" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"table": "secrets"}, "MongoDB reports: not authorized on shop"),
        ({"table": "nothing"}, "the list is empty"),
        ({"query": {"$expr": {"$function": {"body": "f"}}}}, "query has $function, which runs a program"),
    ],
)
def test_a_rejection_of_the_server_is_reported(
    mongo: str, waited: list[float], more: dict[str, Any], said: str
) -> None:
    assert rejected(mongo, waited, **more).what.startswith(said)


def test_a_server_that_is_down_is_reported(waited: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb, "MILLISECONDS", 100)
    monkeypatch.setenv("MONGO_PASSWORD", "hunter2")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", "MONGO_PASSWORD@127.0.0.1:1")
    error = rejected("mongodb://bob:${MONGO_PASSWORD}@127.0.0.1:1/shop", waited)
    assert error.what.startswith("MongoDB reports: 127.0.0.1:1: [Errno 111] Connection refused")
    assert error.where == "mongodb://bob:${MONGO_PASSWORD}@127.0.0.1:1/shop, collection orders"
    assert rejected("mongodb://bob:hunter2@127.0.0.1:1/shop", waited).what == "the address holds a password"
