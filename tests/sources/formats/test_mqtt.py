"""MQTT against a real broker: as many messages as asked for, malformed ones kept, and those that come twice once."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from lifecycle.errors import LifecycleError
from lifecycle.io.tables import read_table
from lifecycle.sources import files
from lifecycle.sources.batches import Batch
from lifecycle.sources.formats import mqtt
from lifecycle.stages import collect

pytestmark = pytest.mark.slow  # a real broker

TOP = f"lifecycle/{os.getpid()}"
Publish = Callable[..., None]


@pytest.fixture
def publish(broker: str) -> Iterator[Publish]:
    """What publishes payloads under a topic, retained where asked, and takes the retained ones back at the end."""
    host, _, port = broker.removeprefix("mqtt://").partition(":")
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(host, int(port))
    client.loop_start()
    retained = []

    def of(topic: str, *payloads: Any, retain: bool = False) -> None:
        for payload in payloads:
            said = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            client.publish(f"{TOP}/{topic}", said, qos=1, retain=retain).wait_for_publish(5)
        retained.append(topic)

    yield of
    for topic in retained:
        client.publish(f"{TOP}/{topic}", b"", qos=1, retain=True).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def reader(broker: str) -> Iterator[str]:
    """The name of a reader for whom the broker keeps what comes to the sensors' topic."""
    name = f"lifecycle-{os.getpid()}"
    nothing_comes(broker, client=name, seconds=0.1)
    yield name
    host, _, port = broker.removeprefix("mqtt://").partition(":")
    forgotten = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=True)
    let_in = threading.Event()
    forgotten.on_connect = lambda *_: let_in.set()
    forgotten.connect(host, int(port))
    forgotten.loop_start()
    assert let_in.wait(5)
    forgotten.disconnect()
    forgotten.loop_stop()


def nothing_comes(broker: str, **more: Any) -> None:
    """Read where nothing may come."""
    with pytest.raises(LifecycleError, match="there are no rows"):
        read(broker, **more)


def entry(broker: str, **more: Any) -> dict[str, Any]:
    """An entry for the sensors."""
    return {"path": broker, "format": "mqtt", "topic": f"{TOP}/+/reading", "seconds": 3.0, **more}


def read(broker: str, **more: Any) -> list[Batch]:
    """The batches of an entry."""
    return list(files.read(tables={"readings": entry(broker, **more)}, wait=lambda seconds: None))


