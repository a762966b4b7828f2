"""Hot reload: a new release in the folder is verified, tried, and loaded once it is complete."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from lifecycle import paths
from lifecycle.errors import UnverifiedRelease
from lifecycle.release.release import MANIFEST, build_release, compute_version
from lifecycle.serving.candidates import Candidate, read_candidate
from lifecycle.serving.middleware import write_log_line
from lifecycle.serving.service import Service
from lifecycle.serving.trial import Trial, TrialLimits
from lifecycle.versioning.revisions import LOCK

# Seconds without a change of the folder or of dvc.lock: `dvc repro` records a release moments after it is written.
GRACE = 15.0


@dataclass(frozen=True)
class FolderState:
    """The version that a folder's manifest says, and each file's name, bytes and time of change in nanoseconds.

    dvc.lock, where there is one, is among the files: it may come to record the release.
    """

    version: str
    files: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Rejection:
    """A state of the folder that is not served, why not, whether that was reported, and since when, in seconds."""

    state: FolderState
    why: Exception
    reported: bool
    since: float

    def is_due(self) -> bool:
        """Whether nothing verified it within the time of grace."""
        return not self.reported and time.monotonic() - self.since >= GRACE


async def watch_release(service: Service) -> None:
    """Periodically: a release with another manifest is loaded beside the present one and replaces it.

    A rejected one is checked again when one of its files has changed, or dvc.lock: it may have been read half written,
    or before it was recorded.
    """
    rejected: Rejection | None = None
    while True:
        await asyncio.sleep(service.settings.watch_seconds)
        seen = read_folder_state()  # a third of a millisecond; beside another thread requests would wait longer
        if seen is None or seen.version == service.scorer.model.release.version:
            continue
        if rejected and seen == rejected.state:
            if rejected.is_due():
                rejected = report(service, seen, rejected.why)
            continue
        rejected = await reload_release(service, seen)


def read_folder_state() -> FolderState | None:
    """What is in the release's folder, and dvc.lock's state; None while no release is there."""
    try:
        stats = sorted((path.name, path.stat()) for path in paths.RELEASE.iterdir())
        if (lock := Path(LOCK)).exists():
            stats.append((f"/{LOCK}", lock.stat()))
        files = tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
        return FolderState(compute_version((paths.RELEASE / MANIFEST).read_bytes()), files)
    except OSError:
        return None


async def reload_release(service: Service, seen: FolderState) -> Rejection | None:
    """Load the new release and return None, or the rejection, which is reported unless it may soon be recorded."""
    try:
        await replace_release(service)
    except Exception as cause:  # the watch must outlive whatever is in the folder
        if read_folder_state() != seen:
            return None  # it was being written; the next check sees it complete
        if isinstance(cause, UnverifiedRelease):
            return Rejection(seen, cause, reported=False, since=time.monotonic())
        return report(service, seen, cause)
    service.telemetry.reloads.labels("taken").inc()
    write_log_line({"level": "info", "taken": seen.version, "verified by": service.verified_by})
    return None


async def replace_release(service: Service) -> None:
    """Serve the release in the folder, once it is verified as the present one is, and passed its trial.

    Raises LifecycleError for one that is rejected. Ends the trial where the service stops meanwhile.
    """
    settings = service.settings
    candidate = await asyncio.to_thread(read_candidate, settings, None)
    must_be_verified(candidate, service.verified_by)
    limits = TrialLimits(settings.trial_seconds, settings.trial_mib)
    with Trial(candidate.files, candidate.where, limits) as trial:
        await asyncio.to_thread(trial.must_pass)
    await asyncio.to_thread(
        lambda: service.take(build_release(candidate.files, candidate.where), candidate.verified_by)
    )


def must_be_verified(candidate: Candidate, before: str | None) -> None:
    """Raise UnverifiedRelease for a release that nothing verifies, where the present one was verified."""
    if candidate.verified_by is None and before is not None:
        raise UnverifiedRelease(
            f"nothing verifies the new release: {LOCK} is not there any more",
            where=candidate.where,
            todo=f"git checkout {LOCK}",
        )


def report(service: Service, seen: FolderState, why: Exception) -> Rejection:
    """Count and log a rejection."""
    service.telemetry.reloads.labels("rejected").inc()
    write_log_line({"level": "error", "rejected": seen.version, "why": str(why)})
    return Rejection(seen, why, reported=True, since=time.monotonic())
