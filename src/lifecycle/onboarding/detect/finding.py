"""The detected format of a table."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.onboarding.note import Note


@dataclass(frozen=True)
class DetectedFormat:
    """How to read an address: an entry of `lifecycle.sources.files.read`, its rows as text, and notes.

    `table` has the columns of the entry, all as text, missing where a cell is empty.
    """

    reading: dict[str, Any]
    table: pd.DataFrame
    notes: list[Note]
