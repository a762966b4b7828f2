"""A release is served where what should know its bytes does: a pin, dvc.lock, or the revision it is of."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from builders import hostile, locks, releases

from lifecycle.config import load
from lifecycle.errors import CorruptFile, MissingFile, TooLarge, UnverifiedRelease
from lifecycle.serving import candidates
from lifecycle.serving.candidates import load_candidate, load_known_release, read_candidate
from lifecycle.serving.settings import Config, Serve

TOP = Path(__file__).parents[2]
RELEASE = Path("models/release")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """The settings as they come, in a folder with a release."""
    monkeypatch.chdir(tmp_path)
    for name in ("conf", "params.yaml"):
        Path(name).symlink_to(TOP / name)
    releases.write(tmp_path / "models", "binary", "linear")
    return load(Config, ["serve=default"]).serve


def hash_here() -> str:
    return hashlib.sha256((RELEASE / "manifest.json").read_bytes()).hexdigest()


def rejected(settings: Serve) -> list[str]:
    """What is said of the release that is here, which is not verified."""
    with pytest.raises(UnverifiedRelease) as caught:
        read_candidate(settings, None)
    return str(caught.value).splitlines()


def replace_release(threshold: float = 0.7) -> None:
    """Write another release into the folder, with every hash as it should be."""
    files = {path.name: path.read_bytes() for path in RELEASE.iterdir()}
    changed = hostile.sign(files | {"threshold.json": f'{{"threshold": {threshold}}}'.encode()})
    shutil.rmtree(RELEASE)
    hostile.write_release(RELEASE, changed)


def test_without_a_lock_and_a_pin_nothing_verifies(settings: Serve) -> None:
    found = read_candidate(settings, None)
    assert (found.verified_by, found.where, found.hash) == (None, "models/release", hash_here())


def test_dvc_lock_verifies_what_it_records(settings: Serve) -> None:
    locks.record()
    assert read_candidate(settings, None).verified_by == "dvc.lock"
    replace_release()
    first, where, todo = rejected(settings)
    assert first.startswith("error: models/release has the hash ")
    assert (where, todo) == (
        "where: dvc.lock, stage package, output models/release",
        "next:  dvc checkout models/release; where it is yours: dvc commit --force package",
    )


@pytest.mark.parametrize("text", ["", "schema: '2.0'\n", "schema: '2.0'\nstages: {}\n"])
def test_a_lock_without_the_release_verifies_none(settings: Serve, text: str) -> None:
    locks.record()
    Path("dvc.lock").write_text(text, encoding="utf-8")
    with pytest.raises((UnverifiedRelease, CorruptFile)):
        read_candidate(settings, None)


def test_a_pin_is_about_one_release_whatever_the_lock_says(settings: Serve) -> None:
    pinned = replace(settings, pinned=hash_here())
    assert read_candidate(pinned, None).verified_by == "pinned"
    replace_release()
    locks.record()
    found = hash_here()
    assert rejected(pinned) == [
        f"error: the release is {found[:12]}, and {(pinned.pinned or '')[:12]} is pinned",
        "where: conf/serve/, key pinned",
        f"next:  lifecycle rollback goes back to the pinned one; where the new one is right: pinned: {found}",
    ]


def test_a_release_is_measured_before_it_is_read(settings: Serve) -> None:
    with (RELEASE / "card.md").open("ab") as file:
        file.truncate(2**40)  # which takes no place on the disk
    with pytest.raises(CorruptFile, match=r"the release has 1,09\d,\d{3},\d{3},\d{3} bytes, and may have 536,870,912"):
        read_candidate(settings, None)
    with pytest.raises(TooLarge, match="and may take 1,073,741,824"):
        load_known_release()


def test_what_is_no_file_is_not_read(settings: Serve) -> None:
    (RELEASE / "folder").mkdir()
    with pytest.raises(CorruptFile, match="folder is no file"):
        read_candidate(settings, None)
    shutil.rmtree(RELEASE)
    with pytest.raises(MissingFile):
        read_candidate(settings, None)


def test_a_candidate_is_loaded_of_the_bytes_that_were_tried(settings: Serve) -> None:
    found = read_candidate(settings, None)
    shutil.rmtree(RELEASE)
    assert found.hash.startswith(load_candidate(found, settings).version)


def test_a_candidate_that_does_not_pass_is_not_loaded(settings: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "build_release", lambda *_: pytest.fail("it was loaded here"))
    replace_release(7)
    with pytest.raises(CorruptFile, match=r"threshold\.json says '7'"):
        load_candidate(read_candidate(settings, None), settings)


def test_a_command_tries_what_dvc_lock_does_not_record(settings: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    begin = candidates.Trial
    monkeypatch.setattr(candidates, "Trial", lambda *given: tried.append(given) or begin(*given))
    version = load_known_release().version
    assert len(tried) == 1
    locks.record()
    assert (load_known_release().version, len(tried)) == (version, 1)
    replace_release()
    assert load_known_release().version == hash_here()[:12]
    assert len(tried) == 2
