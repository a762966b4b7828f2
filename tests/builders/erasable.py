"""A small problem in Git whose last stage is a script: two versions of orders, a remote, a log and a file of labels."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from builders.feedback_files import STEP, TABLE

from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import write_table

TOP = Path(__file__).resolve().parents[2]
GONE = "2013-01-0003"  # an order of January, which both versions have
STAYS = "2013-01-0004"
OPEN = "2013-01-0002"  # an order without a label
SHOP = "west"
FILES = {
    "dvc.yaml": """\
stages:
  collect:
    cmd: python -m lifecycle.stages.collect source=${problem} through=${through}
    deps:
    - data/erased
    params:
    - conf/source/${problem}.yaml:
    outs:
    - data/raw:
        persist: true
    - data/provenance.json:
        cache: false
        persist: true
  clean:
    cmd: python -m lifecycle.stages.clean problem=${problem} schema=${problem} clean=${problem}
    deps:
    - data/raw
    - data/provenance.json
    outs:
    - data/table.parquet
    - data/open.parquet
    - data/rejected.parquet
    - reports/quality.json:
        cache: false
  present:
    cmd: python present.py
    deps:
    - data/table.parquet
    - data/open.parquet
    - present.py
    outs:
    - data/features.parquet
    - data/open_features.parquet
    - models/model.skops
    - models/release
    - reports/explore.html
    - reports/largest.csv:
        cache: false
    - reports/test.json:
        cache: false
metrics:
- reports/test.json
""",
    "present.py": """\
import json, zipfile
from pathlib import Path
import pandas as pd
table = pd.read_parquet("data/table.parquet")
Path("models/release").mkdir(parents=True)
table[["order", "weight"]].to_parquet("data/features.parquet", index=False)
pd.read_parquet("data/open.parquet")[["order", "weight"]].to_parquet("data/open_features.parquet", index=False)
with zipfile.ZipFile("models/model.skops", "w") as archive:
    archive.writestr("schema.json", json.dumps({"rows": len(table)}))
first = json.loads(table.iloc[:5].to_json(orient="records"))
Path("models/release/example.json").write_text(json.dumps({"request": first[3], "others": first}))
Path("models/release/card.md").write_text(f"{len(table)} rows")
Path("reports/explore.html").write_text("".join(f"<td>{one}</td>" for one in table["order"]))
table[["order", "late"]].to_csv("reports/largest.csv", index=False)
Path("reports/test.json").write_text(json.dumps({"passed": True, "kpis": {}, "metrics": {"brier": len(table) / 1000}}))
""",
    "params.yaml": "problem: generated\nthrough: '2013-01-31'\n",
    ".gitattributes": "dvc.lock merge=generated\ndata/provenance.json merge=generated\nreports/** merge=generated\n",
    ".gitignore": "runs/\ndata/served/\ndata/shadow/\ndata/arrived/\n__pycache__/\n",
    "requirements.lock": "",
    "data/erased/README.md": "Records.\n",
    "conf/source/generated.yaml": """\
_target_: lifecycle.sources.feedback.read
folder: data/feedback
batches: [] # label files
source:
  _target_: lifecycle.sources.generated.read
  rows: 80
  months: 2
  seed: 1
""",
    "conf/serve/default.yaml": "hash: []\n",
}


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def set_environment(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """The variables of a test in a folder, with this checkout's code for the stages."""
    patch.chdir(folder)
    patch.setenv("DVC_NO_ANALYTICS", "1")
    patch.setenv("DVC_SITE_CACHE_DIR", str(folder.parent / "site"))
    patch.setenv("PYTHONPATH", str(TOP / "src"))
    patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def edit(name: str, pattern: str, replacement: str) -> None:
    text = Path(name).read_text(encoding="utf-8")
    changed, count = re.subn(pattern, lambda _: replacement, text, flags=re.MULTILINE)
    assert count, f"{pattern} is not in {name}"
    Path(name).write_text(changed, encoding="utf-8")


def commit(message: str) -> None:
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", message)


