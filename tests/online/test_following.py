"""Workers that follow one store: each knows at once what any of them was sent, also after it was killed."""

import pandas as pd
import pytest
from builders import shops

from lifecycle.online.event_records import read_events
from lifecycle.online.event_store import Appended, SqliteStore
from lifecycle.online.event_tables import list_event_tables
from lifecycle.online.features import find_differences
from lifecycle.online.packing import unpack_features

UNTIL = "2024-03-14T00:00Z"
START = pd.Timestamp("1970-01-01T00:00Z")
TIMES = ("ordered_at", "delivered_at", "read_at")


@pytest.fixture(scope="module")
def everything():
    return shops.build_orders()


@pytest.fixture(scope="module")
def packed(everything):
    return shops.pack(shops.select_until(everything, UNTIL))


@pytest.fixture
def start(packed, tmp_path):
    """A worker of its own connections, which follows the store of this test."""
    stores = []

    def made():
        store = SqliteStore(tmp_path / "events")
        stores.append(store)
        worker = unpack_features(packed.files, "models/release")
        worker.follow(store)
        return worker, store

    yield made
    for store in stores:
        store.close()


def spell(microseconds):
    return (START + pd.Timedelta(microseconds, "us")).isoformat()


def record(event):
    """The event as a client sends it."""
    row = {name: spell(value) if name in TIMES else value for name, value in event.row.items()}
    return {"id": event.id, "table": event.table, "known_at": spell(event.known_at), "row": row}


def test_what_a_client_sends_is_the_event(everything, packed):
    events = shops.list_events(everything, UNTIL)
    now = max(event.known_at for event in events)
    read, rejections = read_events([record(event) for event in events], list_event_tables(packed.definitions), now)
    assert rejections == []
    assert read == events


def test_every_worker_knows_what_one_was_sent(everything, start):
    (one, store), (other, _) = start(), start()
    expected = shops.compute_offline(everything)[1].set_index("order")
    events, orders, asked = shops.list_events(everything, UNTIL), everything["orders"], 0
    for moment in ("2024-03-14T08:00Z", "2024-03-17T20:00Z"):
        some, known = (
            orders[orders["ordered_at"] == pd.Timestamp(moment)],
            shops.count_microseconds(pd.Timestamp(moment)),
        )
        store.append([event for event in events if event.known_at <= known])
        for worker in (one, other, start()[0]):
            found = worker.compute(some[["shop", "ordered_at"]].reset_index(drop=True))
            features = found.features.set_axis(found.ids)
            assert find_differences(features, expected.loc[features.index]) == []
            assert worker.find_known_until() == max(event.known_at for event in events if event.known_at <= known)
        asked += len(some)
    assert asked == 4


def test_the_same_events_again_and_other_ones_of_their_ids_change_nothing(everything, start):
    (worker, store), events = start(), shops.list_events(everything, UNTIL)
    store.append(events)
    asked = everything["orders"][["shop", "ordered_at"]].tail(2).reset_index(drop=True)
    before = worker.compute(asked).features
    again = [*events, type(events[0])(events[-1].id, "readings", events[-1].known_at, {"degrees": 49.0})]
    assert store.append(again) == Appended(0, len(events), (events[-1].id,))
    assert find_differences(worker.compute(asked).features, before) == []
