"""A report as blocks, said as Markdown beside its pictures or as one page that holds them."""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from lifecycle.reporting import markdown

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #24292f; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.25; } img { max-width: 100%; height: auto; }
div.wide { overflow-x: auto; } table { border-collapse: collapse; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #d0d7de; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
"""


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, a table with its columns' formats, or a picture by its stem; all with `words`."""

    kind: str
    words: str = ""
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    formats: Mapping[str, str] = field(default_factory=dict)


def as_markdown(title: str, blocks: Sequence[Block]) -> str:
    """The report in Markdown, with pictures beside it."""
    said = {
        "heading": lambda one: f"## {markdown.plain(one.words)}",
        "paragraph": lambda one: markdown.plain(one.words),
        "table": lambda one: markdown.table(one.rows, one.formats),
        "picture": lambda one: f"![{markdown.plain(one.words)}]({one.formats['file']})",
    }
    return "\n\n".join([f"# {title}", *(said[one.kind](one) for one in blocks)])


def as_page(title: str, blocks: Sequence[Block], pictures: Mapping[str, bytes]) -> str:
    """The report as one HTML page that holds the pictures' bytes (by file name) and asks nothing of any other."""
    said = {
        "heading": lambda one: f"<h2>{html.escape(one.words)}</h2>",
        "paragraph": lambda one: f"<p>{html.escape(one.words)}</p>",
        "table": lambda one: table(one.rows, one.formats),
        "picture": lambda one: image(one.words, pictures[one.formats["file"]]),
    }
    body = "\n".join(said[one.kind](one) for one in blocks)
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    )
    icon = '<link rel="icon" href="data:,">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}{icon}<style>{STYLE}</style></head>\n'
        f"<body>\n<h1>{html.escape(title)}</h1>\n{body}\n</body></html>"
    )


def table(rows: pd.DataFrame, formats: Mapping[str, str]) -> str:
    """The columns that have a format, as a table; what is missing stays empty."""
    kinds = [' class="n"' if form else "" for form in formats.values()]
    head = "".join(f"<th{kind}>{html.escape(name)}</th>" for name, kind in zip(formats, kinds, strict=True))
    lines = [
        "".join(
            f"<td{kind}>{'' if pd.isna(value) else html.escape(format(value, form))}</td>"
            for value, kind, form in zip(row, kinds, formats.values(), strict=True)
        )
        for row in rows[list(formats)].itertuples(index=False)
    ]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}\n</table></div>'


def image(words: str, content: bytes) -> str:
    """A PNG in the page itself."""
    return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{b64encode(content).decode("ascii")}">'
