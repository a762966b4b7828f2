"""A collection that is killed, or meets another one: the data are in the end those of one that nothing disturbed."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lifecycle.stages import collect

pytestmark = pytest.mark.slow  # processes that are killed

# The stage, killed at the change of a file: the new one is beside the old one, and only half is there.
KILLED = """
import os, signal, sys
from pathlib import Path
from lifecycle.stages import collect
left, changes = int(sys.argv[1]), {name: getattr(Path, name) for name in ("replace", "unlink")}
def counted(name):
    def change(path, *given, **more):
        global left
        if path.parts[:1] == ("data",) and (name == "replace" or path.suffix != ".part"):
            left -= 1
            if left < 0 and name == "replace":
                os.truncate(path, path.stat().st_size // 2)
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return changes[name](path, *given, **more)
    return change
for name in changes:
    setattr(Path, name, counted(name))
sys.exit(collect.main(sys.argv[2:]))
"""
GENERATED = {"_target_": "lifecycle.sources.generated.read", "rows": 60, "months": 4, "seed": 1}
GROWING = {
    "_target_": "lifecycle.sources.files.read",
    "tables": {
        "orders": {"path": "orders.csv", "format": "csv", "watermark": "at"},
        "shops": {"path": "shops.csv", "format": "csv"},
    },
}
SOURCES = {"generated": GENERATED, "growing": GROWING}
EARLIER, FIRST, LATER = "2013-01-31", "2013-02-28", "2013-04-30"


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder in which an earlier version was collected."""
    (tmp_path / "conf" / "source").mkdir(parents=True)
    (tmp_path / "conf/source/shop.yaml").write_text(yaml.safe_dump(SOURCES[request.param]))
    (tmp_path / "params.yaml").write_text(f"source: shop\nthrough: '{FIRST}'\n")
    days = [f"{number},2013-{month:02}-05" for number, month in enumerate((1, 1, 2, 3, 4, 4))]
    (tmp_path / "orders.csv").write_text("\n".join(["id,at", *days]) + "\n")
    (tmp_path / "shops.csv").write_text("name\nA\n")
    monkeypatch.chdir(tmp_path)
    assert collect.main([]) == 0
    (tmp_path / "shops.csv").write_text("name\nA\nB\n")
    return tmp_path


def data() -> dict[str, bytes]:
    """The bytes of every file of the data."""
    return {str(path): path.read_bytes() for path in Path("data").rglob("*") if path.is_file()}


def killed(place: int, *asked: str) -> bool:
    """Whether a collection came to the change of a file at which it was to be killed; it ends well where it did not."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(place), *asked], capture_output=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode != 0


@pytest.mark.parametrize(
    ("folder", "through"), [("generated", LATER), ("generated", EARLIER), ("growing", LATER)], indirect=["folder"]
)
def test_the_next_collection_ends_as_if_none_had_been_killed(folder: Path, through: str) -> None:
    asked = f"through={through}"
    shutil.copytree("data", "before")
    assert collect.main([asked]) == 0
    expected, places = data(), 0
    for places in range(10):
        shutil.rmtree("data")
        shutil.copytree("before", "data")
        if not killed(places, asked):
            break
        assert data() != expected
        assert collect.main([asked]) == 0
        assert data() == expected
    assert places > 1
    assert data() == expected


@pytest.mark.parametrize("folder", SOURCES, indirect=True)
def test_collections_at_once_are_one(folder: Path) -> None:
    asked = f"through={LATER}"
    shutil.copytree("data", "before")
    assert collect.main([asked]) == 0
    expected = data()
    shutil.rmtree("data")
    shutil.move("before", "data")
    command = [sys.executable, "-m", "lifecycle.stages.collect", asked]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate()[1] for process in running]
    codes = [process.returncode for process in running]
    assert set(codes) <= {0, 2}, said
    assert 0 in codes
    for code, text in zip(codes, said, strict=True):
        assert text == "" if code == 0 else text.startswith("error: another collect is running in this folder, ")
    assert data() == expected
