"""Releases that are to be served: read once, verified, tried in a process of their own, and only then loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lifecycle import config, paths
from lifecycle.errors import UnverifiedRelease
from lifecycle.io.budget import MIB
from lifecycle.release.release import (
    MANIFEST,
    Release,
    build_release,
    load_release_at,
    read_files_at,
    read_folder,
)
from lifecycle.serving.settings import Config, Serve
from lifecycle.serving.trial import Trial, TrialLimits
from lifecycle.versioning import revisions
from lifecycle.versioning.recorded_folder import must_be_recorded

PINNED = "pinned"
# What is reported of a release that nothing verifies.
UNKNOWN = f"not verified: no {revisions.LOCK}, no pin"


@dataclass(frozen=True)
class Candidate:
    """The files of a release, where they are from, and what verifies them: None where nothing does."""

    files: Mapping[str, bytes]
    where: str
    verified_by: str | None

    @property
    def hash(self) -> str:
        """The SHA-256 of the manifest, and so of every file, once they are those of the manifest."""
        return hash_manifest(self.files)


def read_candidate(settings: Serve, revision: str | None) -> Candidate:
    """The release of a revision, or the one in the workspace, with what verifies it.

    Raises UnverifiedRelease where it is not the one that is pinned or recorded, CorruptFile for what is no release.
    """
    if revision is not None:
        files, where = read_files_at(revision), f"{revision}:{paths.RELEASE}"
    else:
        files, where = read_folder(paths.RELEASE, settings.trial_mib * MIB), str(paths.RELEASE)
    return Candidate(files, where, find_verification(files, settings.pinned, revision))


def find_verification(files: Mapping[str, bytes], pinned: str | None, revision: str | None) -> str | None:
    """What verifies a release: the pinned hash, its revision, or dvc.lock; None where there is none of them.

    A revision's own dvc.lock has verified files that were read from it. Raises UnverifiedRelease.
    """
    if pinned is not None:
        must_be_pinned(files, pinned)
        return PINNED
    if revision is not None:
        return revision
    return revisions.LOCK if is_recorded(files) else None


def must_be_pinned(files: Mapping[str, bytes], pinned: str) -> None:
    """Raise UnverifiedRelease unless the manifest has the pinned hash."""
    found = hash_manifest(files)
    if found != pinned:
        raise UnverifiedRelease(
            f"the release is {found[:12]}, and {pinned[:12]} is pinned",
            where="conf/serve/, key pinned",
            todo=f"lifecycle rollback goes back to the pinned one; where the new one is right: pinned: {found}",
        )


def is_recorded(files: Mapping[str, bytes]) -> bool:
    """Whether dvc.lock is here, and records the files; raises UnverifiedRelease where it records others."""
    if not Path(revisions.LOCK).exists():
        return False
    must_be_recorded(files, revisions.read_current_lock(), paths.RELEASE)
    return True


def hash_manifest(files: Mapping[str, bytes]) -> str:
    """The SHA-256 of a release's manifest."""
    return hashlib.sha256(files[MANIFEST]).hexdigest()


def load_candidate(candidate: Candidate, settings: Serve) -> Release:
    """The release of a candidate that passed its trial; raises CorruptFile for one that did not."""
    limits = TrialLimits(settings.trial_seconds, settings.trial_mib)
    with Trial(candidate.files, candidate.where, limits) as trial:
        import lifecycle.modeling.persistence  # noqa: F401 - while the other process does the same

        trial.must_pass()
    return build_release(candidate.files, candidate.where)


def load_candidate_at(settings: Serve, revision: str) -> Release:
    """The release of a revision that passed its trial, for a canary or a shadow, which no pin is about."""
    where = f"{revision}:{paths.RELEASE}"
    return load_candidate(Candidate(read_files_at(revision), where, revision), settings)


def load_known_release(revision: str | None = None) -> Release:
    """The release of a revision or of the workspace, for a command; one that dvc.lock does not record is tried first.

    What is recorded came with the code that reads it: another process would cost seconds and find nothing new.
    """
    if revision is not None:
        return load_release_at(revision)
    files = read_folder(paths.RELEASE)
    try:
        recorded = is_recorded(files)
    except UnverifiedRelease:
        recorded = False
    if recorded:
        return build_release(files, str(paths.RELEASE))
    settings = config.load(Config, ["serve=default"]).serve
    return load_candidate(Candidate(files, str(paths.RELEASE), None), settings)
