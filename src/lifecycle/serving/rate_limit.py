"""How much at once: requests in work, and requests a second."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lifecycle.serving.rejections import RequestRejected

# After how many seconds a rejected request may come again.
SOON = {"Retry-After": "1"}


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
