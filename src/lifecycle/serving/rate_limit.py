"""How much at once: requests in work, requests a second, and wrong keys of one address."""

import hmac
import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from lifecycle.serving.rejections import RequestRejected

# After how many seconds a rejected request may come again.
SOON = {"Retry-After": "1"}
# Wrong keys that an address may show at once, and again a second: strangers, and those who have shown the right one.
STRANGER, HOLDER = (10.0, 1.0), (1000.0, 100.0)
# Addresses remembered; beyond, the one unheard of for longest is forgotten.
MOST_PEERS = 10_000
LONGEST_ADDRESS = 64
WRONG_KEY = "key: wanted Authorization: Bearer KEY"


@dataclass
class Peer:
    """The wrong keys that an address has left, as of when, and whether it has shown the right one."""

    left: float
    seen: float
    is_holder: bool = False


@dataclass
class KeyGuard:
    """Compares keys, and looks at none of an address that has shown too many wrong ones.

    Many clients may share an address, behind a proxy or a router: one from which the right key came may be wrong more
    often, so that nobody who guesses there locks the others out. `clock` tells seconds that only go forward.
    """

    key: str
    clock: Callable[[], float]
    peers: OrderedDict[str, Peer] = field(default_factory=OrderedDict)

    def check(self, address: str, shown: str) -> None:
        """Raise RequestRejected unless the key is right: 401, or 429 where it was not looked at."""
        if not shown:  # no guess
            raise reject_key()
        peer = self._find(name_network(address))
        if peer.left < 1:
            raise RequestRejected(429, "key: too many wrong ones from this address", headers=SOON)
        if not hmac.compare_digest(shown.encode(), self.key.encode()):
            peer.left -= 1
            raise reject_key()
        if not peer.is_holder:
            peer.is_holder, peer.left = True, HOLDER[0]

    def _find(self, name: str) -> Peer:
        now = self.clock()
        peer = self.peers.setdefault(name, Peer(STRANGER[0], now))
        self.peers.move_to_end(name)
        if len(self.peers) > MOST_PEERS:
            self.peers.popitem(last=False)
        most, again = HOLDER if peer.is_holder else STRANGER
        peer.left, peer.seen = min(most, peer.left + (now - peer.seen) * again), now
        return peer


def reject_key() -> RequestRejected:
    """The rejection of a key that is missing or wrong."""
    return RequestRejected(401, WRONG_KEY, headers={"WWW-Authenticate": "Bearer"})


def name_network(address: str) -> str:
    """The address, or the network of 64 bits of one of version 6, all of whose addresses one client has."""
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address[:LONGEST_ADDRESS]
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found.packed, 64), strict=False))


@dataclass
class RateLimit:
    """Counts requests in work, and rejects those above a mean rate of `per_second`, a second's worth at once.

    `clock` tells seconds that only go forward.
    """

    at_once: int
    per_second: float | None
    clock: Callable[[], float]
    working: int = 0
    left: float = field(init=False)
    seen: float = field(init=False)

    def __post_init__(self) -> None:
        self.left, self.seen = max(self.per_second or 0.0, 1.0), self.clock()

    def enter(self) -> None:
        """Count a request as begun; raises RequestRejected, 503 with the seconds to wait, when there are too many."""
        if self.working >= self.at_once:
            raise RequestRejected(
                503, f"busy: {self.working} requests are in work, at most {self.at_once} are", headers=SOON
            )
        self._must_be_in_rate()
        self.working += 1

    def leave(self) -> None:
        """Count a request as done."""
        self.working -= 1

    def _must_be_in_rate(self) -> None:
        if self.per_second is None:
            return
        now = self.clock()
        full = max(self.per_second, 1.0)
        self.left, self.seen = min(full, self.left + (now - self.seen) * self.per_second), now
        if self.left < 1:
            raise RequestRejected(503, f"busy: more than {self.per_second:g} requests a second", headers=SOON)
        self.left -= 1
