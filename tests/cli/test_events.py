"""lifecycle events: rows of files and sources become events, in the store of the checkout or at a service."""

import dataclasses
import json
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
import uvicorn
from builders import releases

from lifecycle import config
from lifecycle.__main__ import main
from lifecycle.cli import events
from lifecycle.data.cells.reading import Reading
from lifecycle.data.cleaning import Clean, OtherTable
from lifecycle.data.features.build import Features
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import MissingFile, SourceError, UnknownName, WrongValue
from lifecycle.online.definitions import FeatureDefinitions, encode_definitions
from lifecycle.online.event_store import SqliteStore
from lifecycle.online.event_tables import list_event_tables
from lifecycle.release.release import load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.events_route import ROUTE, add_events_route
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment

TOP = Path(__file__).parents[2]
MARCH = 1_362_096_000_000_000  # the first of March 2013
SCHEMA = Schema(
    columns={
        "order": Column(type="text", role="id", description="order"),
        "sent": Column(type="time", role="time", description="sent"),
        "price": Column(type="number", role="feature", description="price", read=Reading(decimal=",", thousands=".")),
    },
    tables={
        "orders": {"order": "text", "sent": "time", "price": "text"},
        "shops": {"shop": "integer", "open": "boolean", "size": "number"},
        "places": {"place": "text"},
    },
)
CLEAN = Clean(unit="orders", steps=(), no_label="no label", tables={"shops": OtherTable(key=("shop",))})
NO_TABLE = "'{}' is no raw table whose rows may become known"
NO_COLUMN = "there is no column 'send' to tell since when a row is known"
FEED = """
_target_: lifecycle.sources.files.read
tables:
  orders: {path: orders.jsonl, format: json_lines}
  places: {path: places.csv, format: csv}
"""


def definitions():
    given = {"schema": SCHEMA, "clean": CLEAN, "features": Features(keep=("price",), past=(), steps=())}
    empty = {"bool": True, "int": 0}
    rest = {
        one.name: empty.get(str(one.type), ())
        for one in dataclasses.fields(FeatureDefinitions)
        if one.default is dataclasses.MISSING
    }
    return FeatureDefinitions(**(rest | {"identity": ("order",)} | given))


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("conf/serve", "conf/source", "conf/problem", "models/release"):
        Path(folder).mkdir(parents=True)
    shutil.copy(TOP / "conf/serve/default.yaml", "conf/serve/default.yaml")
    Path("params.yaml").write_text("problem: orders\n")
    Path("pyproject.toml").write_text("[tool.lifecycle]\npackages = []\n")
    Path("conf/problem/orders.yaml").write_text("{}\n")
    Path("conf/source/feed.yaml").write_text(FEED)
    Path("models/release/features.json").write_bytes(encode_definitions(definitions()))
    Path("orders.csv").write_text(
        "order;sent;price;colour\n"
        "o1;2013-03-01T00:00:00Z;1.234,5;red\n"
        "o2;2013-03-01T01:00:00+01:00;;blue\n"
        "o1;2013-03-01T00:00:00Z;2,5;red\n"
    )  # fmt: skip
    return tmp_path


def stored():
    store = SqliteStore(Path("data/events"))
    found = [event for _, event in store.read_after(0)]
    store.close()
    return found


def run(capsys, *arguments):
    code = events.main(list(arguments))
    return code, capsys.readouterr().out.splitlines()


def test_the_rows_of_a_file_become_events_of_the_units(checkout, capsys):
    code, lines = run(capsys, "orders.csv", "--known-at", "sent")
    assert (code, lines) == (
        0,
        ["3 events taken, 0 known before, 0 rejected", "orders: colour left out: no columns of it in conf/schema/"],
    )
    assert [(event.table, event.known_at, event.row) for event in stored()] == [
        ("orders", MARCH, {"order": "o1", "sent": MARCH, "price": 1234.5}),
        ("orders", MARCH, {"order": "o2", "sent": MARCH}),
        ("orders", MARCH, {"order": "o1", "sent": MARCH, "price": 2.5}),
    ]


def test_the_same_file_again_changes_nothing(checkout, capsys):
    run(capsys, "orders.csv", "--known-at", "sent")
    code, lines = run(capsys, "orders.csv", "--known-at", "sent")
    assert (code, lines[0]) == (0, "0 events taken, 3 known before, 0 rejected")
    assert len(stored()) == 3


