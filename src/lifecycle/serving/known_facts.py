"""What the served releases know by now: they follow one store of events, and say how new the newest fact is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lifecycle.online.event_store import EventStore
from lifecycle.online.event_tables import EventTable, list_event_tables
from lifecycle.online.stores import open_store
from lifecycle.release.release import Release
from lifecycle.serving.settings import Serve

MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class KnownFacts:
    """The store of events, and after how many microseconds without a newer fact what is known is stale."""

    store: EventStore
    stale_after: int | None

    def follow(self, releases: Sequence[Release]) -> None:
        """Let releases take in what the store has, and what comes."""
        for release in releases:
            if release.online:
                release.online.follow(self.store)

    def close(self, releases: Sequence[Release]) -> None:
        """Let go of the store; releases that followed it keep what they know."""
        for release in releases:
            if release.online:
                release.online.stop_following()
        self.store.close()

    def describe(self, release: Release, now: datetime) -> dict[str, Any] | None:
        """Until when facts are known, how many seconds ago that is, and whether it is too long ago."""
        if release.online is None:
            return None
        until = release.online.find_known_until()
        age = count_microseconds(now) - until
        return {
            "known_until": format_instant(until),
            "seconds_ago": round(age / MICROSECONDS),
            "stale": self.is_stale(age),
            "events": self.store.last(),
        }

    def is_stale(self, age: int) -> bool:
        """Whether the newest fact is so many microseconds old that it no longer describes the present."""
        return self.stale_after is not None and age > self.stale_after


def open_facts(settings: Serve, releases: Sequence[Release]) -> KnownFacts | None:
    """The facts that releases follow; None where none makes features of raw rows, or there is no store."""
    if settings.events is None or not any(release.online for release in releases):
        return None
    facts = KnownFacts(open_store(settings.events), settings.stale_microseconds)
    facts.follow(releases)
    return facts


def find_event_tables(release: Release) -> Mapping[str, EventTable]:
    """The raw tables whose rows may become known to a release."""
    return list_event_tables(release.online.definitions) if release.online else {}


def count_microseconds(time: datetime) -> int:
    """Microseconds since 1970."""
    return round(time.timestamp() * MICROSECONDS)


def format_instant(microseconds: int) -> str:
    """A time in UTC by ISO 8601."""
    found = datetime.fromtimestamp(microseconds / MICROSECONDS, UTC)
    return found.isoformat(timespec="microseconds").replace("+00:00", "Z")
