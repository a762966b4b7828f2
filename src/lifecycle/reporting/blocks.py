"""A report as blocks, written as Markdown with figures beside it or as one HTML page that holds them."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from lifecycle.reporting import templates
from lifecycle.reporting.markdown import format_cells, format_table


@dataclass(frozen=True)
class Heading:
    """A heading of the second level."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class DataTable:
    """The columns of `rows` that `formats` names; those with a format are aligned right."""

    kind: ClassVar[str] = "table"
    rows: pd.DataFrame
    formats: Mapping[str, str]

    @property
    def markdown(self) -> str:
        """The table in Markdown."""
        return format_table(self.rows, self.formats)

    @property
    def cells(self) -> list[list[str]]:
        """The formatted values of each row."""
        return format_cells(self.rows, self.formats)


@dataclass(frozen=True)
class FigureFile:
    """A PNG file beside the report."""

    kind: ClassVar[str] = "figure"
    title: str
    file: str


Block = Heading | Paragraph | DataTable | FigureFile


def render_markdown(title: str, blocks: Sequence[Block]) -> str:
    """The report in Markdown, with links to its figures."""
    return templates.render(__file__, "md", title=title, blocks=blocks)


def render_html(title: str, blocks: Sequence[Block], figures: Mapping[str, bytes]) -> str:
    """The report as one HTML page that holds the bytes of its figures (by file name) and loads nothing."""
    images = {file: b64encode(content).decode("ascii") for file, content in figures.items()}
    return templates.render(__file__, "html", title=title, blocks=blocks, images=images)
