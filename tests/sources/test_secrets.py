"""No credential reaches a file, a log or an error: looked for in everything that a collection leaves behind."""

import json
import logging
import os
import socketserver
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bson
import pytest
import sqlalchemy as sa
import yaml
from paho.mqtt import publish

from lifecycle.errors import SourceError, WrongValue
from lifecycle.sources.secret_servers import list_servers
from lifecycle.sources.secrets import PLACEHOLDER, hide_secrets, mask_secrets, must_hide_passwords, must_hide_values
from lifecycle.sources.sql_engine import add_driver

pytestmark = pytest.mark.slow  # real servers

TOP = Path(__file__).parents[2]
SECRETS = {"SHOP_USER": "bob the shopkeeper", "SHOP_PASSWORD": "hunter/2 é", "SHOP_TOKEN": "swordfish-0815"}
SPELLED = [
    spelled.encode()
    for spelled in ("shopkeeper", "hunter", "swordfish", "Ym9iIHRoZSBzaG9wa2VlcGVy")  # the last as Basic sends it
]
STAGES = {
    "stages": {
        "collect": {
            "cmd": f"{sys.executable} -m lifecycle.stages.collect source=shop through=2013-01-31",
            "params": [{"conf/source/shop.yaml": None}],
            "outs": [{"data/raw": {"persist": True}}, {"data/provenance.json": {"cache": False}}],
        }
    }
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the collect stage alone, and a remote."""
    folder = tmp_path / "shop"
    (folder / "conf" / "source").mkdir(parents=True)
    (folder / "params.yaml").write_text("source: shop\nthrough: '2013-01-31'\n")
    (folder / "dvc.yaml").write_text(yaml.safe_dump(STAGES))
    run(folder, "git", "init", "--quiet")
    run(folder, "dvc", "init", "--quiet")
    run(folder, "dvc", "remote", "add", "--quiet", "--default", "store", str(tmp_path / "remote"))
    return folder


def run(folder: Path, *command: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a command with the secrets in its environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(TOP / "src"), "DVC_NO_ANALYTICS": "1", "LIFECYCLE_DEBUG": "1"}
    more = SECRETS | {"LIFECYCLE_SECRETS_FOR": confirm_all(folder / "conf/source/shop.yaml")}
    return subprocess.run(command, cwd=folder, env=os.environ | own | more, capture_output=True, check=False)


def confirm_all(source: Path) -> str:
    """Each variable of a source, confirmed for each of its servers."""
    entries = yaml.safe_load(source.read_text())["tables"].values() if source.is_file() else []
    return " ".join(
        f"{name}@{server}"
        for entry in entries
        for server in list_servers(PLACEHOLDER.sub("~", entry["path"]), entry["path"])
        for name in PLACEHOLDER.findall(json.dumps(entry))
    )


def write_source(folder: Path, **tables: dict[str, Any]) -> None:
    """Write conf/source/shop.yaml."""
    said = {"_target_": "lifecycle.sources.files.read", "tables": tables}
    (folder / "conf/source/shop.yaml").write_text(yaml.safe_dump(said))


def leaks(top: Path, *said: bytes) -> list[str]:
    """Where a secret stands: in a file below the folder, or in what was said."""
    files = {str(path): path.read_bytes() for path in top.rglob("*") if path.is_file()}
    texts = files | {f"output {place}": text for place, text in enumerate(said)}
    return [f"{secret!r} in {name}" for name, text in texts.items() for secret in SPELLED if secret in text]


def test_what_a_collection_leaves_behind_has_no_secret(repository: Path, tmp_path: Path, web: Any, reply: Any) -> None:
    web.one_by_one(reply(json.dumps([{"id": 1}]).encode()))
    address = web.address.replace("://", r"://\${SHOP_USER}:\${SHOP_PASSWORD}@")
    api = {
        "path": rf"{web.address}/orders?token=\${{SHOP_TOKEN}}",
        "format": "rest",
        "headers": {"X-Token": r"Bearer \${SHOP_TOKEN}"},
        "parameters": {"password": r"\${SHOP_PASSWORD}"},
    }
    write_source(repository, orders=api, shops={"path": f"{address}/shops", "format": "json"})
    done = run(repository, "dvc", "repro", "--verbose")
    assert done.returncode == 0, done.stderr.decode()
    assert run(repository, "dvc", "push").returncode == 0
    sent = [asked.headers for asked in web.asked] + [asked.parameters for asked in web.asked]
    assert "swordfish" in str(sent)
    assert "Ym9iIHRoZSBzaG9wa2VlcGVy" in str(sent)
    assert "SHOP_TOKEN" in (repository / "dvc.lock").read_text()
    assert "SHOP_PASSWORD" in (repository / "data/provenance.json").read_text()
    assert leaks(tmp_path, done.stdout, done.stderr) == []


def collected(repository: Path, **tables: dict[str, Any]) -> str:
    """The provenance of what a source gives, once it is known that no secret stands anywhere, the remote included."""
    write_source(repository, **tables)
    done = run(repository, "dvc", "repro", "--verbose")
    assert done.returncode == 0, done.stderr.decode()
    pushed = run(repository, "dvc", "push", "--verbose")
    assert pushed.returncode == 0, pushed.stderr.decode()
    assert list((repository.parent / "remote").rglob("*.dir"))
    assert leaks(repository.parent, done.stdout, done.stderr, pushed.stdout, pushed.stderr) == []
    return (repository / "data/provenance.json").read_text()


@pytest.fixture
def account(database: str) -> Iterator[str]:
    """The address of a database with a password in it, which the server asks for unless it trusts this machine."""
    engine, name = sa.create_engine(add_driver(sa.make_url(database))), f"lifecycle_{os.getpid()}"
    parts = urlsplit(database)
    mysql = parts.scheme == "mysql"
    said = f"'{name}'@'%'" if mysql else name
    statements = [f"CREATE TABLE {name} (id INTEGER)", f"INSERT INTO {name} VALUES (1)"]
    made = f"CREATE USER {said} {'IDENTIFIED BY' if mysql else 'PASSWORD'} '{SECRETS['SHOP_TOKEN']}'"
    with engine.begin() as connection:
        for statement in [*statements, made, f"GRANT SELECT ON {name} TO {said}"]:
            connection.execute(sa.text(statement))
    yield rf"{parts.scheme}://{name}:\${{SHOP_TOKEN}}@{parts.hostname}:{parts.port}{parts.path}"
    with engine.begin() as connection:
        for statement in [f"DROP TABLE {name}", f"DROP USER {said}"]:
            connection.execute(sa.text(statement))
    engine.dispose()


def test_what_a_database_gives_for_a_password_has_none_of_it(repository: Path, account: str) -> None:
    entry = {"path": account, "format": "sql", "table": urlsplit(account).username}
    assert "SHOP_TOKEN" in collected(repository, orders=entry)


def test_what_a_broker_gives_for_a_password_has_none_of_it(
    repository: Path, guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQTT_PASSWORD", "hunter2")
    publish.single(
        "orders",
        b'{"id": 1}',
        retain=True,
        hostname="127.0.0.1",
        port=int(guarded.rpartition(":")[2]),
        auth={"username": "bob", "password": "hunter2"},
    )
    path = guarded.replace("${", r"\${")
    entry = {"path": path, "format": "mqtt", "topic": "orders", "messages": 1, "seconds": 20.0}
    assert "MQTT_PASSWORD" in collected(repository, orders=entry)


def test_what_a_storage_gives_for_a_key_has_none_of_it(repository: Path, bucket: str) -> None:
    entry = {"path": f"{bucket}/orders/2013.csv", "format": "csv"}
    assert "s3://shop/orders/2013.csv" in collected(repository, orders=entry)


@pytest.mark.parametrize("status", [401, 500])
def test_a_server_that_says_the_secret_back_does_not_show_it(
    repository: Path, tmp_path: Path, web: Any, reply: Any, status: int
) -> None:
    web.answer = lambda asked: reply(
        asked.headers["X-Token"].encode(), status, headers={"Retry-After": "0", "X-Said": asked.headers["X-Token"]}
    )
    api = {"path": f"{web.address}/orders", "format": "rest", "headers": {"X-Token": r"\${SHOP_TOKEN}"}}
    write_source(repository, orders=api)
    done = run(repository, "dvc", "repro", "--verbose")
    assert done.returncode != 0
    assert f"error: the server responds {status}".encode() in done.stderr
    assert leaks(tmp_path, done.stdout, done.stderr) == []
    assert not (repository / "dvc.lock").exists()


@pytest.mark.parametrize(
    ("place", "entry"),
    [
        ("postgresql://{}@127.0.0.1:1/shop", {"format": "sql", "table": "orders"}),
        ("mysql://{}@127.0.0.1:1/shop", {"format": "sql", "table": "orders"}),
        ("mongodb://{}@127.0.0.1:1/shop", {"format": "mongodb", "table": "orders"}),
        ("mqtt://{}@127.0.0.1:1", {"format": "mqtt", "topic": "orders"}),
    ],
)
def test_a_server_that_rejects_does_not_show_the_password(
    repository: Path, tmp_path: Path, place: str, entry: dict[str, str]
) -> None:
    write_source(repository, orders={"path": place.format(r"\${SHOP_USER}:\${SHOP_PASSWORD}"), **entry})
    done = run(repository, sys.executable, "-c", QUICK)
    assert (done.returncode, b"refused" in done.stderr) == (2, True), done.stderr.decode()
    assert leaks(tmp_path, done.stdout, done.stderr) == []


# The stage with short pauses between its attempts.
QUICK = """
import sys
from lifecycle.sources import retry
from lifecycle.sources.formats import mongodb
from lifecycle.stages import collect
retry.FIRST, mongodb.MILLISECONDS = 0.001, 100
sys.exit(collect.main([]))
"""


class Postgres(socketserver.BaseRequestHandler):
    """A server that asks for the password in the clear, and says it back as it rejects it."""

    def handle(self) -> None:
        (size,) = struct.unpack("!i", self.request.recv(4, 0x100))
        if struct.unpack("!i", self.request.recv(size - 4, 0x100)[:4])[0] == 80877103:  # is there TLS? no
            self.request.sendall(b"N")
            return self.handle()
        self.request.sendall(struct.pack("!cii", b"R", 8, 3))
        _, size = struct.unpack("!ci", self.request.recv(5, 0x100))
        password = self.request.recv(size - 4, 0x100).rstrip(b"\0")
        fields = b"SFATAL\0VFATAL\0C28P01\0Mno entry with " + password + b"\0\0"
        self.request.sendall(struct.pack("!ci", b"E", 4 + len(fields)) + fields)
        return None


class Mongo(socketserver.BaseRequestHandler):
    """A server that takes the password in the clear, and says it back as it rejects it."""

    def handle(self) -> None:
        while head := self.request.recv(16, 0x100):
            size, number, _, code = struct.unpack("<iiii", head)
            body = self.request.recv(size - 16, 0x100)
            start = body.index(b"\0", 4) + 9 if code == 2004 else 5
            command = bson.decode(body[start : start + struct.unpack_from("<i", body, start)[0]])
            hello = {"ok": 1, "helloOk": True, "isWritablePrimary": True, "maxWireVersion": 21, "minWireVersion": 0}
            told = command.get("payload", b"").decode().replace("\0", " ")
            rejected = {"ok": 0, "code": 18, "errmsg": f"no entry with {told}", "codeName": "AuthenticationFailed"}
            said = bson.encode(rejected if "saslStart" in command else hello)
            reply = struct.pack("<iqii", 8, 0, 0, 1) + said if code == 2004 else struct.pack("<ib", 0, 0) + said
            answer = 1 if code == 2004 else 2013
            self.request.sendall(struct.pack("<iiii", 16 + len(reply), 0, number, answer) + reply)


@pytest.fixture
def hostile(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that rejects."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), request.param) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def turned_down(repository: Path, **entry: Any) -> bytes:
    """What the stage says of a source that lets it not in, once it is known that no secret stands anywhere."""
    write_source(repository, orders=entry)
    done = run(repository, sys.executable, "-c", QUICK)
    assert done.returncode == 2, done.stderr.decode()
    assert leaks(repository.parent, done.stdout, done.stderr) == []
    assert not (repository / "data").exists()
    lines = done.stderr.splitlines()[-3:]
    assert [line[:6] for line in lines] == [b"error:", b"where:", b"next: "]
    return lines[0]


@pytest.mark.parametrize(
    ("hostile", "place", "entry"),
    [
        (Postgres, "postgresql://{}/shop?sslmode=prefer", {"format": "sql", "table": "orders"}),
        (Mongo, "mongodb://{}/shop?authMechanism=PLAIN", {"format": "mongodb", "table": "orders"}),
    ],
    indirect=["hostile"],
)
def test_a_server_that_says_the_password_back_does_not_show_it(
    repository: Path, hostile: int, place: str, entry: dict[str, str]
) -> None:
    path = place.format(rf"\${{SHOP_USER}}:\${{SHOP_PASSWORD}}@127.0.0.1:{hostile}")
    assert b"no entry with" in turned_down(repository, path=path, **entry)


def test_a_database_that_does_not_know_the_password_does_not_show_it(repository: Path, database: str) -> None:
    parts = urlsplit(database)
    if parts.scheme == "postgresql":  # which may trust whoever comes: then it does not know the name
        path = rf"postgresql://\${{SHOP_USER}}:\${{SHOP_PASSWORD}}@{parts.hostname}:{parts.port}{parts.path}"
    else:
        path = rf"mysql://{parts.username}:\${{SHOP_PASSWORD}}@{parts.hostname}:{parts.port}{parts.path}"
    assert b"error: the database reports: " in turned_down(repository, path=path, format="sql", table="orders")


def test_a_broker_that_does_not_know_the_password_does_not_show_it(repository: Path, guarded: str) -> None:
    path = guarded.replace("${MQTT_PASSWORD}", r"\${SHOP_PASSWORD}")
    assert b"Not authorized" in turned_down(repository, path=path, format="mqtt", topic="orders")


def test_an_ssh_server_that_does_not_know_the_password_does_not_show_it(repository: Path, host: str) -> None:
    path = f"ssh://bob:\\${{SHOP_TOKEN}}@{host.partition('@')[2]}/orders.csv"
    assert b"error: it cannot be read: " in turned_down(repository, path=path, format="csv")


def test_a_storage_that_says_the_keys_back_does_not_show_them(
    repository: Path, web: Any, reply: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {
        "AWS_ACCESS_KEY_ID": "shopkeeper-1",
        "AWS_SECRET_ACCESS_KEY": "swordfish/1",
        "AWS_SESSION_TOKEN": "hunter+1",
    }
    for name, value in {**keys, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": web.address}.items():
        monkeypatch.setenv(name, value)
    told = "".join(f"<{name}>{value}</{name}>" for name, value in keys.items())
    said = f"<Error><Code>AccessDenied</Code><Message>no entry with {keys}</Message>{told}</Error>"
    web.answer = lambda asked: reply(said.encode(), 403, {"Content-Type": "application/xml"})
    assert b"error: it cannot be read: " in turned_down(repository, path="s3://shop/orders.csv", format="csv")


@pytest.mark.parametrize(
    "entry",
    [
        {"format": "csv"},
        {"format": "html", "table": 1},
        {"format": "selectors", "rows": "p", "columns": {"n": "p"}},
    ],
    ids=lambda entry: entry["format"],
)
def test_a_page_that_says_the_password_back_does_not_show_it(
    repository: Path, web: Any, reply: Any, entry: dict[str, Any]
) -> None:
    web.answer = lambda asked: (
        reply(status=404)
        if asked.path == "/robots.txt"
        else reply(asked.headers["Authorization"].encode(), 401, {"X-Said": asked.headers["Authorization"]})
    )
    path = web.address.replace("://", r"://\${SHOP_USER}:\${SHOP_PASSWORD}@") + "/orders"
    assert b"error: the server responds 401" in turned_down(repository, path=path, **entry)


def test_a_secret_written_out_never_reaches_the_lock(repository: Path) -> None:
    write_source(repository, orders={"path": "https://bob:swordfish@127.0.0.1:1/a.csv", "format": "csv"})
    done = run(repository, "dvc", "repro")
    assert done.returncode != 0
    assert b"error: the address holds a password" in done.stderr
    assert b"swordfish" not in done.stdout + done.stderr
    assert not (repository / "dvc.lock").exists()


def test_what_is_raised_and_logged_inside_has_the_name(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TOKEN", "a b/ü")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", "TOKEN@http://host")
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(SourceError) as caught,
        hide_secrets("http://host/?t=${TOKEN}") as values,
    ):
        logging.getLogger("some.library").debug("asking %s", "/?t=a+b%2F%C3%BC")
        raise SourceError("a b/ü is wrong", where=f"http://host/?t={values['TOKEN']}", todo="use a%20b%2F%C3%BC")
    error = caught.value
    assert (error.what, error.where, error.todo) == ("${TOKEN} is wrong", "http://host/?t=${TOKEN}", "use ${TOKEN}")
    assert caplog.messages == ["asking /?t=${TOKEN}"]
    before = logging.getLogRecordFactory()
    with hide_secrets("http://host/?t=${TOKEN}"):
        assert logging.getLogRecordFactory() is not before
    assert logging.getLogRecordFactory() is before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer x"),
        ("X-Api-Key", "x"),
        ("db_pass", "x"),
        ("Cookie", "s=x"),
        ("password", "x"),
        ("client_secret", "x"),
    ],
)
def test_a_header_or_parameter_that_holds_a_secret_must_name_it(name: str, value: str) -> None:
    with pytest.raises(WrongValue, match=f"{name} holds a secret in plain text"):
        must_hide_values({name: value}, "http://host/")
    must_hide_values({name: "${TOKEN}", "Accept": "text/csv", "page": "1", "passengers": "2"}, "http://host/")


def test_addresses_without_a_secret_are_let_through() -> None:
    for address in (
        "a.csv",
        "s3://shop/a.csv",
        "postgresql://bob@host/x",
        "mysql://${A}:${B}@host/x",
        "http://h/?page=1",
        "https://${TOKEN}@host/a.csv",
        "https://h/?keyword=tea&author=bob&monkey=1&sort_key=day&design=2",
        "https://h/?sig=${SIGNATURE}&key=${KEY}",
        "ssh://bob@host/a.csv",
    ):
        must_hide_passwords(address)
        assert mask_secrets(address) == address
    assert mask_secrets("mongodb://bob:hunter2@host/x?token=hunter2") == "mongodb://bob:***@host/x?token=***"


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://host/a.csv?sig=swordfish", "https://host/a.csv?sig=***"),
        ("https://host/a.csv?page=1&X-Amz-Signature=swordfish", "https://host/a.csv?page=1&X-Amz-Signature=***"),
        ("https://host/a.csv?key=swordfish&page=1", "https://host/a.csv?key=***&page=1"),
        ("http://host/a.csv?auth=swordfish", "http://host/a.csv?auth=***"),
        ("https://swordfish@host/a.csv", "https://***@host/a.csv"),
        ("https://swordfish:@host/a.csv", "https://***@host/a.csv"),
    ],
)
def test_a_token_by_whatever_name_is_rejected_and_not_shown(address: str, safe: str) -> None:
    with pytest.raises(WrongValue, match="the address holds a password") as caught:
        must_hide_passwords(address)
    assert "swordfish" not in str(caught.value)
    assert "SHOP_TOKEN" in caught.value.todo
    assert mask_secrets(address) == safe
