import pytest

from lifecycle.reporting.index.section import Chart, Line, TextTable, chart_bars


def test_places_are_percent_of_the_scale_and_stay_on_it():
    chart = Chart("", (), low=2.0, high=4.0)
    assert [chart.locate(value) for value in (2.0, 2.5, 4.0, 1.0, 9.0)] == [0.0, 25.0, 100.0, 0.0, 100.0]


def test_a_scale_without_length_has_one_place():
    assert Chart("", (), low=1.0, high=1.0).locate(1.0) == 0.0


def test_bars_start_at_zero_on_either_side_and_leave_out_unknown_values():
    (chart,) = chart_bars("Gain", {"one": 2.0, "lost": -1.0, "unknown": None}, "+.1f")
    assert chart == Chart("Gain", (Line("one", "+2.0", 0.0, 2.0), Line("lost", "-1.0", -1.0, 0.0)), -1.0, 2.0)


def test_no_value_is_no_chart():
    assert chart_bars("Gain", {"unknown": None}, ".1f") == chart_bars("Gain", {}, ".1f") == ()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [(("1,234", "–", "-0.5"), "number"), (("1", "yes"), "text"), (("0.1 (0.0 to 0.2)",), "text"), ((), "number")],
)
def test_the_kind_of_a_column(cells, kind):
    assert TextTable("", ("a",), tuple((cell,) for cell in cells)).kind(0) == kind
