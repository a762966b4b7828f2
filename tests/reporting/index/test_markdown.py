from pathlib import Path

import matplotlib.figure
import pytest

from lifecycle.reporting.index.markdown import read_figures, read_report
from lifecycle.reporting.png import write_png

REPORT = """\
# Title

Read [the scope](../scope.md), [a table](rows.csv), [the web](https://example.org/a) and [below](#end).

## By `carrier`

From **low** to `high`.

![By carrier](one.png)

## Others

Words.

| a | b |
|---|---|
| 1 | <script>alert(1)</script> |

![second](two.png) ![gone](gone.png)
"""


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "reports" / "explore"
    for name in ("one.png", "two.png"):
        write_png(folder / name, matplotlib.figure.Figure(figsize=(2, 1)))
    (folder / "README.md").write_text(REPORT, encoding="utf-8")
    return folder / "README.md"


def test_figures_come_with_the_paragraph_under_their_heading(report):
    one, two = read_figures(report)
    assert (one.title, one.explanation) == ("By carrier", "From <strong>low</strong> to <code>high</code>.")
    assert (two.title, two.explanation) == ("second", "")
    assert one.address.startswith("data:image/png;base64,")
    assert (one.width, one.legible) == (220, 128)


def test_links_of_a_report_start_at_the_page(report):
    body = read_report("All", report, report.parents[1]).body
    assert [
        f'href="{target}"' in body for target in ("scope.md", "explore/rows.csv", "https://example.org/a", "#end")
    ] == [True] * 4


def test_an_embedded_report_has_no_figures_and_its_html_is_text(report):
    embedded = read_report("All", report, report.parents[1])
    assert (embedded.title, embedded.address) == ("All", "explore/README.md")
    assert "<img" not in embedded.body
    assert "<script" not in embedded.body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in embedded.body
    assert '<div class="scroll"><table>' in embedded.body
    assert "<h3>Title</h3>" in embedded.body


def test_a_link_that_would_run_a_script_is_no_link(tmp_path):
    file = tmp_path / "README.md"
    file.write_text("[a](javascript:alert(1)) ![b](javascript:alert(1))", encoding="utf-8")
    assert "href" not in read_report("", file, Path(tmp_path)).body
