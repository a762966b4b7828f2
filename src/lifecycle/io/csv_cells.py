r"""Cells of CSV that no spreadsheet takes for a formula, and back again.

A leading apostrophe makes a spreadsheet read a cell as text. It is added wherever a cell may begin: a spreadsheet set
to another separator cuts at a semicolon, a tab or a line's end inside of a cell, too.

>>> print(protect_cell("=1+1"), protect_cell("-1.5"), restore_cell("'=1+1"))
'=1+1 -1.5 =1+1
"""

import re

from lifecycle.io.plain_text import HIDDEN, escape_hidden

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # the last four are wide forms, which some spreadsheets take for the same
ACTS = rf"(?:[^\S\t\n]|\")*[{SIGNS}]"
BEGINS = re.compile(rf"(^)('*)(?=[\t\n])|(^|[;\t\n])('*)(?={ACTS})")
GUARDED = re.compile(rf"(^)'('*)(?=[\t\n])|(^|[;\t\n])'('*)(?={ACTS})")
SPELLED = re.compile(r"(\\*)\\u([0-9a-f]{4})")  # as `escape_hidden` spells it


def protect_cell(text: str) -> str:
    """The text with an apostrophe where a formula may begin, and hidden characters spelled; a number as it is."""
    return text if NUMBER.fullmatch(text) else BEGINS.sub(_guard, spell_hidden(text))


def restore_cell(text: str) -> str:
    """The text that `protect_cell` was given."""
    return SPELLED.sub(_read, GUARDED.sub(r"\1\2\3\4", text))


def spell_hidden(text: str) -> str:
    r"""Hidden characters as `\u001b`; backslashes before one, or before a text of that form, are doubled."""
    doubled = SPELLED.sub(_double, text)
    return re.sub(rf"(\\*)({HIDDEN.pattern})", lambda found: found[1] * 2 + escape_hidden(found[2]), doubled)


def _guard(found: re.Match[str]) -> str:
    return "".join((found[1] or "", found[3] or "", "'", found[2] or "", found[4] or ""))


def _double(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[0]}" if HIDDEN.fullmatch(chr(int(found[2], 16))) else found[0]


def _read(found: re.Match[str]) -> str:
    character, count = chr(int(found[2], 16)), len(found[1]) + 1
    if not HIDDEN.fullmatch(character):
        return found[0]
    return "\\" * (count // 2) + (character if count % 2 else f"u{found[2]}")
