"""What was found at an address."""

from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Note:
    """Something seen in the data, and what it was seen from; both one short sentence for a person."""

    what: str
    why: str


@dataclass(frozen=True)
class DetectedFormat:
    """How to read an address: one entry of `lifecycle.sources.files.read`, its rows as text, and what was seen.

    `table` has the columns that the entry gives, every one as text and missing where a cell is empty.
    """

    reading: dict[str, Any]
    table: pd.DataFrame
    notes: list[Note]
