"""A table as one self-contained HTML page to browse: the same table gives the same bytes.

The one module that knows skrub. `sort_ties` replaces one of its private functions, and the page's HTML is read as
skrub 0.11.0 writes it; tests/contracts/test_private_parts.py holds both against the installed version.
"""

import html
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pandas as pd

from lifecycle.io.atomic import write_text
from lifecycle.io.plain_text import escape_hidden

SVG = re.compile(r"<svg\b(?:(?!</svg>).)*?<metadata>.*?</svg>", re.DOTALL)
ROW = re.compile(r"<tr>\s*<td class=\"elided\">.*?</tr>", re.DOTALL)


def write_table_report(path: Path, table: pd.DataFrame, title: str) -> None:
    """Write skrub's report of a table: a few rows, statistics, distributions and associations of its columns."""
    write_text(path, escape_hidden(normalize_page(render_table_report(table, title), title)))


def render_table_report(table: pd.DataFrame, title: str) -> str:
    """The report made by skrub; independent of a user's own settings of skrub and matplotlib."""
    import matplotlib
    import matplotlib.style

    skrub = import_skrub()
    # skrub draws through pyplot, which otherwise opens whatever window system it finds.
    matplotlib.use("agg")
    chosen = {"subsampling_seed": 0, "float_precision": 4, "cardinality_threshold": 40}
    style = {"svg.hashsalt": "page", "text.parse_math": False}
    with matplotlib.style.context(["default", style]), skrub.config_context(**chosen), sort_ties():
        page = skrub.TableReport(
            convert_types(table), n_rows=10, title=title, verbose=0, plot_distributions=True, compute_associations=True
        )
        return str(page.html())


def import_skrub() -> ModuleType:
    """skrub, which makes its folder for data sets when it is imported: no folder of a home that may not be written.

    No data set is ever loaded, so that the folder of temporary files, which is there, stays as it is.
    """
    os.environ["SKB_DATA_DIRECTORY"] = tempfile.gettempdir()
    import skrub

    return cast("ModuleType", skrub)


def convert_types(table: pd.DataFrame) -> pd.DataFrame:
    """The table with numbers that may be missing as floats, so that each column's type is drawn as what it is.

    Infinite numbers, which no axis reaches, are missing.
    """
    types = {name: "float64" for name in table.columns if str(table[name].dtype) == "Int64" and table[name].hasnans}
    return table.astype(types).replace([float("inf"), float("-inf")], float("nan")).reset_index(drop=True)


@contextmanager
def sort_ties() -> Iterator[None]:
    """While this lasts, skrub lists equally frequent values in the values' order.

    Its own order of them is that of numpy's unstable sort, which differs between processors.
    """
    import_skrub()
    from skrub._reporting import _utils

    before = _utils.top_k_value_counts
    _utils.top_k_value_counts = count_most_frequent
    try:
        yield
    finally:
        _utils.top_k_value_counts = before


def count_most_frequent(column: pd.Series, k: int) -> tuple[int, list[tuple[Any, int]]]:
    """How many different values a column has, and its `k` most frequent ones with their counts."""
    counts = column.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return len(counts), list(zip(counts.index[:k].tolist(), counts.iloc[:k].tolist(), strict=True))


def normalize_page(page: str, title: str) -> str:
    """The page without random ids and clock times: ids by number, figures without metadata."""
    wrapper = re.search(r"report_[0-9a-f]{8}(?=-wrapper)", page)
    page = page.replace(wrapper.group(), "report_table") if wrapper else page
    cells, figures = count(1), count(1)
    page = re.sub(r'(?<=\sid=")[0-9a-f]{8}(?=")', lambda _: f"cell_{next(cells)}", page)
    page = SVG.sub(lambda match: normalize_svg(match.group(), next(figures)), page)
    page = page.replace("<title>skrub report</title>", f"<title>{html.escape(title)}</title>")
    return "\n".join(line.rstrip() for line in sort_associations(page).split("\n") if line.strip())


def normalize_svg(svg: str, number: int) -> str:
    """An SVG without the block that holds its date, its inner references distinct from those of other figures."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return re.sub(r'(?<=[#"])([pm][0-9a-f]{10})(?=[")])', rf"figure_{number}_\1", svg)


def sort_associations(page: str) -> str:
    """The rows of the associations in the order of the number shown, equal ones by the columns' names."""
    rows = ROW.findall(page)
    ordered = iter(sorted(rows, key=parse_association))
    return ROW.sub(lambda _: next(ordered), page)


def parse_association(row: str) -> tuple[float, list[str]]:
    """By what a row of the associations is ordered: the strongest first."""
    cells = [" ".join(cell.split()) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
    return -float(cells[2]), cells
