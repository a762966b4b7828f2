"""Candidates that were taken out: their entries stay in dvc.lock, their outputs are gone, and no command minds."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecycle.cli import gc, prune, verify
from lifecycle.cli import lineage as lineage_command
from lifecycle.errors import CorruptFile
from lifecycle.release import smoke_test
from lifecycle.versioning import dvc_storage, lineage, revisions, rollback

TUNE = """
  tune:
    matrix:
      model: ${candidates}
    cmd: sh tune.sh ${item.model}
    deps:
    - given/word
    outs:
    - data/tuned/${item.model}
    - reports/tune/${item.model}:
        cache: false

  select:
    cmd: cat reports/tune/* > data/winner
    deps:
    - reports/tune
    outs:
    - data/winner
"""
# Texts that YAML 1.1 takes for booleans, and DVC, which has YAML 1.2, does not.
WORDS = "shop: north\ncodes: {'true': ['Yes', 'on'], 'false': ['No', 'off']}\n"
TUNED = "mkdir -p reports/tune data/tuned && cp given/word reports/tune/$1 && cp given/word data/tuned/$1"


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def entries() -> dict[str, Any]:
    return dict(yaml.safe_load(Path("dvc.lock").read_text(encoding="utf-8"))["stages"])


def commit(message: str) -> None:
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", message)


@pytest.fixture
def shorter(toy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose candidates were three, and are two: without prune, and with the third one's outputs gone."""
    monkeypatch.setattr(rollback, "run_smoke_test", lambda trial: "not tried")
    text = Path("dvc.yaml").read_text(encoding="utf-8")
    Path("conf/source/toy.yaml").write_text(WORDS, encoding="utf-8")
    Path("tune.sh").write_text(TUNED, encoding="utf-8")
    Path("dvc.yaml").write_text(text.replace("\nmetrics:", f"{TUNE}\nmetrics:"), encoding="utf-8")
    with Path("params.yaml").open("a", encoding="utf-8") as file:
        file.write("candidates: [linear, trees, kmeans]\n")
    run("dvc", "repro", "--quiet")
    commit("three candidates")
    run("git", "tag", "three-candidates")
    params = Path("params.yaml")
    params.write_text(params.read_text().replace(", kmeans]", "]"), encoding="utf-8")
    Path("reports/tune/kmeans").unlink()
    Path("data/tuned/kmeans").unlink()
    run("dvc", "repro", "--quiet")
    commit("two candidates")
    run("git", "tag", "two-candidates")
    return toy


def test_dvc_keeps_what_is_gone_and_prune_takes_it_out(shorter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "tune@kmeans" in entries(), "DVC prunes dvc.lock itself now: lifecycle prune is not needed any more"
    before = entries()
    assert prune.main([]) == 0
    assert capsys.readouterr().out == "dvc.lock: no longer defined and removed: tune@kmeans\n"
    assert entries() == {name: entry for name, entry in before.items() if name != "tune@kmeans"}
    assert "up to date" in run("dvc", "status")
    assert prune.main([]) == 0
    assert capsys.readouterr().out == ""


def test_texts_that_look_like_booleans_stay_texts(shorter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("dvc.lock").read_text(encoding="utf-8")
    assert prune.main([]) == 0
    after = Path("dvc.lock").read_text(encoding="utf-8")
    assert set(after.splitlines()) < set(before.splitlines())
    assert revisions.read_lock("HEAD")["stages"]["collect"]["params"]["conf/source/toy.yaml"]["codes"] == {
        "true": ["Yes", "on"],
        "false": ["No", "off"],
    }
    question = Path(smoke_test.__file__).read_text(encoding="utf-8")
    commit("pruned")
    rollback.roll_back(rollback.make_plan("model", "three-candidates"), False, question)
    assert "collect" not in run("dvc", "status")


def test_only_what_a_revision_defines_counts(shorter: Path) -> None:
    assert "tune@kmeans" not in revisions.read_lock("HEAD")["stages"]
    assert "tune@kmeans" in revisions.read_lock("HEAD~1")["stages"]
    assert "tune@kmeans" not in revisions.read_current_lock()["stages"]
    assert Path("reports/tune/kmeans") not in revisions.hash_outputs("HEAD")
    assert set(lineage.trace_lineage("HEAD", Path("data/winner")).stages) == {"select", "tune@linear", "tune@trees"}


def test_versions_with_entries_of_gone_stages_are_verified_and_go_back_and_forth(shorter: Path) -> None:
    assert verify.main([]) == 0
    question = Path(smoke_test.__file__).read_text(encoding="utf-8")
    rollback.roll_back(rollback.make_plan("all", "three-candidates"), False, question)
    assert Path("data/tuned/kmeans").read_text(encoding="utf-8") == '"three"\n'
    rollback.roll_back(rollback.make_plan("all", "HEAD"), True, question)
    assert not Path("data/tuned/kmeans").exists()
    assert run("git", "status", "--porcelain") == ""
    commit_back = rollback.make_plan("all", "two-candidates")
    assert "reports/tune/kmeans" not in [out["path"] for out in commit_back.outs]


def test_garbage_is_collected_beside_entries_of_gone_stages(shorter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = revisions.hash_outputs("three-candidates")[Path("data/tuned/kmeans")]
    assert gc.main([]) == 0
    assert dvc_storage.object_path(revisions.cache_folder(), name).exists(), "a tag has it"


def test_lineage_of_a_version_whose_pipeline_cannot_be_read_is_said(toy: Path) -> None:
    Path("dvc.yaml").write_text("stages:\n  tune:\n    matrix: {model: '${nothing}'}\n    cmd: a\n", encoding="utf-8")
    commit("broken")
    with pytest.raises(CorruptFile, match="DVC cannot read the stages") as caught:
        lineage_command.main([])
    assert caught.value.todo == f"git show {run('git', 'rev-parse', 'HEAD')[:12]}:dvc.yaml"
