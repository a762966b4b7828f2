"""Progress of long work: a bar with the time left on a terminal, plain lines or nothing elsewhere."""

import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

Item = TypeVar("Item")


class Progress:
    """A bar on standard error where that is a terminal; it is removed when the block ends.

    `total` is the number of steps in the unit, None where it is not known; `scaled` shortens large counts (12.3M).
    """

    def __init__(self, name: str, total: int | None = None, unit: str = "steps", *, scaled: bool = False) -> None:
        from tqdm import tqdm

        self.name, self.total, self.done = name, total, 0
        self.bar = tqdm(
            total=total, desc=name, unit=f" {unit}", unit_scale=scaled, disable=None, leave=False, file=sys.stderr
        )

    def step(self, note: str) -> None:
        """Count one step; without a terminal print it as a line with its note."""
        if self.bar.disable:
            self.done += 1
            print(f"{self.name}: {self.done}/{self.total} {note}", flush=True)
        else:
            self.bar.set_postfix_str(note)
            self.advance()

    def advance(self, count: int = 1) -> None:
        """Count several steps, at most up to the total; a log shows nothing of it."""
        self.done = self.done + count if self.total is None else min(self.done + count, self.total)
        self.bar.update(self.done - self.bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.close()


@contextmanager
def track(name: str, items: Iterable[Item], unit: str = "steps") -> Iterator[Iterator[Item]]:
    """The items, counted as they are taken; the bar is removed when the block ends, also by an error."""
    with Progress(name, len(items) if isinstance(items, Sized) else None, unit) as progress:
        yield _count(items, progress)


def _count(items: Iterable[Item], progress: Progress) -> Iterator[Item]:
    for item in items:
        yield item
        progress.advance()
