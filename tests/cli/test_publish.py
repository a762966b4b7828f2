"""What a release holds, and what the stand-in of `gh` is asked."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from lifecycle.__main__ import main
from lifecycle.cli.publish import ARCHIVE, pack_folder

GH = """#!/bin/sh
printf '%s\\n' "$*" >> asked
case "$1 $2" in
"release list") cat known 2>/dev/null || true ;;
"release create") echo https://example.org/releases/1 ;;
"release upload") ;;
*) echo "no such thing: $*" >&2; exit 1 ;;
esac
"""
FILES = "runs/release.tar.gz reports/test.json reports/index.html"
LISTED = "release list --limit 1000 --json tagName --jq .[].tagName"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a release of two files and its reports; `gh` on PATH."""
    for name, text in {
        "models/release/model.skops": "model",
        "models/release/card.md": "# Card\n",
        "reports/test.json": json.dumps({"passed": True}),
        "reports/index.html": "<!doctype html>",
        "bin/gh": GH,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "bin/gh").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_a_tag_becomes_a_release_of_what_is_served(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "model@v1.0.0"]) == 0
    assert Path("asked").read_text(encoding="utf-8").splitlines() == [
        LISTED,
        f"release create model@v1.0.0 --verify-tag --generate-notes {FILES}",
    ]
    assert capsys.readouterr().out == "https://example.org/releases/1\n"
    with tarfile.open(ARCHIVE) as packed:
        assert packed.getnames() == ["models/release/card.md", "models/release/model.skops"]
        content = packed.extractfile("models/release/model.skops")
        assert content
        assert content.read() == b"model"
        assert {(one.uid, one.gid, one.mtime, one.uname, one.mode) for one in packed} == {(0, 0, 0, "", 0o644)}


def test_make_publish_takes_the_tag_from_the_environment(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAG", "model@v1.0.0")
    makefile = Path(__file__).resolve().parents[2] / "Makefile"
    done = subprocess.run(
        [
            "make",
            "--no-print-directory",
            "--old-file=setup",
            f"--file={makefile}",
            f"--include-dir={makefile.parent}",
            "publish",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "https://example.org/releases/1\n"), done.stderr


def test_what_a_run_that_broke_off_had_released_is_completed(built: Path) -> None:
    Path("known").write_text("model@v0.9.0\nmodel@v1.0.0\n", encoding="utf-8")
    assert main(["publish", "model@v1.0.0"]) == 0
    asked = Path("asked").read_text(encoding="utf-8").splitlines()
    assert asked == [LISTED, f"release upload model@v1.0.0 {FILES} --clobber"]


def test_the_same_files_are_the_same_bytes_whenever_they_were_written(built: Path) -> None:
    pack_folder(Path("models/release"), Path("one.tar.gz"))
    for path in Path("models/release").iterdir():
        os.utime(path, (1, 1))
        path.chmod(0o600)
    pack_folder(Path("models/release"), Path("two.tar.gz"))
    assert Path("one.tar.gz").read_bytes() == Path("two.tar.gz").read_bytes()


def test_without_a_release_nothing_is_published(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("reports/index.html").unlink()
    assert main(["publish", "model@v1.0.0"]) == 2
    assert capsys.readouterr().err == (
        "error: there is no reports/index.html\nwhere: reports/index.html\nnext:  make repro\n"
    )
    assert not Path("asked").exists()


def test_a_rejection_by_gh_is_an_error_with_its_message(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bin/gh").write_text("#!/bin/sh\necho 'tag model@v1.0.0 does not exist' >&2\nexit 1\n", encoding="utf-8")
    assert main(["publish", "model@v1.0.0"]) == 2
    what = "error: gh ended with exit code 1: tag model@v1.0.0 does not exist\nwhere: gh "
    assert capsys.readouterr().err.startswith(what)


def test_a_machine_without_gh_is_told_so(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(built / "models"))
    assert main(["publish", "model@v1.0.0"]) == 2
    assert capsys.readouterr().err.startswith("error: there is no program gh\n")
