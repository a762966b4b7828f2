"""Tables, figures, names and numbers in Markdown, which no value from the data can break.

>>> print(render_table(["carrier", "rows"], [["a|b", "1,200"], ["c", "3"]], right=["rows"]))
| carrier | rows |
|---|---:|
| a\\|b | 1,200 |
| c | 3 |
"""

import re
from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from lifecycle.reporting.text import shorten_text

BROKEN = "`[]\\"  # signs that would end the alternative text of an image
UNESCAPED_PIPE = re.compile(r"(?<!\\)((?:\\\\)*)\|")


def render_table(columns: Iterable[object], rows: Iterable[Iterable[object]], right: Collection[str] = ()) -> str:
    """A table of texts that hold Markdown; the columns named in `right` are aligned right.

    Line breaks become spaces and pipes are escaped, so a cell stays a cell; other signs keep their meaning (use
    `escape_markdown` on texts from the data). Without a line break at the end.
    """
    names = [_guard_cell(name) for name in columns]
    ruler = "|".join("---:" if name in right else "---" for name in names)
    lines = [f"| {' | '.join(_guard_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(names)} |", f"|{ruler}|", *lines])


def format_table(rows: pd.DataFrame, formats: Mapping[str, str]) -> str:
    """A table of the columns that `formats` names, each value escaped and in its column's format.

    A column with a format is aligned right, one with an empty format left; a missing value gives an empty cell.
    """
    cells = [[escape_markdown(cell) for cell in row] for row in format_cells(rows, formats)]
    return render_table(formats, cells, [name for name, form in formats.items() if form])


def format_cells(rows: pd.DataFrame, formats: Mapping[str, str]) -> list[list[str]]:
    """The values of the columns that `formats` names, each in its column's format; empty for a missing value."""
    return [
        ["" if pd.isna(value) else format(value, form) for value, form in zip(row, formats.values(), strict=True)]
        for row in rows[list(formats)].itertuples(index=False)
    ]


def escape_markdown(text: str) -> str:
    r"""The text on one line, with every sign escaped that Markdown or HTML would read.

    >>> print(escape_markdown("a_b\n*c* <d>"))
    a\_b \*c\* \<d\>
    """
    line = " ".join(text.split())
    for sign in "\\`*_[]<>|":
        line = line.replace(sign, "\\" + sign)
    return line


def embed_figure(title: str, file: str) -> str:
    """An image with its title as alternative text; signs that would end the title are left out.

    >>> embed_figure("ROC curve", "roc.png")
    '![ROC curve](roc.png)'
    """
    return f"![{title.translate({ord(sign): None for sign in BROKEN})}]({file})"


def quote_code(name: object) -> str:
    """A name as inline code on one line, a long one cut; a blank name is `(blank)`.

    >>> quote_code("wind `gust`"), quote_code(" ")
    ("`wind 'gust'`", '`(blank)`')
    """
    return f"`{shorten_text(name).replace('`', chr(39))}`"


def describe_name(name: object, description: str) -> str:
    """A name as inline code with its escaped description, alone where the description only repeats it.

    >>> describe_name("dep_delay", "minutes late"), describe_name("month", "month")
    ('`dep_delay`: minutes late', '`month`')
    """
    repeats = description.strip() in ("", str(name).strip(), shorten_text(name))
    return quote_code(name) if repeats else f"{quote_code(name)}: {escape_markdown(description)}"


def _guard_cell(cell: object) -> str:
    return UNESCAPED_PIPE.sub(r"\1\|", " ".join(str(cell).split()))