def test_without_a_column_rows_are_known_since_now(checkout, capsys):
    before = time.time_ns() // 1000
    run(capsys, "orders.csv")
    known = {event.known_at for event in stored()}
    assert len(known) == 1
    assert before <= known.pop() <= time.time_ns() // 1000


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "csv"])
def test_every_format_gives_the_same_events(checkout, capsys, ending):
    rows = pd.DataFrame(
        {"shop": [1, 2], "open": [True, None], "size": [0.1 + 0.2, None], "at": ["2013-03-01T00:00:00Z"] * 2}
    )
    if ending == "parquet":
        rows.assign(at=pd.to_datetime(rows["at"])).to_parquet("shops.parquet")
    elif ending == "jsonl":
        rows.to_json("shops.jsonl", orient="records", lines=True, double_precision=15)
        text = Path("shops.jsonl").read_text().replace("0.3,", "0.30000000000000004,")
        Path("shops.jsonl").write_text(text)
    else:
        rows.to_csv("shops.csv", index=False)
    code, lines = run(capsys, f"shops.{ending}", "--table", "shops", "--known-at", "at")
    assert (code, lines) == (0, ["2 events taken, 0 known before, 0 rejected"])
    assert [(event.known_at, event.row) for event in stored()] == [
        (MARCH, {"shop": 1, "open": True, "size": 0.30000000000000004}),
        (MARCH, {"shop": 2}),
    ]


def test_rejected_rows_are_shown_with_their_number_and_the_others_are_taken(checkout, capsys):
    Path("shops.csv").write_text("shop,open\n1,true\n,true\n3,perhaps\nx,y\n" + "z,true\n" * 9)
    code, lines = run(capsys, "shops.csv", "--table", "shops")
    assert code == 0
    assert lines == [
        "1 event taken, 0 known before, 12 rejected",
        "row 2: shop: got nothing, wanted a whole number, by which the row is identified",
        "row 3: open: got 'perhaps', wanted true or false, or null",
        "row 4: shop: got 'x', wanted a whole number, or null",
        "row 4: open: got 'y', wanted true or false, or null",
        "row 5: shop: got 'z', wanted a whole number, or null",
    ]


def test_a_moment_that_is_none_or_in_the_future_is_rejected(checkout, capsys):
    Path("shops.csv").write_text("shop,at\n1,2013-03-01\n2,soon\n3,\n4,2999-01-01T00:00Z\n")
    code, lines = run(capsys, "shops.csv", "--table", "shops", "--known-at", "at")
    assert (code, lines[0]) == (0, "1 event taken, 0 known before, 3 rejected")
    assert [line.split(":")[0] + line.split(":", 2)[1] for line in lines[1:]] == [
        "row 2 known_at",
        "row 3 known_at",
        "row 4 known_at",
    ]
    assert stored()[0].known_at == MARCH


def test_a_file_of_rejected_rows_alone_ends_with_2(checkout, capsys):
    Path("shops.csv").write_text("shop,open\n,true\n,false\n")
    assert run(capsys, "shops.csv", "--table", "shops")[0] == 2


def test_more_rows_than_are_taken_at_once_keep_their_numbers(checkout, capsys):
    rows = pd.DataFrame({"shop": [str(number) for number in range(2500)], "size": "1"})
    rows.loc[2400, "size"] = "big"
    rows.to_csv("shops.csv", index=False)
    code, lines = run(capsys, "shops.csv", "--table", "shops")
    assert (code, lines) == (
        0,
        ["2,499 events taken, 0 known before, 1 rejected", "row 2401: size: got 'big', wanted a number, or null"],
    )


def test_a_source_gives_the_rows_of_its_tables(checkout, capsys):
    Path("orders.jsonl").write_text('{"order": "o1", "sent": "2013-03-01T00:00:00Z", "price": 1.125}\n')
    Path("places.csv").write_text("place\nhere\n")
    code, lines = run(capsys, "--source", "feed", "--known-at", "")
    assert (code, lines) == (
        0,
        [
            "1 event taken, 0 known before, 0 rejected",
            "places left out: its rows cannot become known (tables: in conf/clean/)",
        ],
    )
    assert stored()[0].row == {"order": "o1", "sent": MARCH, "price": 1.125}


