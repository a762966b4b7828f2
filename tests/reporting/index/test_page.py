from lifecycle.reporting.index.page import page
from lifecycle.reporting.index.section import Chart, Document, Line, Picture, Section, Table

HOSTILE = "\"><img src=x onerror='alert(1)'>{{ 7 * 7 }}"


def test_every_text_is_escaped():
    chart = Chart(HOSTILE, (Line(HOSTILE, HOSTILE, 0.0, 1.0, (("floor", 0.5),)),), 0.0, 1.0, HOSTILE)
    picture = Picture("a.png", HOSTILE, "", "data:image/png;base64,", 100)
    table, whole = Table(HOSTILE, (HOSTILE,), ((HOSTILE,),)), Document(HOSTILE, "", HOSTILE)
    section = Section("one", HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),), (chart,), (table,), (picture,), (whole,))
    made = page(HOSTILE, HOSTILE, [(HOSTILE, HOSTILE)], [section], HOSTILE)
    assert "<img src=x" not in made
    assert "49" not in made.split("<body>")[1]
    assert made.count("&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;{{ 7 * 7 }}") == 23


def test_bars_and_marks_stand_where_their_values_are():
    line = Line("model", "0.5", 0.25, 0.75, (("floor", 0.5),), "good")
    made = page("", "t", [], [Section("test", "Test", "", charts=(Chart("auc", (line,), 0.0, 1.0),))], "")
    assert '<span class="bar good"\n style="left: 25.0%; right: 25.0%"></span>' in made
    assert '<span class="mark floor" style="left: 50.0%"></span>' in made


def test_an_unknown_bar_is_not_drawn():
    made = page(
        "", "t", [], [Section("test", "Test", "", charts=(Chart("", (Line("a", "–", None, None),), 0.0, 1.0),))], ""
    )
    assert 'class="bar' not in made


def test_pictures_beyond_the_first_four_are_folded():
    shown = tuple(Picture("", f"picture {number}", "", "data:,", 1) for number in range(6))
    made = page("", "t", [], [Section("a", "A", "", pictures=shown)], "")
    assert "2 more pictures" in made
    assert made.index("picture 3") < made.index("<details>") < made.index("picture 4")
