"""Events that must go leave their store, and everything else stays in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import erasable
from builders.erasable import GONE, find_text

from lifecycle.cli import erase
from lifecycle.erasure.local_files import list_files
from lifecycle.erasure.objects import Unreachable
from lifecycle.erasure.search import make_search
from lifecycle.erasure.stored_events import StoreChange, find_events, list_stores, remove_events
from lifecycle.online.event_store import SqliteStore
from lifecycle.online.events import Event

DAY = 86_400_000_000


def order(number, customer="C-1", id=None):
    row = {"order": f"o{number}", "customer": customer, "weight": 1.5}
    return Event(id or f"e{number}", "orders", number * DAY, row)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("conf/serve").mkdir(parents=True)
    Path("conf/serve/default.yaml").write_text("events: data/events\n")
    return tmp_path


def fill(*events, folder="data/events"):
    store = SqliteStore(Path(folder))
    store.append(events)
    store.close()


def stored(folder="data/events"):
    store = SqliteStore(Path(folder))
    found = [number for number, _ in store.read_after(0)]
    store.close()
    return found


def test_events_of_a_value_or_an_id_are_found_and_removed(folder):
    fill(order(1), order(2, customer="C-17"), order(3), order(4, customer="C-17"))
    by_value, by_id = make_search("customer", "order", ["C-17"]), make_search("order", "order", ["o3"])
    assert find_events(by_value) == ([StoreChange("data/events", (2, 4), 4)], [])
    assert find_events(by_id) == ([StoreChange("data/events", (3,), 4)], [])
    remove_events(find_events(by_value)[0])
    assert stored() == [1, 3]
    assert find_events(by_value) == ([], [])


def test_a_text_is_found_in_any_column_and_in_the_id(folder):
    fill(order(1, customer="see jane@example.org"), order(2, id="jane@example.org/7"), order(3))
    search = make_search("mail", "order", ["jane@example.org"])
    assert find_events(search)[0] == [StoreChange("data/events", (1, 2), 3)]


def test_a_store_that_no_option_names_is_found_below_data_and_none_is_made(folder):
    assert (list_stores(), find_events(make_search("order", "order", ["o1"]))) == ([], ([], []))
    assert not Path("data").exists()
    fill(order(1), folder="data/earlier")
    assert list_stores() == ["data/earlier"]


def test_a_server_that_is_out_of_reach_is_left_to_do(folder):
    Path("conf/serve/shared.yaml").write_text("events: redis://127.0.0.1:1\n")
    _, unreachable = find_events(make_search("order", "order", ["o1"]))
    reason = "Redis reports: Error 111 connecting to 127.0.0.1:1. Connection refused."
    assert unreachable == [Unreachable("redis://127.0.0.1:1", reason)]


def test_the_files_of_a_store_are_no_files_that_go_as_a_whole(folder):
    store = SqliteStore(Path("data/events"))
    store.append([order(1)])
    Path("data/other.log").write_text("o1\n")
    assert [path.as_posix() for path in list_files()] == ["data/other.log"]
    store.close()


@pytest.mark.slow
def test_erase_takes_events_out_of_the_store_of_the_checkout(tmp_path, monkeypatch, capsys):
    built = tmp_path / "built" / "orders"
    built.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        erasable.set_environment(patch, built)
        erasable.build(built)
    erasable.open_copy(built, tmp_path, monkeypatch)
    later = Event("late", "orders", DAY, {"order": "2013-09-0001", "weight": 1.0})
    fill(Event("gone", "orders", DAY, {"order": GONE, "weight": 1.0}), later)
    Path("../ids.txt").write_text(f"{GONE}\n2013-09-0001\n")
    now = datetime(2013, 4, 1, 12, tzinfo=UTC)
    assert erase.main(["--ids", "../ids.txt"], now) == 0
    assert "events  data/events: 2 of 2 events; restart the services that have read them" in capsys.readouterr().out
    assert stored() == []
    assert find_text(GONE, Path("data")) == []
