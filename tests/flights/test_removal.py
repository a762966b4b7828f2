"""A team removes the flights as docs/flights.md says: the engine's tests are collected and pass without them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.picks import write_picks

pytestmark = pytest.mark.slow  # a test run of its own

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/flights.md").read_text(encoding="utf-8")
# The files that name options, pages and packages, and those that had tests of the flights.
FILES = (
    "tests/test_readme.py",
    "tests/test_project_files.py",
    "tests/test_glossary.py",
    "tests/test_targets.py",
    "tests/contracts/test_dvc_yaml.py",
    "tests/contracts/test_private_parts.py",
    "tests/data/features/test_history.py",
)


def run(folder: Path, *command: str) -> str:
    """What a command prints, which finds no flights beside the copy's own."""
    blocked = folder.parent / "blocked"
    environment = os.environ | {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{blocked}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the repository in which the page's commands ran; other problems are picked, and nothing is built."""
    folder = tmp_path_factory.mktemp("without") / "copy"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if not name.startswith(("data/", "models/", "reports/")) and (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name)
    (folder.parent / "blocked" / "flights").mkdir(parents=True)
    (folder.parent / "blocked/flights/__init__.py").write_text("raise ImportError('the flights were removed')\n")
    run(folder, "git", "init", "--quiet")
    run(folder, "git", "add", "--all")
    run(folder, "git", "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "all")
    for command in re.findall(r"^\$ (.+)$", PAGE.split("## Without the flights")[1], flags=re.MULTILINE):
        run(folder, "sh", "-c", command)
    write_picks(folder, problem="wine", through="2013-06-30", candidates=["baseline", "linear"], search="random")
    yield folder
    shutil.rmtree(folder)


def test_nothing_of_the_flights_is_left(without: Path) -> None:
    assert not (without / "src/flights").exists()
    named = [path for path in (without / "conf").rglob("*.yaml") if "flights." in path.read_text(encoding="utf-8")]
    assert named == []
    assert re.findall(r'.*"(?:src/)?flights".*', (without / "pyproject.toml").read_text(encoding="utf-8")) == [
        'forbidden_modules = ["flights"]'
    ]


def test_every_test_is_collected(without: Path) -> None:
    assert "error" not in run(without, sys.executable, "-m", "pytest", "--collect-only", "-n", "0").lower().split()


def test_the_tests_that_named_the_flights_pass(without: Path) -> None:
    run(without, sys.executable, "-m", "pytest", "-n", "0", "-m", "not slow", *FILES)


def test_the_rooms_keep_their_order(without: Path) -> None:
    run(without, *shlex.split(f"{Path(sys.executable).with_name('lint-imports')} --no-logo"))
