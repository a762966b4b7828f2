"""What a section of the page is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

MISSING = ("–", "")
Tone = Literal["plain", "good", "bad", "quiet"]


@dataclass(frozen=True)
class Line:
    """One line of a chart: a bar or a band from `start` to `end`, ticks at `marks`, and the number in words."""

    label: str
    told: str
    start: float | None
    end: float | None
    marks: tuple[tuple[str, float], ...] = ()
    tone: Tone = "plain"


@dataclass(frozen=True)
class Chart:
    """Lines on one scale from `low` to `high`; `note` says how to read them."""

    title: str
    lines: tuple[Line, ...]
    low: float
    high: float
    note: str = ""

    def place(self, value: float | None) -> float:
        """Where a value stands on the scale, in percent of its length, 0 to 100."""
        if value is None or self.high <= self.low:
            return 0.0
        return round(min(100.0, max(0.0, 100 * (value - self.low) / (self.high - self.low))), 2)


@dataclass(frozen=True)
class Table:
    """Cells under their headings."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def kind(self, place: int) -> Literal["number", "text"]:
        """Whether the column at `place` holds numbers alone."""
        cells = [row[place].replace(",", "").lstrip("-") for row in self.rows]
        return "number" if all(cell in MISSING or cell.replace(".", "", 1).isdigit() for cell in cells) else "text"


@dataclass(frozen=True)
class Picture:
    """A picture as a data address, with its title, what one learns from it (HTML), and its width in dots.

    `legible` is the least width at which its letters can be read.
    """

    file: str
    title: str
    lesson: str
    address: str
    width: int

    @property
    def legible(self) -> int:
        """In a screen's dots."""
        return round(0.58 * self.width)


@dataclass(frozen=True)
class Document:
    """A report in full (HTML), and where its file stands beside the page."""

    title: str
    body: str
    address: str


@dataclass(frozen=True)
class Section:
    """One step of the lifecycle: a sentence that says what came out, facts, charts, pictures, the full report."""

    name: str
    title: str
    lead: str
    facts: tuple[tuple[str, str], ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    documents: tuple[Document, ...] = ()
    tone: Tone = "plain"


def bars(title: str, values: Mapping[str, float | None], told: str) -> tuple[Chart, ...]:
    """A chart with a bar from 0 for each known value, its number written by the format `told`; none without any."""
    known = {label: float(value) for label, value in values.items() if value is not None}
    if not known:
        return ()
    lines = [Line(label, format(value, told), min(0.0, value), max(0.0, value)) for label, value in known.items()]
    return (Chart(title, tuple(lines), min(0.0, *known.values()), max(0.0, *known.values())),)