@contextmanager
def broker(folder):
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    (folder / "broker.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    server = subprocess.Popen([program, "-c", str(folder / "broker.conf")], stderr=subprocess.DEVNULL)
    wait_for(port)
    yield port
    server.terminate()
    server.wait()


def wait_for(port):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


@pytest.mark.skipif(
    not (shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")), reason="needs mosquitto"
)
def test_messages_of_a_broker_become_events_and_are_let_go_once_they_are_stored(checkout, capsys):
    from paho.mqtt import publish

    with broker(checkout) as port:
        entry = {
            "path": f"mqtt://127.0.0.1:{port}",
            "format": "mqtt",
            "topic": "shops/#",
            "messages": 3,
            "seconds": 5.0,
        }
        Path("conf/source/sensors.yaml").write_text(
            json.dumps({"_target_": "lifecycle.sources.files.read", "tables": {"shops": entry}})
        )
        bodies = ({"shop": 1, "open": True}, {"shop": 2, "size": 3.5}, "broken")
        messages = [
            {"topic": f"shops/{place}", "payload": json.dumps(body), "retain": True, "qos": 1}
            for place, body in enumerate(bodies)
        ]
        publish.multiple(messages, hostname="127.0.0.1", port=port)
        code, lines = run(capsys, "--source", "sensors")
    assert (code, lines[0]) == (0, "2 events taken, 0 known before, 0 rejected")
    assert {event.row["shop"]: event.row for event in stored()} == {
        1: {"shop": 1, "open": True},
        2: {"shop": 2, "size": 3.5},
    }
    assert list(Path("data/arrived/events").iterdir()) == []


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


@pytest.fixture
def service(checkout, release):
    store = SqliteStore(checkout / "service")
    made = Service(config.load(Config, ["serve=default"]).serve, Environment(key="k" * 20), release, "HEAD")
    app = create_app(made)
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") != ROUTE]
    add_events_route(app, made, lambda: store, lambda: list_event_tables(definitions()))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", store
    server.should_exit = True
    thread.join()
    store.close()


def test_rows_are_sent_to_a_service_once(service, capsys, monkeypatch):
    url, store = service
    monkeypatch.setenv("LIFECYCLE_API_KEY", "k" * 20)
    code, lines = run(capsys, "orders.csv", "--known-at", "sent", "--url", url)
    assert (code, lines[0]) == (0, "3 events taken, 0 known before, 0 rejected")
    sent = [event for _, event in store.read_after(0)]
    assert [event.row.get("price") for event in sent] == [1234.5, None, 2.5]
    assert run(capsys, "orders.csv", "--known-at", "sent", "--url", f"{url}/")[1][0] == (
        "0 events taken, 3 known before, 0 rejected"
    )
    assert not Path("data/events").exists()
    run(capsys, "orders.csv", "--known-at", "sent")
    assert stored() == sent


def test_a_service_that_wants_a_key_is_said(service, monkeypatch):
    monkeypatch.delenv("LIFECYCLE_API_KEY", raising=False)
    with pytest.raises(SourceError) as said:
        events.main(["orders.csv", "--url", service[0]])
    assert said.value.what == "the service takes no events (key: wanted Authorization: Bearer KEY)"
    assert said.value.todo == "start it (lifecycle serve), and export LIFECYCLE_API_KEY where it asks for a key"


def test_a_command_line_that_makes_no_sense_is_said(checkout):
    for arguments in ([], ["orders.csv", "--source", "feed"]):
        with pytest.raises(WrongValue, match="there is no file and no source, or both"):
            events.main(arguments)


@pytest.mark.parametrize(
    ("arguments", "kind", "what"),
    [
        (["orders.csv", "--table", "shop"], UnknownName, NO_TABLE.format("shop")),
        (["--source", "feed", "--table", "places"], UnknownName, NO_TABLE.format("places")),
        (["orders.csv", "--known-at", "send"], UnknownName, NO_COLUMN),
        (["--source", "feeds"], UnknownName, "source: there is no option 'feeds'"),
        (["nowhere.csv"], SourceError, ""),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(checkout, arguments, kind, what):
    with pytest.raises(kind) as said:
        events.main(arguments)
    assert said.value.what == what or not what


def test_a_release_of_prepared_rows_has_no_use_for_events(checkout, capsys):
    Path("models/release/features.json").unlink()
    with pytest.raises(MissingFile, match="the release makes no features of raw rows"):
        events.main(["orders.csv"])


def test_the_command_is_there(capsys):
    with pytest.raises(SystemExit):
        main(["events", "--help"])
    assert capsys.readouterr().out.startswith("usage: lifecycle events FILE [--table TABLE]")
