"""How names and numbers from somebody's table are said in one line."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Several = Sequence[str] | npt.NDArray[np.object_]  # texts


def shown(text: object, most: int = 60) -> str:
    """The text on one line, without characters that no terminal and no YAML comment takes, cut at `most`."""
    line = "".join(character if character.isprintable() else " " for character in str(text))
    line = " ".join(line.split()) or "(blank)"
    return line if len(line) <= most else line[: most - 1] + "…"


def listed(names: Iterable[object], most: int = 5) -> str:
    """The first few of the names, and how many more there are."""
    every = [shown(name, 40) for name in names]
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def pasted(option: str, column: str, value: str = "") -> str:
    """An option as one pastes it into a shell."""
    return f"{option} {shlex.quote(shown(column) + ('=' + value if value else ''))}"


def until(version: Mapping[str, Any]) -> str:
    """` through <day>` where a day decides which rows a data version holds, by its provenance; else empty."""
    return f" through {version['through']}" if "through" in version else ""
