"""Files in storages that fsspec opens: an S3 server and an SSH server, both on this machine."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.sniff import look
from lifecycle.sources import files
from lifecycle.sources.address import contents

TABLE = b"id,price\n1,2.50\n"  # as in the bucket of conftest.py


def refused(address: str) -> LifecycleError:
    """The error for an address, which shows no secret."""
    with pytest.raises(LifecycleError) as caught:
        contents(address)
    assert [secret for secret in ("hunter2", "swordfish") if secret in str(caught.value)] == []
    return caught.value


def test_an_object_is_read_as_a_file(bucket: str) -> None:
    (batch,) = files.read(tables={"orders": {"path": f"{bucket}/orders/2013.csv", "format": "csv"}})
    assert batch.rows.to_dict("list") == {"id": ["1"], "price": ["2.50"]}
    assert batch.origin is not None
    assert batch.origin.source == "s3://shop/orders/2013.csv"
    assert look(f"{bucket}/orders/2013.csv").reading["path"] == "s3://shop/orders/2013.csv"


def test_an_object_or_a_server_that_is_not_there_is_said(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error = refused(f"{bucket}/orders/2014.csv")
    assert error.what.startswith("it cannot be read: FileNotFoundError")
    assert error.where == "s3://shop/orders/2014.csv"


def test_a_storage_without_its_package_names_it() -> None:
    pytest.importorskip("fsspec")
    error = refused("oss://shop/orders.csv")
    assert (error.what, error.todo) == ("what opens oss:// is not installed", "pip install ossfs")


@pytest.mark.parametrize("address", ["memory://a.csv", "reference://a.json", "simplecache::s3://a/b", "s4://a/b"])
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    assert refused(address).what


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An SSH server on this machine that lets in who holds the key in the home folder of the test."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no sshd here, so ssh:// was not read; install openssh-server")
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    for key in (home / ".ssh" / "id_ed25519", tmp_path / "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": tmp_path / "host_key",
        "AuthorizedKeysFile": home / ".ssh" / "id_ed25519.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "Subsystem": "sftp internal-sftp",
    }
    (tmp_path / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in said.items()))
    public = (tmp_path / "host_key.pub").read_text().split(" ", 2)
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n")
    monkeypatch.setenv("HOME", str(home))
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([program, "-D", "-e", "-f", str(tmp_path / "sshd_config")], stderr=subprocess.DEVNULL)
    wait_for(port)
    yield f"ssh://{getpass.getuser()}@127.0.0.1:{port}"
    server.terminate()
    server.wait()


def wait_for(port: int) -> None:
    """Return once something listens at the port."""
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}")


def test_a_file_on_another_machine_is_read_over_ssh(host: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(TABLE)
    assert contents(f"{host}{tmp_path}/orders.csv") == TABLE
    error = refused(f"{host}{tmp_path}/order.csv")
    assert error.what.startswith("it cannot be read: FileNotFoundError")
