"""The bytes of a folder are held against what dvc.lock records, by DVC's own hash of it."""

from pathlib import Path

import pytest
from dvc.repo import Repo

from lifecycle.errors import UnverifiedRelease
from lifecycle.versioning import revisions
from lifecycle.versioning.recorded_folder import RecordedFolder, find_record, hash_files, must_be_recorded

FOLDER = Path("models/release")
FILES = {"manifest.json": b"{}\n", "card.md": b"# What?\r\n", "b": b"", "\xe9.txt": b"1"}
STAGE = "stages:\n  package:\n    cmd: make\n    outs:\n    - models/release\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project whose dvc.lock DVC itself wrote."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path.parent / "site"))
    FOLDER.mkdir(parents=True)
    for name, content in FILES.items():
        (FOLDER / name).write_bytes(content)
    Path("dvc.yaml").write_text(STAGE, encoding="utf-8")
    with Repo.init(no_scm=True) as made:
        made.commit(force=True)


@pytest.mark.usefixtures("project")
def test_the_hash_is_that_of_dvc() -> None:
    lock = revisions.read_current_lock()
    assert find_record(lock, FOLDER) == RecordedFolder("package", hash_files(FILES))
    assert hash_files(dict(reversed(FILES.items()))) == hash_files(FILES)
    must_be_recorded(FILES, lock, FOLDER)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "changed",
    [FILES | {"b": b"1"}, FILES | {"c": b""}, {"manifest.json": b"{}\n"}, {}, FILES | {"card.md": b"# What?\n"}],
    ids=["a byte", "one more", "one left", "none", "line ends"],
)
def test_other_bytes_are_not_recorded(changed: dict[str, bytes]) -> None:
    with pytest.raises(UnverifiedRelease) as caught:
        must_be_recorded(changed, revisions.read_current_lock(), FOLDER)
    recorded, found = hash_files(FILES)[:12], hash_files(changed)[:12]
    assert str(caught.value).splitlines() == [
        f"error: models/release has the hash {found}…, and dvc.lock records {recorded}…",
        "where: dvc.lock, stage package, output models/release",
        "next:  dvc checkout models/release; where it is yours: dvc commit --force package",
    ]


@pytest.mark.usefixtures("project")
def test_a_lock_of_other_outputs_records_nothing_of_the_folder() -> None:
    with pytest.raises(UnverifiedRelease, match=r"dvc\.lock records no models/other"):
        must_be_recorded(FILES, revisions.read_current_lock(), Path("models/other"))


@pytest.mark.usefixtures("project")
def test_the_record_of_a_stage_that_is_gone_verifies_nothing() -> None:
    Path("dvc.yaml").write_text("stages:\n  other:\n    cmd: make\n", encoding="utf-8")
    with pytest.raises(UnverifiedRelease, match=r"dvc\.lock records no models/release"):
        must_be_recorded(FILES, revisions.read_current_lock(), FOLDER)
