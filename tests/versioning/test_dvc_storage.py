"""Objects in cache and remote: found by their hash, repaired from the other side; remotes of every kind, for real."""

import getpass
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.object_store import KEYS, serve_bucket

from lifecycle.cli import remote as remote_command
from lifecycle.cli import verify
from lifecycle.errors import CorruptFile, MissingFile, WrongValue
from lifecycle.versioning import dvc_storage, revisions
from lifecycle.versioning.dvc_storage import object_path

KINDS = ("folder", "s3", "ssh")


def run(*command: str, folder: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def store(toy: Path, tmp_path: Path) -> Path:
    """A copy of the remote that a test may break."""
    url = run("dvc", "config", "remote.store.url").strip()
    shutil.copytree(url, tmp_path / "remote")
    run("dvc", "remote", "modify", "--local", "store", "url", str(tmp_path / "remote"))
    return tmp_path / "remote" / "files" / "md5"


def name_of(path: str, revision: str = "HEAD") -> str:
    return revisions.hash_outputs(revision)[Path(path)]


def destroy(top: Path, name: str, content: bytes | None) -> None:
    path = object_path(top, name)
    path.chmod(0o644)
    path.unlink()
    if content is not None:
        path.write_bytes(content)


def test_whole_objects_are_counted(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main(["--remote"]) == 0
    assert capsys.readouterr().out.startswith("verify: ")


@pytest.mark.parametrize("content", [b"broken", None], ids=["broken", "missing"])
@pytest.mark.parametrize("side", ["cache", "remote"])
def test_a_bad_object_is_named_and_repaired_from_the_other_side(
    store: Path, capsys: pytest.CaptureFixture[str], side: str, content: bytes | None
) -> None:
    name = name_of("models/model.skops", "one")
    tops = {"cache": revisions.cache_folder(), "remote": store}
    destroy(tops[side], name, content)
    with pytest.raises(CorruptFile, match=r"1 object missing or corrupt: models/model\.skops of one") as caught:
        verify.main(["--remote"])
    assert caught.value.todo == "lifecycle verify --remote --repair"
    assert f"{'missing' if content is None else 'broken'}" in capsys.readouterr().out
    assert verify.main(["--remote", "--repair"]) == 0
    assert f"repaired models/model.skops of one ({name}) in the {side}" in capsys.readouterr().out
    for top in tops.values():
        assert hashlib.md5(object_path(top, name).read_bytes(), usedforsecurity=False).hexdigest() == name
    assert verify.main(["--remote"]) == 0


def test_a_lost_list_of_a_folder_is_repaired_with_all_that_it_names(store: Path) -> None:
    cache = revisions.cache_folder()
    listing = next(str(out["md5"]) for out in dvc_storage.list_dvc_outputs("HEAD") if out["path"] == "data/raw")
    destroy(cache, name_of("data/raw/orders/3.parquet"), None)
    destroy(cache, listing, b"broken")
    assert verify.main(["--repair"]) == 0
    inner = dvc_storage.list_folder(object_path(cache, listing))
    assert len(inner) == 3
    assert dvc_storage.find_absent(cache, [listing, *inner]) == set()


def test_what_is_broken_on_both_sides_is_to_be_rebuilt(store: Path) -> None:
    name = name_of("data/features.parquet")
    for top in (revisions.cache_folder(), store):
        destroy(top, name, b"broken")
    with pytest.raises(CorruptFile, match=r"data/features\.parquet of ") as caught:
        verify.main(["--remote", "--repair"])
    assert caught.value.todo.startswith("rebuild it: dvc repro --force data/features.parquet")


def test_without_a_remote_there_is_nothing_to_mend_from(toy: Path) -> None:
    run("dvc", "remote", "remove", "store")
    with pytest.raises(MissingFile, match="no remote is set") as caught:
        verify.main(["--repair"])
    assert caught.value.todo == "make remote URL=ADDRESS"


def test_a_folder_is_kept_by_its_whole_path(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert remote_command.main(["../elsewhere"]) == 0
    assert run("dvc", "config", "remote.store.url").strip() == str(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    "address",
    [
        "s3://key:secret@bucket/path",
        "ssh://user:word@host/path",
        "https://secret@host/path",
        "https://host/path?sig=secret",
    ],
)
def test_an_address_with_a_secret_is_rejected(toy: Path, address: str) -> None:
    before = Path(".dvc/config").read_bytes()
    with pytest.raises(WrongValue, match="the address holds a password") as caught:
        remote_command.main([address])
    assert "secret" not in str(caught.value)
    assert Path(".dvc/config").read_bytes() == before


def test_what_is_no_address_is_rejected(toy: Path) -> None:
    before = Path(".dvc/config").read_bytes()
    with pytest.raises(WrongValue, match="this is no address: Invalid IPv6 URL"):
        remote_command.main(["http://[bad"])
    assert Path(".dvc/config").read_bytes() == before


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[list[list[str]]]:
    """An empty folder, as settings of a remote."""
    yield [["url", str(tmp_path / "folder")]]


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """An S3 server on loopback, and a folder of a bucket in which nothing is: the server forgets no bucket."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with serve_bucket("lifecycle") as address:
        yield [["url", f"s3://lifecycle/{tmp_path.name}"], ["endpointurl", address]]


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[list[list[str]]]:
    """An SSH server of the present user on loopback with keys of its own."""
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    if not Path(program).exists():
        pytest.skip("no sshd: a remote over SSH was not tested; apt-get install openssh-server")
    keys, port = tmp_path / "keys", free_port()
    keys.mkdir(mode=0o700)
    for name in ("host", "user"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name))
    (keys / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {keys / 'host'}\nPidFile {keys / 'pid'}\n"
        f"AuthorizedKeysFile {keys / 'user.pub'}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "PermitRootLogin yes\nSubsystem sftp internal-sftp\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([program, "-D", "-e", "-f", str(keys / "config")], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    (tmp_path / "over-ssh").mkdir()
    yield [
        ["url", f"ssh://{getpass.getuser()}@127.0.0.1:{port}{tmp_path / 'over-ssh'}"],
        ["keyfile", str(keys / "user")],
        ["allow_agent", "false"],
    ]
    server.terminate()
    server.wait()


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_clone_with_an_empty_cache_has_nothing_to_build(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, kind: str
) -> None:
    settings: list[list[str]] = request.getfixturevalue(kind)
    before = revisions.hash_outputs("HEAD")
    assert remote_command.main([settings[0][1]]) == 0
    for key, value in settings[1:]:
        run("dvc", "remote", "modify", "store", key, value)
    run("git", "commit", "--quiet", "--all", "--message", "a remote")
    run("dvc", "push", "--quiet")
    run("git", "clone", "--quiet", str(toy), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    run("dvc", "pull", "--quiet")
    assert {path: hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() for path in before} == before
    said = run("dvc", "repro")
    assert "Running" not in said
    assert "up to date" in said
    assert verify.main(["--remote", "HEAD"]) == 0
    name = name_of("models/model.skops")
    destroy(revisions.cache_folder(), name, b"broken")
    assert verify.main(["--remote", "--repair", "HEAD"]) == 0


def test_a_new_remote_gets_what_the_tags_need(toy: Path, tmp_path: Path) -> None:
    assert remote_command.main([str(tmp_path / "late")]) == 0
    assert verify.main(["--remote", "--repair"]) == 0
    shutil.rmtree(".dvc/cache")
    assert verify.main(["--repair"]) == 0
    assert verify.main(["--remote"]) == 0


# A push that is killed when it comes to an upload; a file that is beside the final one then holds only half.
KILLED = """
import inspect, os, signal, sys
from importlib import import_module
owner, name, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
module, _, kind = owner.partition(":")
place = getattr(import_module(module), kind) if kind else import_module(module)
upload = getattr(place, name)
def count(paths):
    global left
    left -= any("files/md5" in str(path) for path in paths)
    if left < 0:
        for path in paths:
            if isinstance(path, str) and path.endswith(".tmp") and os.path.exists(path):
                os.truncate(path, os.path.getsize(path) // 2)
        os.kill(os.getpid(), signal.SIGKILL)
def counted(*given, **more):
    count(given)
    return upload(*given, **more)
async def awaited(*given, **more):
    count(given)
    return await upload(*given, **more)
setattr(place, name, awaited if inspect.iscoroutinefunction(upload) else counted)
from dvc.cli import main
sys.exit(main(["push", "--quiet"]))
"""
UPLOADS = {
    "folder": ("os", "replace"),
    "s3": ("s3fs:S3FileSystem", "_put_file"),
    "ssh": ("dvc_ssh.spec:SSHFileSystem", "_mv"),
}


@pytest.mark.parametrize(("kind", "place"), [("folder", 0), ("folder", 3), ("s3", 3), ("ssh", 3)])
def test_a_killed_push_is_ended_by_the_next(toy: Path, request: pytest.FixtureRequest, kind: str, place: int) -> None:
    settings: list[list[str]] = request.getfixturevalue(kind)
    assert remote_command.main([settings[0][1]]) == 0
    for key, value in settings[1:]:
        run("dvc", "remote", "modify", "store", key, value)
    command = [sys.executable, "-c", KILLED, *UPLOADS[kind], str(place)]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    with pytest.raises(CorruptFile, match=r"objects missing or corrupt"):
        verify.main(["--remote", "HEAD"])
    run("dvc", "push", "--quiet")
    assert verify.main(["--remote", "HEAD"]) == 0
