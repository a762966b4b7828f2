"""Looks for a new release in the folder, and takes it when it is whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lifecycle import paths
from lifecycle.errors import LifecycleError
from lifecycle.release import MANIFEST, load_release, version_of
from lifecycle.serving.trail import write

if TYPE_CHECKING:
    from lifecycle.serving.app import Service


async def watch(service: Service) -> None:
    """Again and again: a manifest that is another one is loaded beside the present release and takes its place."""
    refused = ""
    while True:
        await asyncio.sleep(service.settings.watch_seconds)
        version = await asyncio.to_thread(present)
        if version in (None, refused, service.scorer.model.release.version):
            continue
        refused = await asyncio.to_thread(changed, service, str(version))


def present() -> str | None:
    """The version of the release in the folder; None while there is none."""
    try:
        return version_of((paths.RELEASE / MANIFEST).read_bytes())
    except OSError:
        return None


def changed(service: Service, version: str) -> str:
    """Take the new release and return nothing, or say why not and return the version that is refused."""
    try:
        service.take(load_release())
    except (LifecycleError, OSError) as cause:
        if present() != version:
            return ""  # it was being written; the next look sees it whole
        service.counts.reloads.labels("refused").inc()
        write({"level": "error", "refused": version, "why": str(cause)})
        return version
    service.counts.reloads.labels("taken").inc()
    write({"level": "info", "taken": version})
    return ""
