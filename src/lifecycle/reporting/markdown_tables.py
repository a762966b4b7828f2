"""Names, numbers and tables as Markdown that no name from the data can break."""

from typing import Any

import pandas as pd

from lifecycle.reporting.figures import BLANK


def table(cells: pd.DataFrame) -> str:
    """A table of texts."""
    rows = [list(cells.columns), ["---"] * cells.shape[1], *cells.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(one_line(cell) for cell in row) + " |" for row in rows)


def one_line(cell: Any) -> str:
    """A cell's text without what would end the cell."""
    return " ".join(str(cell).split()).replace("|", "\\|")


def picture(title: str, file: str) -> str:
    """A picture with its title for those who cannot see it."""
    return f"![{title.translate({ord(sign): None for sign in '`[]'})}]({file})"


def code(name: Any) -> str:
    """A name from the data in one line, set apart from the text around it; a blank one is `(blank)`."""
    return f"`{' '.join(str(name).replace('`', chr(39)).split()) or BLANK}`"


def described(name: Any, description: str) -> str:
    """A name with what it is; alone where the description is no more than the name."""
    return code(name) if description.strip() in ("", str(name).strip()) else f"{code(name)}: {description}"


def percent(share: float) -> str:
    """A share as a percentage; empty where it is not known."""
    return "" if pd.isna(share) else f"{share:.1%}"


def number(value: float) -> str:
    """A number in four significant digits; empty where it is not known."""
    return "" if pd.isna(value) else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def amount(value: float, unit: str) -> str:
    """A number in four significant digits with its unit, where it has one; empty where it is not known."""
    return f"{number(value)} {unit}".strip() if pd.notna(value) else ""


def listed(words: list[str]) -> str:
    """Words with commas, and an `and` before the last."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
