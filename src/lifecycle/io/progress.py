"""Progress of long work: a bar with the time left on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self


class Progress:
    """Counts steps on a terminal's bar; where there is no terminal, prints each step's note as a line."""

    def __init__(self, name: str, total: int) -> None:
        from tqdm import tqdm

        self.name, self.total, self.done = name, total, 0
        self.bar = tqdm(total=total, desc=name, disable=None, leave=False, file=sys.stderr)

    def step(self, note: str) -> None:
        """One step is done, with a short note on it."""
        self.done += 1
        if self.bar.disable:
            print(f"{self.name}: {self.done}/{self.total} {note}", flush=True)
        else:
            self.bar.set_postfix_str(note)
            self.bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.close()


def bar(place: str, unit: str, items: Iterable[Any] | None = None, total: int | None = None) -> Any:
    """A bar that counts the items of a reading as they go by; it is gone once its block ends."""
    from tqdm import tqdm

    return tqdm(
        items, desc=f"collect {place}", unit=f" {unit}", total=total, disable=None, leave=False, file=sys.stderr
    )
