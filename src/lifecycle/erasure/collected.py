"""Erased rows left out of what a source gives: an erasure holds for all that is collected from then on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lifecycle import paths
from lifecycle.io.tables import read_table
from lifecycle.reporting.text import format_count
from lifecycle.sources.batches import Batch, replace_rows
from lifecycle.versioning.erased_rows import ErasedKeys, drop_erased, find_erased, read_keys
from lifecycle.versioning.erasures import read_erasures


@dataclass(frozen=True)
class Collected:
    """Batches without erased rows, how many rows were left out, and the names of batches by those they had before."""

    batches: list[Batch]
    left_out: int
    names: dict[str, str]

    def rename(self, names: Iterable[str]) -> list[str]:
        """Names of earlier batches as they are now."""
        return [self.names.get(name, name) for name in names]

    def then(self, after: Collected) -> Collected:
        """This, and what was left out of it afterwards."""
        names = {before: after.names.get(name, name) for before, name in self.names.items()}
        return Collected(after.batches, self.left_out + after.left_out, after.names | names)

    @property
    def message(self) -> str:
        """How many rows were left out; empty where none was."""
        return f", {format_count(self.left_out, 'erased row')} left out" if self.left_out else ""


def read_erased_keys() -> list[ErasedKeys]:
    """What the records of this folder say is erased."""
    return read_keys(read_erasures())


def leave_out_erased(batches: Iterable[Batch], keys: Sequence[ErasedKeys]) -> Collected:
    """The batches without erased rows; one that has no row left is none any more."""
    pairs = [(batch, without_erased(batch, keys)) for batch in batches]
    return Collected(
        batches=[after for before, after in pairs if len(after.rows) or after is before],
        left_out=sum(len(before.rows) - len(after.rows) for before, after in pairs),
        names={before.name: after.name for before, after in pairs},
    )


def without_erased(batch: Batch, keys: Sequence[ErasedKeys]) -> Batch:
    """The batch without erased rows; itself where it has none."""
    kept = drop_erased(batch.rows, keys)
    return batch if kept is batch.rows else replace_rows(batch, kept)


def holds_erased(name: str, keys: Sequence[ErasedKeys]) -> bool:
    """Whether the stored file of a batch has erased rows, as after the merge of a branch that did not know of them."""
    return bool(keys) and bool(find_erased(read_table(paths.RAW / name), keys).any())


def any_holds_erased(names: Iterable[str]) -> bool:
    """Whether one of the batches that are here has rows which the records of this folder name."""
    keys = read_erased_keys()
    return bool(keys) and any(holds_erased(name, keys) for name in names if (paths.RAW / name).is_file())
