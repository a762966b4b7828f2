"""A Markdown report becomes one page that holds its figures and loads nothing."""

import pytest

from lifecycle.reporting.report_page import render_report_page

REPORT = """\
# Drift

<img src=x onerror='alert(1)'>

| feature | size |
|---|---:|
| `hour` | 0.5 |

![Drift by feature](drift.png)
"""


@pytest.fixture
def page(tmp_path):
    (tmp_path / "drift.png").write_bytes(b"png")
    return render_report_page("Drift & performance", REPORT, tmp_path)


def test_the_page_holds_the_report_and_its_figures(page):
    assert "<title>Drift &amp; performance</title>" in page
    assert "<h1>Drift</h1>" in page
    assert '<div class="wide"><table>' in page and "</table></div>" in page
    assert '<img src="data:image/png;base64,cG5n" alt="Drift by feature" />' in page


def test_raw_html_stays_text(page):
    assert "&lt;img src=x onerror='alert(1)'&gt;" in page
    assert page.count("<img") == 1


def test_the_page_may_load_nothing(page):
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
