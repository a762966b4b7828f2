"""The page of a table is self-contained and has the same bytes every time."""

import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import pandas as pd
import pytest

import lifecycle
from lifecycle.eda.table_report import (
    count_most_frequent,
    normalize_page,
    sort_associations,
    sort_ties,
    write_table_report,
)

MAKE = """
import sys
from pathlib import Path
import pandas as pd
from lifecycle.eda.table_report import write_table_report
table = pd.DataFrame({
    "when": pd.date_range("2020-01-01", periods=60, freq="D", tz="UTC"),
    "size": [float(n % 7) for n in range(60)],
    "integer": pd.Series([None, *range(59)], dtype="Int64"),
    "kind": pd.Series([f"k{n % 20}" for n in range(60)], dtype="str"),
    "yes": pd.Series([n % 3 == 0 for n in range(60)], dtype="boolean"),
    "void": [float("nan")] * 60,
    "same": ["x"] * 60,
})
write_table_report(Path(sys.argv[1]), table, "Sixty <rows>")
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    found = []
    for seed, threads in (("1", "1"), ("2", "4")):
        path = folder / f"{seed}.html"
        source = str(Path(lifecycle.__file__).parents[1])
        chosen = {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "PYTHONPATH": source}
        command = [sys.executable, "-W", "error", "-c", MAKE, str(path)]
        subprocess.run(command, check=True, env=os.environ | chosen)
        found.append(path.read_text(encoding="utf-8"))
    return found


def test_a_home_that_cannot_be_written_is_left_alone(tmp_path):
    home = tmp_path / "file" / "home"  # below a file nobody makes a folder, whatever their rights
    home.parent.touch()
    source = str(Path(lifecycle.__file__).parents[1])
    chosen = {"HOME": str(home), "PYTHONPATH": source, "MPLCONFIGDIR": str(tmp_path / "matplotlib")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SKB_", "SKRUB_"))}
    command = [sys.executable, "-W", "error", "-c", MAKE, str(tmp_path / "a.html")]
    done = subprocess.run(command, env=kept | chosen, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "<title>Sixty" in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_same_bytes_in_other_processes(pages):
    assert pages[0] == pages[1]


def test_nothing_is_loaded_from_elsewhere(pages):
    loaded = re.findall(r"""(?:src|srcset|action)\s*=\s*["']([^"']+)|url\(([^)]+)\)|@import ([^;]+)""", pages[0])
    assert {next(filter(None, found))[0] for found in loaded} <= {"#", "d"}
    assert not re.findall(r"<link|<iframe|\bfetch\(|XMLHttpRequest|\bimport\(", pages[0])


@pytest.mark.slow
def test_no_random_ids_and_no_clock(pages):
    page = pages[0]
    assert 'id="report_table"' in page
    assert not re.findall(r'id="[0-9a-f]{8}"', page)
    assert "dc:date" not in page and "<metadata>" not in page


def test_each_figure_refers_to_itself(pages):
    figures = re.findall(r"<svg\b(?:(?!</svg>).)*figure_\d+_.*?</svg>", pages[0], re.DOTALL)
    assert len(figures) >= 5
    for svg in figures:
        assert set(re.findall(r"#(figure_\w+)", svg)) <= set(re.findall(r'id="(figure_\w+)"', svg))


def test_title_and_columns(pages):
    assert "<title>Sixty &lt;rows&gt;</title>" in pages[0]
    assert all(name in pages[0] for name in ("when", "size", "integer", "kind", "yes", "void", "same"))


def test_equally_frequent_values_are_in_order_of_value():
    values = pd.Series(["d", "c", "b", "a", "d", "b", "c"], dtype="str")
    assert count_most_frequent(values, 3) == (4, [("b", 2), ("c", 2), ("d", 2)])


def test_skrub_is_left_as_it_was():
    from skrub._reporting import _utils

    before = _utils.top_k_value_counts
    with pytest.raises(RuntimeError), sort_ties():
        assert _utils.top_k_value_counts is count_most_frequent
        raise RuntimeError
    assert _utils.top_k_value_counts is before


def test_equal_associations_are_in_order_of_name():
    def row(left: str, right: str, value: str) -> str:
        return f'<tr>\n<td class="elided">{left}</td>\n<td class="elided">{right}</td>\n<td>\n{value}\n</td></tr>'

    mixed = "<table>" + row("b", "c", "0.5") + row("x", "y", "0.9") + row("a", "c", "0.5") + "</table>"
    assert re.findall(r"elided\">(\w)</td>\n<td c", sort_associations(mixed)) == ["x", "a", "b"]


def test_what_is_in_the_table_stays_as_it_is():
    page = '<div id="report_0a1b2c3d-wrapper">0a1b2c3d <td id="0a1b2c3d">x</td></div>'
    assert normalize_page(page, "T") == '<div id="report_table-wrapper">0a1b2c3d <td id="cell_1">x</td></div>'


def test_style_is_left_as_it_was_and_empty_tables_are_pages(tmp_path):
    before = {key: value for key, value in matplotlib.rcParams.items() if not key.startswith("backend")}
    write_table_report(tmp_path / "a.html", pd.DataFrame({"a": pd.Series([], dtype="float64")}), "Empty")
    after = {key: value for key, value in matplotlib.rcParams.items() if not key.startswith("backend")}
    assert before == after
    assert "The dataframe is empty" in (tmp_path / "a.html").read_text()


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"one": [1.0], "kind": pd.Series(["x"], dtype="str"), "gone": pd.Series([None], dtype="Int64")}),
        pd.DataFrame(
            {"😀\n|": pd.Series(["$\\frac$", "😀", "<b>"] * 9, dtype="str"), " ": range(27), "self": range(27)}
        ),
        pd.DataFrame({"text": pd.Series([f"{place} " * 300 for place in range(50)], dtype="str")}),
        pd.DataFrame({"far": [1.0, float("inf"), 3.0, float("-inf")]}),
        pd.DataFrame(index=range(3)),
    ],
)
def test_odd_tables_are_pages(tmp_path, table):
    write_table_report(tmp_path / "a.html", table, "Odd")
    assert "<title>Odd</title>" in (tmp_path / "a.html").read_text(encoding="utf-8")
