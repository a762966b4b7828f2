"""No credential reaches a file, a log or an error: looked for in everything that a collection leaves behind."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecycle.errors import SourceError, WrongValue
from lifecycle.sources.secrets import hidden, must_hide_passwords, must_hide_values, shown

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
    return subprocess.run(command, cwd=folder, env=os.environ | own | SECRETS, capture_output=True, check=False)


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
    assert f"error: the server answers {status}".encode() in done.stderr
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
def test_a_server_that_refuses_does_not_show_the_password(
    repository: Path, tmp_path: Path, place: str, entry: dict[str, str]
) -> None:
    write_source(repository, orders={"path": place.format(r"\${SHOP_USER}:\${SHOP_PASSWORD}"), **entry})
    done = run(repository, sys.executable, "-c", QUICK)
    assert (done.returncode, b"refused" in done.stderr) == (2, True), done.stderr.decode()
    assert leaks(tmp_path, done.stdout, done.stderr) == []


# The stage, without the patience that a test has not.
QUICK = """
import sys
from lifecycle.sources import patience
from lifecycle.sources.formats import documents
from lifecycle.stages import collect
patience.FIRST, documents.MILLISECONDS = 0.001, 100
sys.exit(collect.main([]))
"""


def test_a_secret_written_out_never_reaches_the_lock(repository: Path) -> None:
    write_source(repository, orders={"path": "https://bob:swordfish@127.0.0.1:1/a.csv", "format": "csv"})
    done = run(repository, "dvc", "repro")
    assert done.returncode != 0
    assert b"error: the address has a password in it" in done.stderr
    assert b"swordfish" not in done.stdout + done.stderr
    assert not (repository / "dvc.lock").exists()


def test_what_is_raised_and_logged_inside_has_the_name(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TOKEN", "a b/ü")
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(SourceError) as caught,
        hidden("http://host/?t=${TOKEN}") as values,
    ):
        logging.getLogger("some.library").debug("asking %s", "/?t=a+b%2F%C3%BC")
        raise SourceError("a b/ü is wrong", where=f"http://host/?t={values['TOKEN']}", todo="use a%20b%2F%C3%BC")
    error = caught.value
    assert (error.what, error.where, error.todo) == ("${TOKEN} is wrong", "http://host/?t=${TOKEN}", "use ${TOKEN}")
    assert caplog.messages == ["asking /?t=${TOKEN}"]
    before = logging.getLogRecordFactory()
    with hidden("http://host/?t=${TOKEN}"):
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
    with pytest.raises(WrongValue, match=f"{name} has a secret written out"):
        must_hide_values({name: value}, "http://host/")
    must_hide_values({name: "${TOKEN}", "Accept": "text/csv", "page": "1", "passengers": "2"}, "http://host/")


def test_addresses_without_a_secret_are_let_through() -> None:
    for address in (
        "a.csv",
        "s3://shop/a.csv",
        "postgresql://bob@host/x",
        "mysql://${A}:${B}@host/x",
        "http://h/?page=1",
    ):
        must_hide_passwords(address)
    assert shown("mongodb://bob:hunter2@host/x?token=hunter2") == "mongodb://bob:***@host/x?token=***"
