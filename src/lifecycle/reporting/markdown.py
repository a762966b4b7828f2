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

from lifecycle.reporting.references import break_references
from lifecycle.reporting.text import flatten_text, format_amount, shorten_text

BROKEN = "`[]\\"  # signs that would end the alternative text of an image
WITHIN_WORD = re.compile(r"(?<=[^\W_])\\_(?=[^\W_])")
ENTITY = re.compile(r"&(?=#?\w+;)")
BLOCK = re.compile(r"^(?:(?=[-+=#]+(?:\s|$))|([0-9]{1,9})(?=[.)](?:\s|$)))")  # a heading, a list, a rule
TAG = re.compile(r"<(?=[A-Za-z/!?])(?!/?[A-Za-z]>)")  # any but a bare one of a single letter, which does nothing
CELL = re.compile(r"^([0-9]{0,9})\\(?=[-+=#]+(?:\s|$)|[.)](?:\s|$))")  # what `BLOCK` escapes and no cell needs
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
    names = {name: escape_words(name) for name in formats}
    return render_table(names.values(), cells, [names[name] for name, form in formats.items() if form])


def format_cells(rows: pd.DataFrame, formats: Mapping[str, str]) -> list[list[str]]:
    """The values of the columns that `formats` names, each in its column's format; empty for a missing value."""
    return [
        ["" if pd.isna(value) else format(value, form) for value, form in zip(row, formats.values(), strict=True)]
        for row in rows[list(formats)].itertuples(index=False)
    ]


def escape_markdown(text: str) -> str:
    r"""The text on one line, with every sign escaped that Markdown or HTML would read, and no word that becomes a link.

    >>> print(escape_markdown("a_b\n*c* <d>"))
    a\_b \*c\* \<d\>
    """
    line = TAG.sub("&lt;", ENTITY.sub("&amp;", flatten_text(text)))
    for sign in "\\`*_[]<>|~$":
        line = line.replace(sign, "\\" + sign)
    return break_references(BLOCK.sub(r"\1\\", line))


def escape_words(text: object) -> str:
    r"""As `escape_markdown`, but with `_` within a word as it is, where it is no emphasis.

    >>> print(escape_words("roc_auc of _a_"))
    roc_auc of \_a\_
    """
    return WITHIN_WORD.sub("_", escape_markdown(str(text)))


def escape_amount(value: float, unit: str) -> str:
    r"""A number with its unit as `format_amount` writes them, the unit escaped.

    >>> print(escape_amount(2.0, "<b>"))
    2 \<b\>
    """
    return format_amount(value, escape_words(unit))


def embed_figure(title: str, file: str) -> str:
    """An image with its title as alternative text; signs that would end the title are left out.

    >>> embed_figure("ROC curve", "roc.png")
    '![ROC curve](roc.png)'
    """
    text = TAG.sub("&lt;", flatten_text(title).translate({ord(sign): None for sign in BROKEN}))
    return f"![{text}]({file})"


def quote_code(name: object, most: int = 60) -> str:
    """A name as inline code on one line, cut at `most` characters; a blank name is `(blank)`.

    A sign that would end the code or open a tag becomes one that looks like it.

    >>> quote_code("wind `gust`"), quote_code("<img>"), quote_code("<5"), quote_code(" ")
    ("`wind 'gust'`", '`‹img>`', '`<5`', '`(blank)`')
    """
    return f"`{TAG.sub('‹', shorten_text(name, most).replace('`', chr(39)))}`"


def describe_name(name: object, description: str) -> str:
    """A name as inline code with its escaped description, alone where the description only repeats it.

    >>> describe_name("dep_delay", "minutes late"), describe_name("month", "month")
    ('`dep_delay`: minutes late', '`month`')
    """
    repeats = description.strip() in ("", str(name).strip(), shorten_text(name))
    return quote_code(name) if repeats else f"{quote_code(name)}: {escape_markdown(description)}"


def _guard_cell(cell: object) -> str:
    return UNESCAPED_PIPE.sub(r"\1\|", CELL.sub(r"\1", " ".join(str(cell).split())))
