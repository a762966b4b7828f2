"""What was found at an address."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.onboarding.note import Note


@dataclass(frozen=True)
class DetectedFormat:
    """How to read an address: one entry of `lifecycle.sources.files.read`, its rows as text, and what was seen.

    `table` has the columns that the entry gives, every one as text and missing where a cell is empty.
    """

    reading: dict[str, Any]
    table: pd.DataFrame
    notes: list[Note]