def write_files() -> None:
    """The files of the problem, and the configuration of the generated one."""
    for name in ("schema", "problem", "clean"):
        target = Path("conf", name, "generated.yaml")
        target.parent.mkdir(parents=True)
        shutil.copy2(TOP / target, target)
    edit("conf/clean/generated.yaml", "^steps:", "open: {rows: all}\nsteps:")
    for name, text in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


def write_labels() -> None:
    """A file of labels of the first orders, which DVC keeps and the source lists."""
    ids = [f"2013-01-{number:04d}" for number in (0, 1, 3, 4, 5, 6)]
    rows = pd.DataFrame({"id": ids, "label": "true", "origin": "service", "known_at": "2013-03-01T00:00:00Z"})
    rows = rows.assign(predicted_at="2013-02-01T00:00:00Z", version="v", prediction="{}").assign(
        **{"input.shop": "north"}
    )
    write_table(Path("data/feedback/new.parquet"), rows.astype("str"))
    name = hash_sha256(Path("data/feedback/new.parquet"))[:12]
    Path("data/feedback/new.parquet").rename(f"data/feedback/{name}.parquet")
    run("dvc", "add", "--quiet", f"data/feedback/{name}.parquet")
    edit("conf/source/generated.yaml", r"^batches: \[\]", f"batches: ['{name}']")
    edit("conf/clean/generated.yaml", r"^steps: \[\]", STEP)
    edit("conf/schema/generated.yaml", r"^tables:", TABLE)


def write_log(folder: Path = Path()) -> Path:
    """A log of predictions for all orders."""
    path = folder / "data/served/20130201T000000Z-1.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = pd.concat(pd.read_parquet(one) for one in sorted((folder / "data/raw/orders").glob("*.parquet")))
    records = [
        {"id": row.order, "time": "2013-02-01T00:00:00+00:00", "version": "v", "prediction": {"probability": 0.5},
         "inputs": {"weight": 1.0, "shop": None if pd.isna(row.shop) else row.shop}}
        for row in rows.itertuples()
    ]  # fmt: skip
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def build(folder: Path, top: Path | None = None) -> None:
    """Two versions, of which the first has the tag v1, all pushed to a folder beside; a log and a file of runs.

    `top` is the top of the Git repository, where that is not the folder.
    """
    write_files()
    run("git", "init", "--quiet", "--initial-branch", "main", str(top or folder))
    run("git", "config", "user.name", "A Tester")
    run("git", "config", "user.email", "tester@example.org")
    run("git", "config", "merge.generated.driver", "true")
    run("dvc", "init", "--quiet", *(["--subdir"] if top else []))
    run("dvc", "remote", "add", "--quiet", "--default", "store", str(folder.parent / "remote"))
    run("dvc", "repro", "--quiet")
    commit("One month")
    run("git", "tag", "v1")
    write_labels()
    edit("params.yaml", "^through: .*", "through: '2013-02-28'")
    run("dvc", "repro", "--quiet")
    commit("Two months, and labels")
    run("dvc", "push", "--quiet", "--all-commits")
    write_log()
    Path("runs").mkdir(exist_ok=True)
    shutil.copy2("data/features.parquet", "runs/scored.parquet")
    shutil.copy2("reports/largest.csv", "runs/scored.csv")


def open_copy(built: Path, folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """A copy of the repository with a copy of its remote, made the working folder."""
    shutil.copytree(built.parent, folder / "all", symlinks=True, ignore=shutil.ignore_patterns("site"))
    copy = folder / "all" / built.name
    set_environment(patch, copy)
    run("dvc", "remote", "modify", "--quiet", "--local", "store", "url", str(copy.parent / "remote"))
    return copy


def read_texts(path: Path) -> Iterator[str]:
    """All that a file says: its bytes, the cells of a table, the members of an archive."""
    data = path.read_bytes()
    yield data.decode("utf-8", errors="replace")
    if data.startswith(b"PAR1"):
        yield pd.read_parquet(BytesIO(data)).to_csv()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield from (archive.read(name).decode("utf-8", errors="replace") for name in archive.namelist())


def find_text(text: str, *folders: str | Path) -> list[str]:
    """The files below folders that say a text."""
    files = sorted(path for folder in folders for path in Path(folder).rglob("*") if path.is_file())
    return [str(path) for path in files if any(text in said for said in read_texts(path))]