def cells(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """The rows, with None where missing."""
    return [tuple(row) for row in rows.astype("object").where(rows.notna(), None).to_numpy()]


def test_messages_of_every_sensor_become_rows(broker: str, publish: Publish) -> None:
    publish("a/reading", {"at": 1, "air": {"t": 20.5}}, retain=True)
    publish("b/reading", {"at": 2, "air": {"t": 21}}, retain=True)
    publish("b/state", {"at": 3}, retain=True)
    (batch,) = read(broker, messages=2)
    assert batch.rows.columns.to_list() == ["topic", "at", "air.t"]
    assert cells(batch.rows) == [(f"{TOP}/a/reading", 1, 20.5), (f"{TOP}/b/reading", 2, 21.0)]
    assert batch.origin is not None
    assert batch.origin.source == f"{broker} ({TOP}/+/reading)"


def test_reading_ends_in_time_or_with_the_last_requested_message(broker: str, publish: Publish, reader: str) -> None:
    publish("a/reading", *({"n": number} for number in range(5)))
    (first,) = read(broker, client=reader, messages=3, seconds=60.0)
    (second,) = read(broker, client=reader, messages=3, seconds=1.0)
    assert (first.rows["n"].to_list(), second.rows["n"].to_list()) == ([0, 1, 2], [3, 4])
    nothing_comes(broker, client=reader, seconds=0.1)


def test_without_a_name_only_what_comes_meanwhile_is_read(broker: str, publish: Publish) -> None:
    publish("a/reading", {"n": 1})
    nothing_comes(broker, seconds=0.1)


def test_messages_that_come_twice_count_once(broker: str, publish: Publish, reader: str) -> None:
    readings = {"id": 1, "t": 1}, {"id": 1, "t": 1}, {"id": 2, "t": 1}, {"id": 2, "t": 2}
    for key, expected in (([], [[1, 1], [2, 1], [2, 2]]), (["id"], [[1, 1], [2, 2]])):
        publish("a/reading", *readings)
        (batch,) = read(broker, client=reader, messages=4, seconds=30.0, key=key)
        assert batch.rows[["id", "t"]].to_numpy().tolist() == expected


MALFORMED = {
    b"\xff": "the message is not UTF-8",
    b'{"at": ': "the message is not JSON",
    b"[1]": "the message is not an object",
    b'{"b": 1}': "the message has none of at, t",
    b'{"t": 1}': "at is missing or no time",
    b'{"t": 1, "at": "noon"}': "at is missing or no time",
    b'{"t": 1, "at": "NaT"}': "at is missing or no time",
    b'{"t": 1, "at": 5}': "at is missing or no time",
    b'{"t": 1, "at": "2013-02-01T00:00:00Z"}': "at is after 2013-01-31",
}
GOOD = {"t": 5, "at": "2013-01-31T23:59:59Z"}


def test_malformed_messages_are_kept_with_their_reason(
    broker: str, publish: Publish, reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = entry(broker, messages=10, columns={"at": "at", "t": "t"}, watermark="at", seconds=30.0, client=reader)
    write_source(tmp_path, monkeypatch, **asked)
    publish("a/reading", *MALFORMED, GOOD)
    assert collect.main([]) == 0
    (rows,), (rejected,) = [
        [read_table(path) for path in Path("data/raw", name).glob("*")] for name in ("readings", "readings_rejected")
    ]
    assert cells(rows) == [(f"{TOP}/a/reading", "2013-01-31T23:59:59Z", 5)]
    assert rejected["reason"].to_list() == list(MALFORMED.values())
    assert rejected["message"].to_list()[1:] == [message.decode() for message in list(MALFORMED)[1:]]
    late = {"t": 6, "at": "2013-01-05T00:00:00Z"}
    publish("a/reading", GOOD, late, b"[1]", b"[2]")
    assert collect.main(["source.tables.readings.messages=4"]) == 0
    batches = json.loads(Path("data/provenance.json").read_text())["batches"]
    assert sorted((entry["batch"].split("/")[0], entry["rows"]) for entry in batches) == [
        ("readings", 1), ("readings", 1), ("readings_rejected", 1), ("readings_rejected", 9),
    ]  # fmt: skip
    before = Path("data/provenance.json").read_bytes()
    assert collect.main(["source.tables.readings.seconds=0.2"]) == 0
    assert Path("data/provenance.json").read_bytes() == before


# The stage, killed when it comes to one of its calls.
KILLED = """
import os, signal, sys
from pathlib import Path
from lifecycle.stages import collect
from lifecycle.sources import message_buffer
from paho.mqtt.client import Client
places = {"Client": Client, "collect": collect, "MessageBuffers": message_buffer.MessageBuffers}
place, name = places[sys.argv[1]], sys.argv[2]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
assert hasattr(place, name)
setattr(place, name, die)
collect.main([])
"""


def write_source(folder: Path, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> None:
    """A working folder whose source is a topic."""
    (folder / "conf" / "source").mkdir(parents=True)
    (folder / "params.yaml").write_text("source: sensors\nthrough: '2013-01-31'\n")
    said = {"_target_": "lifecycle.sources.files.read", "tables": {"readings": asked}}
    (folder / "conf/source/sensors.yaml").write_text(yaml.safe_dump(said))
    monkeypatch.chdir(folder)


def raw() -> dict[str, bytes]:
    """The bytes of every raw batch, and of the provenance."""
    return {
        str(path): path.read_bytes() for path in [*Path("data/raw").rglob("*.parquet"), Path("data/provenance.json")]
    }


@pytest.mark.parametrize(
    "point",
    [
        ("Client", "ack"),
        ("Client", "disconnect"),
        ("collect", "write_batch"),
        ("collect", "write_provenance"),
        ("MessageBuffers", "clear"),
    ],
    ids=" ".join,
)
def test_no_message_is_lost_by_a_kill(
    broker: str, publish: Publish, reader: str, point: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_source(tmp_path, monkeypatch, **entry(broker, client=reader, messages=6, seconds=20.0))
    messages = [{"id": number} for number in range(6)]
    publish("a/reading", *messages)
    assert collect.main([]) == 0
    undisturbed = raw()
    shutil.rmtree("data")
    publish("a/reading", *messages)
    done = subprocess.run([sys.executable, "-c", KILLED, *point], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert list(Path("data/arrived").iterdir())
    assert collect.main([]) == 0
    assert raw() == undisturbed
    assert list(Path("data/arrived").iterdir()) == []
    before = raw()
    assert collect.main(["source.tables.readings.seconds=0.2"]) == 0
    assert raw() == before


def test_a_rejection_leaves_the_messages_for_the_next_collection(
    broker: str,
    publish: Publish,
    reader: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_source(tmp_path, monkeypatch, **entry(broker, client=reader, messages=2, seconds=20.0, key=["id"]))
    publish("a/reading", {"number": 1}, {"number": 2})
    assert collect.main([]) == 2
    assert capsys.readouterr().err.startswith("error: there is no column 'id' to identify rows\n")
    assert not Path("data/raw").exists()
    assert collect.main(["source.tables.readings.key=[number]"]) == 0
    assert [read_table(path)["number"].to_list() for path in Path("data/raw").rglob("*.parquet")] == [[1, 2]]


def test_two_collections_at_once_are_one(
    broker: str,
    publish: Publish,
    reader: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_source(tmp_path, monkeypatch, **entry(broker, client=reader, messages=2, seconds=30.0))
    publish("a/reading", {"id": 1})
    first = subprocess.Popen([sys.executable, "-m", "lifecycle.stages.collect"])
    until = time.monotonic() + 30
    while not list(Path("data").rglob("*.jsonl")) and time.monotonic() < until:
        time.sleep(0.05)
    assert collect.main([]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"error: another collect is running in this folder, process {first.pid}",
        "where: runs/collect.lock",
        "next:  wait until it has ended, then: dvc repro collect",
    ]
    publish("a/reading", {"id": 2})
    assert first.wait(30) == 0
    assert [read_table(path)["id"].to_list() for path in Path("data/raw").rglob("*.parquet")] == [[1, 2]]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"path": "mqtt://127.0.0.1:1"}, "the broker cannot be read: [Errno 111] Connection refused"),
        ({"path": "http://127.0.0.1:1"}, "http://127.0.0.1:1 is no address of a broker"),
        ({"path": "mqtt://bob:hunter2@127.0.0.1:1"}, "the address holds a password"),
    ],
)
def test_a_broker_that_cannot_be_read_is_reported(more: dict[str, str], said: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        read("", **more)
    assert caught.value.what == said
    assert "hunter2" not in str(caught.value)


def test_a_password_lets_in_and_a_wrong_one_does_not(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQTT_PASSWORD", "hunter2")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"MQTT_PASSWORD@mqtt://{guarded.rpartition('@')[2]}")
    nothing_comes(guarded, seconds=0.1)
    monkeypatch.setenv("MQTT_PASSWORD", "swordfish")
    with pytest.raises(LifecycleError, match="the broker cannot be read: Not authorized") as caught:
        read(guarded, seconds=0.1)
    assert "swordfish" not in str(caught.value)


def test_a_topic_that_cannot_be_is_rejected(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "BROKER_SECONDS", 0.5)
    with pytest.raises(LifecycleError, match="the broker cannot be read: Invalid subscription filter") as caught:
        read(broker, topic="a/#/b")
    assert [line[:6] for line in str(caught.value).splitlines()] == ["error:", "where:", "next: "]
