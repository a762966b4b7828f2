"""dvc.lock and dvc.yaml of a project whose one stage made a release, written by hand."""

import hashlib
import json
from pathlib import Path

import yaml

RELEASE = Path("models/release")


def hash_folder(folder: Path) -> str:
    """DVC's hash of a folder: the MD5 of the list of its files."""
    listed = [
        {"md5": hashlib.md5(path.read_bytes()).hexdigest(), "relpath": path.name} for path in sorted(folder.iterdir())
    ]
    return f"{hashlib.md5(json.dumps(listed).encode()).hexdigest()}.dir"


def record(folder: Path = RELEASE, output: Path = RELEASE) -> None:
    """Write a dvc.lock, here, that records a folder as the release, and the dvc.yaml that goes with it."""
    stage = {"cmd": "make", "outs": [{"path": str(output), "hash": "md5", "md5": hash_folder(folder)}]}
    Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"package": stage}}), encoding="utf-8")
    Path("dvc.yaml").write_text(
        yaml.safe_dump({"stages": {"package": {"cmd": "make", "outs": [str(output)]}}}), encoding="utf-8"
    )
