"""A report of blocks says the same in Markdown and in HTML, whatever texts the data hold."""

import pandas as pd

from lifecycle.reporting.blocks import DataTable, FigureFile, Heading, Paragraph, render_html, render_markdown

HOSTILE = "<img src=x onerror='alert(1)'>|*a*"
BLOCKS = [
    Heading(HOSTILE),
    Paragraph(HOSTILE),
    DataTable(pd.DataFrame({"name": [HOSTILE, None], "share": [0.5, 0.25]}), {"name": "", "share": ".0%"}),
    FigureFile("ROC curve", "roc.png"),
]


def test_markdown_escapes_every_text():
    escaped = r"\<img src=x onerror='alert(1)'\>\|\*a\*"
    assert render_markdown("Report", BLOCKS) == (
        f"# Report\n\n## {escaped}\n\n{escaped}\n\n"
        f"| name | share |\n|---|---:|\n| {escaped} | 50% |\n|  | 25% |\n\n"
        "![ROC curve](roc.png)\n"
    )


def test_html_escapes_every_text_and_holds_its_figures():
    html = render_html("Report", BLOCKS, {"roc.png": b"png"})
    escaped = "&lt;img src=x onerror=&#39;alert(1)&#39;&gt;|*a*"
    assert f"<h2>{escaped}</h2>\n<p>{escaped}</p>" in html
    assert f'<tr><td>{escaped}</td><td class="n">50%</td></tr>\n<tr><td></td><td class="n">25%</td></tr>' in html
    assert '<tr><th>name</th><th class="n">share</th></tr>' in html
    assert '<img alt="ROC curve" src="data:image/png;base64,cG5n">' in html
    assert html.count("<img") == 1


def test_the_page_may_load_nothing():
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in render_html("Report", [], {})
