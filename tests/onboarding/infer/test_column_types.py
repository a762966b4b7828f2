"""What the text of a column holds."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer.column_types import ColumnInference, infer_columns


def kind(*values: str | None, name: str = "x", layout: str = "", decimal: str = "") -> ColumnInference:
    table = pd.DataFrame({name: pd.Series(list(values), dtype="str")})
    return infer_columns(table, {name: layout} if layout else {}, decimal)[name]


@pytest.mark.parametrize(
    ("values", "type_", "numbers"),
    [
        (["1", "2", "30"], "integer", [1, 2, 30]),
        (["1", "2.0", "3"], "number", [1, 2, 3]),
        (["$1,715.0", "$20", "-$5"], "number", [1715, 20, -5]),
        (["100%", "50 %"], "number", [100, 50]),
        (["(5)", "7"], "integer", [-5, 7]),
        (["1,5", "2,25"], "number", [1.5, 2.25]),
        (["1.234,5", "2"], "number", [1234.5, 2]),
        (["1,234", "5,678"], "integer", [1234, 5678]),
        (["1 234,5", "80"], "number", [1234.5, 80]),
        (["1 234", "5 678 901"], "integer", [1234, 5678901]),
        (["1\u00a0234,5", "1\u202f234,25", "-7 000"], "number", [1234.5, 1234.25, -7000]),
        (["1 234.5", "$2 000"], "number", [1234.5, 2000]),
        (["1'234.5", "-80"], "number", [1234.5, -80]),
        (["1’234’567", "(80)"], "integer", [1234567, -80]),
        (["1e3", ".5"], "number", [1000, 0.5]),
        (["4", " ", "6"], "integer", [4, math.nan, 6]),
        (["4", "?", "none", "n/a"], "integer", [4, math.nan, math.nan, math.nan]),
    ],
)
def test_numbers_hidden_in_text(values: list[str], type_: str, numbers: list[float]) -> None:
    found = kind(*values)
    assert found.type == type_
    pd.testing.assert_series_equal(found.values, pd.Series(numbers, dtype="float64"))


def test_thousands_or_decimals_are_settled_by_the_other_columns_and_by_the_reading() -> None:
    table = pd.DataFrame({"a": ["1,234", "5,678"], "b": ["1,5", "2,25"]}, dtype="str")
    assert infer_columns(table, {})["a"].values.tolist() == [1.234, 5.678]
    assert kind("1,234", "5,678", decimal=",").values.tolist() == [1.234, 5.678]
    assert kind("1,234", "5,678", layout="1.234,5").values.tolist() == [1.234, 5.678]


def test_each_column_is_read_by_its_own_style_where_that_is_sure() -> None:
    table = pd.DataFrame({"a": ["1,70", "3,06"], "b": ["3.03", "6.56"], "c": ["6.030", "8.358"]}, dtype="str")
    for decimal, c in (("", [6.03, 8.358]), (".", [6.03, 8.358]), (",", [6030, 8358])):
        found = infer_columns(table, {}, decimal)
        assert found["a"].values.tolist() == [1.7, 3.06]
        assert found["b"].values.tolist() == [3.03, 6.56]
        assert found["c"].values.tolist() == c


def test_a_requested_decimal_point_settles_ambiguous_numbers() -> None:
    table = pd.DataFrame({"a": ["1,234", "5,678"], "b": ["1,5", "2,25"]}, dtype="str")
    found = infer_columns(table, {}, ".")
    assert (found["a"].values.tolist(), found["b"].values.tolist()) == ([1234, 5678], [1.5, 2.25])


def test_the_number_format_is_noted() -> None:
    assert kind("1 234,5", "2").why == "numbers with a space between thousands, a decimal comma"
    assert kind("1'234", "2").why == "integers with an apostrophe between thousands"
    assert kind("$1,234", "($5)").why == "integers with $ and parentheses, a comma between thousands"
    assert kind("1.5", "2").why == "numbers"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["007", "123"], "codes rather than numbers"),
        (["9" * 20, "1"], "codes rather than numbers"),
        (["030 123 456", "089 123 456"], "2 different texts"),
        (["12 34", "1 234"], "2 different texts"),
        (["50%", "3"], "numbers in different units"),
        (["$5", "€5"], "numbers in different units"),
        (["1e999", "1"], "numbers too large to reckon with"),
        ([*map(str, range(30)), "about 5"], "96.8% of them numbers but not about 5"),
    ],
)
def test_texts_that_look_like_numbers_are_noted(values: list[str], why: str) -> None:
    found = kind(*values)
    assert found.type == "category"
    assert why in found.why


@pytest.mark.parametrize(
    ("values", "true", "false"),
    [
        (["t", "f"], ("t",), ("f",)),
        (["No", "yes", "YES"], ("yes", "YES"), ("No",)),
        (["1", "0", "1.0"], ("1", "1.0"), ("0",)),
        (["true", "False", "?"], ("true",), ("False",)),
    ],
)
def test_booleans(values: list[str], true: tuple[str, ...], false: tuple[str, ...]) -> None:
    found = kind(*values)
    assert (found.type, found.true, found.false) == ("boolean", true, false)


@pytest.mark.parametrize("values", [["yes", "0"], ["red", "blue"], ["1", "2"], ["yes", "yes"]])
def test_two_values_that_are_no_yes_and_no(values: list[str]) -> None:
    assert kind(*values).type != "boolean"


@pytest.mark.parametrize(
    ("values", "layout", "first"),
    [
        (["2020-01-31", "2020-02-01"], "%Y-%m-%d", "2020-01-31"),
        (["31/01/2020", "01/02/2020"], "%d/%m/%Y", "2020-01-31"),
        (["01/31/2020", "02/01/2020"], "%m/%d/%Y", "2020-01-31"),
        (["31.1.20", "1.2.20"], "%d.%m.%y", "2020-01-31"),
        (["May 23, 2014", "June 1, 2014"], "%B %d, %Y", "2014-05-23"),
        (["23-May-14", "1-Jun-14"], "%d-%b-%y", "2014-05-23"),
        (["2020-01-31T10:00:00Z", "2020-02-01T00:00:00+01:00"], "%Y-%m-%dT%H:%M:%S%z", "2020-01-31 10:00"),
        (["2020-01-31 10:00", "2020-02-01 23:59"], "%Y-%m-%d %H:%M", "2020-01-31 10:00"),
        (["2020-01-31", "2020-02-01T10:00:00.5Z"], "ISO8601", "2020-01-31"),
        (["1/31/2020 1:30 PM", "2/1/2020 1:30 AM"], "%m/%d/%Y %I:%M %p", "2020-01-31 13:30"),
        (["1949-01", "1949-02"], "%Y-%m", "1949-01-01"),
    ],
)
def test_times(values: list[str], layout: str, first: str) -> None:
    found = kind(*values)
    assert (found.type, found.layout) == ("time", layout)
    assert found.values[0] == pd.Timestamp(first, tz="UTC")


@pytest.mark.parametrize(
    ("name", "values", "layout"),
    [
        ("time", ["1517966773840", "1517966037750"], "milliseconds"),
        ("created_at", ["1517966773", "1517966037"], "seconds"),
        ("date", ["20180131", "20180201"], "%Y%m%d"),
    ],
)
def test_times_written_as_numbers_need_a_name_that_says_so(name: str, values: list[str], layout: str) -> None:
    assert (kind(*values, name=name).type, kind(*values, name=name).layout) == ("time", layout)
    assert kind(*values, name="barcode").type == "integer"


def test_an_ambiguous_day_and_month_are_an_error() -> None:
    with pytest.raises(UnfitTable) as caught:
        kind("03/04/2021", "05/06/2021", name="due date")
    assert str(caught.value).splitlines() == [
        "error: day and month are ambiguous in 'due date': %d/%m/%Y and %m/%d/%Y both fit every value",
        "where: column due date, for example 03/04/2021",
        "next:  add --format-of 'due date=%d/%m/%Y' or --format-of 'due date=%m/%d/%Y'",
    ]


def test_a_requested_format_settles_it_or_is_rejected() -> None:
    assert kind("03/04/2021", layout="%m/%d/%Y").values[0] == pd.Timestamp("2021-03-04", tz="UTC")
    with pytest.raises(UnfitTable, match=r"1 value of 'x' not in the format %d/%m/%Y"):
        kind("03/04/2021", "soon", layout="%d/%m/%Y")
    with pytest.raises(UnfitTable, match="'nonsense' is no format for 'x'"):
        kind("03/04/2021", layout="nonsense")


def test_dates_among_other_words_stay_words() -> None:
    assert kind("2020-01-31", "soon").type == "category"


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([*map(str, range(20)), "-999", "-999"], ("-999",)),
        ([*map(str, range(20)), "-200.0", "-200"], ("-200.0", "-200")),
        ([*map(str, range(20)), "9999", "9999"], ("9999",)),
        ([*map(str, range(20)), "-999"], ()),
        ([*map(str, range(0, 9000, 500)), "9999", "9999"], ()),
        ([*map(str, range(-20, 20)), "-9", "-9"], ()),
    ],
)
def test_numbers_far_outside_the_rest_that_repeat_mean_missing(values: list[str], codes: tuple[str, ...]) -> None:
    found = kind(*values)
    assert found.codes == codes
    assert found.values.isna().sum() == (2 if codes else 0)


def test_missing_codes_are_noted() -> None:
    found = kind("4", "?", "5", "N/A", "?")
    assert found.codes == ("?", "N/A")
    assert found.why == "integers; ?, N/A is a code for missing values (3 rows)"


def test_none_is_a_word_among_words_and_na_one_among_codes_of_two_letters() -> None:
    assert kind("none", "petrol", "diesel").codes == ()
    assert kind("NA", "EU", "AS").codes == ()
    assert kind("NA", "north", "south").codes == ("NA",)


def test_free_text_and_categories() -> None:
    assert kind(*(f"the {place}th of many different words" for place in range(30))).type == "text"
    assert kind(*(f"code-{place}" for place in range(30))).type == "category"
    assert kind(*(["a very long name of a contract"] * 30), "another long name of it").type == "category"
    assert kind(None, None).why == "no value in any row"
