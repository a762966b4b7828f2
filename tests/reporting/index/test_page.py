from lifecycle.reporting.index.page import render_page
from lifecycle.reporting.index.section import Chart, EmbeddedFigure, EmbeddedReport, Line, Section, TextTable

HOSTILE = "\"><img src=x onerror='alert(1)'>{{ 7 * 7 }}"


def test_every_text_is_escaped():
    chart = Chart(HOSTILE, (Line(HOSTILE, HOSTILE, 0.0, 1.0, (("floor", 0.5),)),), 0.0, 1.0, HOSTILE)
    figure = EmbeddedFigure("a.png", HOSTILE, "", "data:image/png;base64,", 100)
    table, report = TextTable(HOSTILE, (HOSTILE,), ((HOSTILE,),)), EmbeddedReport(HOSTILE, "", HOSTILE)
    section = Section("one", HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),), (chart,), (table,), (figure,), (report,))
    html = render_page(HOSTILE, HOSTILE, [(HOSTILE, HOSTILE)], [section], HOSTILE)
    assert "<img src=x" not in html
    assert "49" not in html.split("<body>")[1]
    assert html.count("&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;{{ 7 * 7 }}") == 23


def test_bars_and_marks_are_placed_by_their_values():
    line = Line("model", "0.5", 0.25, 0.75, (("floor", 0.5),), "good")
    html = render_page("", "t", [], [Section("test", "Test", "", charts=(Chart("auc", (line,), 0.0, 1.0),))], "")
    assert '<span class="bar good"\n style="left: 25.0%; right: 25.0%"></span>' in html
    assert '<span class="mark floor" style="left: 50.0%"></span>' in html


def test_an_unknown_value_has_no_bar():
    html = render_page(
        "", "t", [], [Section("test", "Test", "", charts=(Chart("", (Line("a", "–", None, None),), 0.0, 1.0),))], ""
    )
    assert 'class="bar' not in html


def test_figures_beyond_the_first_four_are_folded():
    figures = tuple(EmbeddedFigure("", f"figure {number}", "", "data:,", 1) for number in range(6))
    html = render_page("", "t", [], [Section("a", "A", "", figures=figures)], "")
    assert "2 more figures" in html
    assert html.index("figure 3") < html.index("<details>") < html.index("figure 4")
