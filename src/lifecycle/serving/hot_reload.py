"""Hot reload: a new release in the folder is loaded once it is complete."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lifecycle import paths
from lifecycle.release.release import MANIFEST, compute_version, load_release
from lifecycle.serving.middleware import write_log_line
from lifecycle.serving.service import Service


@dataclass(frozen=True)
class FolderState:
    """The version that a folder's manifest says, and each file's name, bytes and time of change in nanoseconds."""

    version: str
    files: tuple[tuple[str, int, int], ...]


async def watch_release(service: Service) -> None:
    """Periodically: a release with another manifest is loaded beside the present one and replaces it.

    A rejected one is checked again when one of its files has changed: it may have been read half written.
    """
    rejected = None
    while True:
        await asyncio.sleep(service.settings.watch_seconds)
        seen = read_folder_state()  # a third of a millisecond; beside another thread requests would wait longer
        if seen is None or seen == rejected or seen.version == service.scorer.model.release.version:
            continue
        rejected = await asyncio.to_thread(reload_release, service, seen)


def read_folder_state() -> FolderState | None:
    """What is in the release's folder; None while no release is there."""
    try:
        stats = sorted((path.name, path.stat()) for path in paths.RELEASE.iterdir())
        files = tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
        return FolderState(compute_version((paths.RELEASE / MANIFEST).read_bytes()), files)
    except OSError:
        return None


def reload_release(service: Service, seen: FolderState) -> FolderState | None:
    """Load the new release and return None, or log why not and return the rejected state."""
    try:
        service.take(load_release())
    except Exception as cause:  # the watch must outlive whatever is in the folder
        if read_folder_state() != seen:
            return None  # it was being written; the next check sees it complete
        service.telemetry.reloads.labels("rejected").inc()
        write_log_line({"level": "error", "rejected": seen.version, "why": str(cause)})
        return seen
    service.telemetry.reloads.labels("taken").inc()
    write_log_line({"level": "info", "taken": seen.version})
    return None
