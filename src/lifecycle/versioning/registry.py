"""Released versions of the model and the stages they serve in, as GTO's tags: model@v1.2.0, model#prod#1.

Where the project is a folder of a larger repository, its tags name it: shop/churn=model@v1.2.0.
"""

import re
from collections.abc import Collection
from pathlib import Path

from lifecycle.errors import FileError, UnknownName, WrongValue, suggest_name
from lifecycle.versioning import dvc_storage, freshness, git_trees, gto_internals, revisions
from lifecycle.versioning.revisions import LOCK

NAME = "model"
VERSION = re.compile(r"v\d+\.\d+\.\d+")
VERSION_TAG = re.compile(rf"(?P<artifact>(.+=)?{NAME})@v\d+\.\d+\.\d+")
COUNTED = re.compile(r"#[0-9]+$")
STAGE = re.compile(r"[a-z][a-z0-9-]*")


def name_artifact() -> str:
    """The model's name in tags: with the project's folder where that is not the top of the Git repository."""
    folder = revisions.find_folder()
    return f"{folder}={NAME}" if folder else NAME


def name_tag(version: str) -> str:
    """The tag of a version."""
    return f"{name_artifact()}@{version}"


def check_own_tag(tag: str) -> None:
    """Raise WrongValue for the tag of a version of another project: what is here is not of it."""
    if (found := VERSION_TAG.fullmatch(tag)) and found["artifact"] != name_artifact():
        folder = found["artifact"].removesuffix(NAME).rstrip("=") or "."
        raise WrongValue(
            f"{tag} is a version of the project in {folder}, and this is that in {revisions.find_folder() or '.'}",
            where="command line, TAG",
            todo=f"run it in {folder} of the Git repository",
        )


def list_releases() -> list[str]:
    """The versions that are released, by their number."""
    name = name_artifact()
    found = [tag.removeprefix(f"{name}@") for tag in git_trees.git("tag", "--list", f"{name}@v*").splitlines()]
    return sorted((one for one in found if VERSION.fullmatch(one)), key=parse_version)


def parse_version(version: str) -> tuple[int, ...]:
    """The three numbers of a version."""
    return tuple(map(int, version.removeprefix("v").split(".")))


def choose_next_version() -> str:
    """The version after the last one: its middle number one higher; v1.0.0 where there is none."""
    if not (known := list_releases()):
        return "v1.0.0"
    major, minor, _ = parse_version(known[-1])
    return f"v{major}.{minor + 1}.0"


def create_release(version: str, accepted: Collection[str] = ()) -> str:
    """Tag HEAD as a version and return the tag; raises as `check_releasable`, and FileError when GTO rejects."""
    check_releasable(version, accepted)
    register_version(version)
    return name_tag(version)


def check_releasable(version: str, accepted: Collection[str] = ()) -> None:
    """Raise GateClosed, WrongValue or FileError unless HEAD may be tagged; whether its results hold is not asked."""
    check_version(version)
    check_identity()
    check_committed()
    freshness.check_not_frozen(accepted, "lifecycle release")


def check_version(version: str) -> None:
    """Raise WrongValue for what is no version, or one that is released."""
    if not VERSION.fullmatch(version):
        raise WrongValue(
            f"{version!r} is no version", where="command line, VERSION", todo=f"use {choose_next_version()}"
        )
    if version in list_releases():
        raise WrongValue(
            f"{version} is released already, at {revisions.resolve_revision(name_tag(version))[:12]}",
            where=f"tag {name_tag(version)}",
            todo=f"use {choose_next_version()}",
        )


def check_committed() -> None:
    """Raise WrongValue unless the workspace is what HEAD has, and what its lock says."""
    edited = sorted(git_trees.find_differing("HEAD"))
    if edited:
        raise WrongValue(
            f"there is work that no commit has: {', '.join(map(str, edited[:3]))}",
            where="the workspace",
            todo="commit it, then release",
        )
    with dvc_storage.lock_repository() as repo:
        stale = sorted(repo.status())
    if stale:
        raise WrongValue(
            f"{LOCK} is stale: {', '.join(stale)} changed since they ran",
            where=LOCK,
            todo="dvc repro, commit, then release",
        )


def register_version(version: str) -> None:
    """Tag HEAD; raises FileError when GTO rejects."""
    check_identity()
    try:
        gto_internals.register(name_artifact(), version, message=f"Release {version}")
    except gto_internals.gto_errors() as cause:
        raise translate_rejection(cause) from cause


def promote_version(version: str, stage: str) -> str:
    """Tag a released version as the one that serves in a stage, and return the tag.

    Raises UnknownName for a version that is not released, WrongValue for what names no stage or serves there already.
    """
    if version not in list_releases():
        raise UnknownName(
            f"{version} is not released", where="tags of Git", todo=suggest_name(version, list_releases())
        )
    if not STAGE.fullmatch(stage):
        raise WrongValue(f"{stage!r} names no stage", where="command line, STAGE", todo="use prod or staging")
    if find_served_version(stage) == version:
        raise WrongValue(f"{version} is in {stage} already", where="tags of Git", todo="nothing is to be done")
    before = set(list_stage_tags(stage))
    assign_stage(version, stage)
    return next(iter(set(list_stage_tags(stage)) - before))


def list_stage_tags(stage: str) -> list[str]:
    """The tags of a stage, the oldest first."""
    found = git_trees.git("tag", "--list", f"{name_artifact()}#{stage}#*").splitlines()
    return sorted(filter(COUNTED.search, found), key=lambda tag: int(tag.rpartition("#")[2]))


def find_served_version(stage: str) -> str | None:
    """The version that serves in a stage; None where none does."""
    if not (tags := list_stage_tags(stage)):
        return None
    commit = revisions.resolve_revision(tags[-1])
    here = [version for version in list_releases() if revisions.resolve_revision(name_tag(version)) == commit]
    return here[-1] if here else None


def assign_stage(version: str, stage: str) -> None:
    """Tag the version's commit with the stage; raises FileError when GTO rejects."""
    check_identity()
    try:
        gto_internals.assign(name_artifact(), version, stage, message=f"{version} to {stage}")
    except gto_internals.gto_errors() as cause:
        raise translate_rejection(cause) from cause


def check_identity() -> None:
    """Raise FileError where Git does not know who makes a tag: GTO would guess a name, or end with a traceback."""
    if revisions.git("var", "GIT_COMMITTER_IDENT").returncode:
        raise FileError(
            "Git does not know who makes the tag",
            where="Git's user.name and user.email",
            todo="git config user.name 'Your Name' && git config user.email you@example.org",
        )


def translate_rejection(cause: Exception) -> FileError:
    """What GTO or Git says against a tag."""
    message = " ".join(str(cause).split())[:300]
    return FileError(f"GTO rejects the tag: {message}", where=str(Path(".git")), todo="gto show")
