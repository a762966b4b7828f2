"""A source that cannot be read leaves the earlier data as it was, and says so in three lines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecycle.io.hashes import hash_sha256
from lifecycle.stages import collect

ROWS = [{"id": 1, "paid": 2.5, "at": "2013-01-05"}, {"id": 2, "paid": 3.5, "at": "2013-01-06"}]


@pytest.fixture
def shop(web: Any, reply: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What writes the source of one API; its rows are collected once."""
    (tmp_path / "conf" / "source").mkdir(parents=True)
    (tmp_path / "params.yaml").write_text("source: shop\nthrough: '2013-01-31'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lifecycle.sources.retry.FIRST", 0.001)

    def write(**more: Any) -> None:
        entry = {"path": f"{web.address}/orders", "format": "rest", **more}
        said = {"_target_": "lifecycle.sources.files.read", "tables": {"orders": entry}}
        Path("conf/source/shop.yaml").write_text(yaml.safe_dump(said))

    web.one_by_one(reply(json.dumps(ROWS).encode()))
    write()
    assert collect.main([]) == 0
    return write


def state() -> dict[str, tuple[int, str]]:
    """The time of the last change and the hash of each file of the data."""
    return {
        str(path): (path.stat().st_mtime_ns, hash_sha256(path)) for path in Path("data").rglob("*") if path.is_file()
    }


BROKEN: dict[str, dict[str, Any]] = {
    "the server responds 500 Internal Server Error": {"status": 500},
    "the server responds 404 Not Found": {"status": 404},
    "the server responds 403 Forbidden": {"status": 403},
    "no complete response: IncompleteRead(9 bytes read, 99 more expected)": {"body": b'[{"id": 1', "missing": 99},
    "this is not JSON: Expecting": {"body": b'[{"id": '},
    "there is no list at 'the top'": {"body": b'{"error": "maintenance"}'},
    "the list is empty": {"body": b"[]"},
    "the source gives orders without paid; likely 'paid' is now 'price' (it has the same place); nothing was changed": {
        "body": b'[{"id": 1, "price": 2.5, "at": "2013-01-05"}]'
    },
}


@pytest.mark.parametrize("said", BROKEN)
def test_a_failure_changes_nothing(
    shop: Any, web: Any, reply: Any, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state()
    web.one_by_one(reply(**BROKEN[said]))
    assert collect.main([]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line[:6] for line in lines] == ["error:", "where:", "next: "]
    assert lines[0].startswith(f"error: {said}")
    assert state() == before


def test_a_rejected_connection_changes_nothing(shop: Any, capsys: pytest.CaptureFixture[str]) -> None:
    before = state()
    shop(path="http://127.0.0.1:1/orders")
    assert collect.main([]) == 2
    assert capsys.readouterr().err.startswith("error: no complete response: [Errno 111] Connection refused\n")
    assert state() == before


def test_a_page_that_fails_late_changes_nothing(shop: Any, web: Any, reply: Any) -> None:
    before = state()
    shop(paging={"by": "page", "parameter": "page"})
    web.answer = lambda asked: (
        reply(json.dumps(ROWS).encode()) if asked.parameters["page"] == "0" else reply(status=404)
    )
    assert collect.main([]) == 2
    assert state() == before


def test_errors_then_success_give_the_same_batch(shop: Any, web: Any, reply: Any) -> None:
    before = state()
    web.one_by_one(reply(status=500), reply(b"[", missing=5), reply(json.dumps(ROWS[::-1]).encode()))
    assert collect.main([]) == 0
    assert {name: entry[1] for name, entry in state().items()} == {name: entry[1] for name, entry in before.items()}
    assert len(web.asked) == 4


def test_what_is_delivered_twice_counts_once(shop: Any, web: Any, reply: Any) -> None:
    before = list(state())
    shop(key=["id"])
    web.one_by_one(reply(json.dumps(ROWS + ROWS).encode()))
    assert collect.main([]) == 0
    assert list(state()) == before


def test_rows_of_a_clock_that_runs_ahead_wait_for_a_later_version(shop: Any, web: Any, reply: Any) -> None:
    shop(watermark="at")
    assert collect.main([]) == 0
    before = state()
    web.one_by_one(reply(json.dumps([*ROWS, {"id": 3, "paid": 1.0, "at": "2013-02-01T00:00:00Z"}]).encode()))
    assert collect.main([]) == 0
    assert {name for name, entry in state().items() if before.get(name) != entry} == {"data/provenance.json"}
    assert collect.main(["through=2013-02-28"]) == 0
    batches = json.loads(Path("data/provenance.json").read_text())["batches"]
    assert [entry["rows"] for entry in batches] == [2, 1]
