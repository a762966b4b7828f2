"""A small repository for two people: a table beside it that `collect` reads, and a report with a picture of it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from builders.versions import inside, lock, run

from lifecycle.stages import collect

TOP = Path(__file__).resolve().parents[2]
STAGES = """\
stages:
  collect:
    cmd: python -m lifecycle.stages.collect source=${problem} through=${through}
    deps:
    - given/code
    params:
    - conf/source/${problem}.yaml:
    outs:
    - data/raw:
        persist: true
    - data/provenance.json:
        cache: false
        persist: true

  report:
    cmd: python report.py
    deps:
    - data/raw
    - data/provenance.json
    params:
    - depth
    outs:
    - reports/report.json:
        cache: false
    - reports/picture.png:
        cache: false
"""
REPORT = """\
import hashlib
import json
from pathlib import Path

read = [*sorted(Path("data/raw").rglob("*.parquet")), Path("data/provenance.json")]
depth = [line for line in Path("params.yaml").read_text().splitlines() if line.startswith("depth: ")]
words = hashlib.sha256(b"".join(path.read_bytes() for path in read) + repr(depth).encode()).hexdigest()
Path("reports").mkdir(exist_ok=True)
Path("reports/report.json").write_text(json.dumps({"lines": list(words)}, indent=2) + chr(10))
Path("reports/picture.png").write_bytes(b"PNG" + bytes([0, 255]) + words.encode())
"""
PARAMS = "problem: shop\nthrough: '2013-01-31'\nleaks: default\nsearch: none\ndepth: 1\n"
GENERATED = "dvc.lock data/provenance.json reports/report.json reports/picture.png"
Rows = Mapping[str, str]
FIRST = {"a": "1", "b": "2", "c": "3"}


def write_rows(path: Path, rows: Rows) -> None:
    """The table as another program would export it, outside of the repository."""
    path.write_text("".join(["id,paid\n", *(f"{name},{paid}\n" for name, paid in rows.items())]), encoding="utf-8")


def write_source(path: str, **more: object) -> None:
    """The file of the source: a CSV at a path."""
    table = {"path": path, "format": "csv", **more}
    text = yaml.safe_dump({"_target_": "lifecycle.sources.files.read", "tables": {"customers": table}})
    Path("conf/source").mkdir(parents=True, exist_ok=True)
    Path("conf/source/shop.yaml").write_text(text, encoding="utf-8")


def found(folder: Path) -> Path:
    """The repository of the first person with its first version, pushed to a remote for data and one for Git."""
    person = folder / "ann"
    (person / "given").mkdir(parents=True)
    run("git", "init", "--quiet", "--bare", "--initial-branch", "main", str(folder / "origin"))
    with inside(person):
        for name, text in {"dvc.yaml": STAGES, "report.py": REPORT, "params.yaml": PARAMS, "given/code": "1\n"}.items():
            Path(name).write_text(text, encoding="utf-8")
        Path(".gitattributes").write_bytes((TOP / ".gitattributes").read_bytes())
        Path(".gitignore").write_text("runs/\ndata/incoming/\n", encoding="utf-8")
        write_source("data/incoming/customers.csv")
        run("git", "init", "--quiet", "--initial-branch", "main")
        introduce("Ann")
        run("dvc", "init", "--quiet")
        run("dvc", "remote", "add", "--quiet", "--default", "store", str(folder / "store"))
        run("git", "remote", "add", "origin", str(folder / "origin"))
        collect_rows(FIRST)
        commit("The first version")
        share()
    return person


def introduce(name: str, driver: bool = True) -> None:
    """The person's name in the clone, and the merge driver that `make setup` sets."""
    run("git", "config", "user.name", name)
    run("git", "config", "user.email", f"{name.lower()}@example.org")
    if driver:
        run("git", "config", "merge.generated.driver", "true")


def join(folder: Path, name: str, driver: bool = True) -> Path:
    """A clone of another person, with the data of its version."""
    person = folder / name.lower()
    run("git", "clone", "--quiet", str(folder / "origin"), str(person))
    with inside(person):
        introduce(name, driver)
        run("dvc", "pull", "--quiet")
    return person


def collect_rows(rows: Rows) -> None:
    """Put a table beside the repository, collect it, and build what follows."""
    Path("data/incoming").mkdir(parents=True, exist_ok=True)
    write_rows(Path("data/incoming/customers.csv"), rows)
    build()


def build() -> None:
    """What `dvc repro` does, without a process for each stage."""
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    assert collect.main([f"source={params['problem']}", f"through={params['through']}"]) == 0
    subprocess.run([sys.executable, "report.py"], check=True)
    lock()


def commit(message: str) -> None:
    """Commit everything that stands here."""
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", message)


def share() -> None:
    """Push data and commits."""
    run("dvc", "push", "--quiet")
    run("git", "push", "--quiet", "origin", "HEAD")


def git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """A Git command, whatever its exit code."""
    return subprocess.run(["git", *arguments], check=False, capture_output=True, text=True)


def unmerged() -> list[str]:
    """The files that Git did not merge."""
    return sorted(set(run("git", "diff", "--name-only", "--diff-filter=U").split()))


def read_rows() -> dict[str, str]:
    """The rows of the version: of each id that of the newest batch."""
    from lifecycle import paths
    from lifecycle.io.tables import read_table
    from lifecycle.sources.provenance import read_provenance

    tables = [read_table(paths.RAW / one.batch) for one in read_provenance().batches]
    return {row.id: row.paid for table in tables for row in table.itertuples()}


def prepare(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """The environment of commands that a test starts."""
    patch.setenv("DVC_NO_ANALYTICS", "1")
    patch.setenv("DVC_SITE_CACHE_DIR", str(folder / "site"))
    patch.setenv("PYTHONPATH", str(TOP / "src"))
    patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


def stale_stages() -> list[str]:
    """The stages that `dvc repro` would run, as far as that is known before any ran."""
    said = run("dvc", "status")
    return [name for name in ("collect", "report") if f"{name}:" in said]
