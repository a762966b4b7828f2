"""What a section of the page is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

MISSING = ("–", "")
Tone = Literal["plain", "good", "bad", "quiet"]


@dataclass(frozen=True)
class Line:
    """One line of a chart: a bar or a band from `start` to `end`, ticks at `marks`, and the number as text."""

    label: str
    text: str
    start: float | None
    end: float | None
    marks: tuple[tuple[str, float], ...] = ()
    tone: Tone = "plain"


@dataclass(frozen=True)
class Chart:
    """Lines on one scale from `low` to `high`; `note` explains how to read them."""

    title: str
    lines: tuple[Line, ...]
    low: float
    high: float
    note: str = ""

    def locate(self, value: float | None) -> float:
        """A value's place on the scale, in percent of its length, 0 to 100.

        >>> Chart("auc", (), low=0.5, high=1.0).locate(0.75)
        50.0
        """
        if value is None or self.high <= self.low:
            return 0.0
        return round(min(100.0, max(0.0, 100 * (value - self.low) / (self.high - self.low))), 2)


@dataclass(frozen=True)
class TextTable:
    """Cells under their headings."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def kind(self, place: int) -> Literal["number", "text"]:
        """Whether the column at `place` holds only numbers."""
        cells = [row[place].replace(",", "").lstrip("-") for row in self.rows]
        return "number" if all(cell in MISSING or cell.replace(".", "", 1).isdigit() for cell in cells) else "text"


@dataclass(frozen=True)
class EmbeddedFigure:
    """A figure as a data URL, with its title, an explanation in HTML, and its width in pixels."""

    file: str
    title: str
    explanation: str
    address: str
    width: int

    @property
    def legible(self) -> int:
        """The least width at which its letters can be read, in pixels of a screen."""
        return round(0.58 * self.width)


@dataclass(frozen=True)
class EmbeddedReport:
    """A whole report in HTML, and the path of its file from the page."""

    title: str
    body: str
    address: str


@dataclass(frozen=True)
class Section:
    """One step of the lifecycle: its result in a sentence, then facts, charts, tables, figures and whole reports."""

    name: str
    title: str
    lead: str
    facts: tuple[tuple[str, str], ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[TextTable, ...] = ()
    figures: tuple[EmbeddedFigure, ...] = ()
    reports: tuple[EmbeddedReport, ...] = ()
    tone: Tone = "plain"


def chart_bars(title: str, values: Mapping[str, float | None], form: str) -> tuple[Chart, ...]:
    """A chart with a bar from 0 for each known value, written in the format `form`; empty if no value is known."""
    known = {label: float(value) for label, value in values.items() if value is not None}
    if not known:
        return ()
    lines = [Line(label, format(value, form), min(0.0, value), max(0.0, value)) for label, value in known.items()]
    return (Chart(title, tuple(lines), min(0.0, *known.values()), max(0.0, *known.values())),)
