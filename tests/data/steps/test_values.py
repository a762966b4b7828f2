"""Numbers, times, flags and ids from text, and what is rejected."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.steps import values
from lifecycle.errors import LifecycleError, UnfitTable, UnknownName, WrongValue


def shop(**columns: list[object]) -> dict[str, pd.DataFrame]:
    """One table of text."""
    return {"shop": pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})}


def as_numbers(*cells: str | None, **more: object) -> list[float | None]:
    """The cells as numbers; None is missing."""
    made = values.parse_numbers(shop(x=list(cells)), table="shop", columns=["x"], **more)["shop"]["x"]
    assert made.dtype == "float64"
    return [None if pd.isna(value) else value for value in made]


def test_money_percent_blanks_and_parentheses_are_numbers() -> None:
    cells = ["$1,715.0", "100%", " 3 ", "(2.50)", "-$4", "$-4", "+5", "1e3", ".5", "5.", "12,345,678", "€ 7", "\u22128"]
    assert as_numbers(*cells) == [1715.0, 100.0, 3.0, -2.5, -4.0, -4.0, 5.0, 1000.0, 0.5, 5.0, 12345678.0, 7.0, -8.0]


def test_decimal_comma() -> None:
    assert as_numbers("1.234,5", "0,125", "7", decimal=",", thousands=".") == [1234.5, 0.125, 7.0]
    assert as_numbers("1 234,5", decimal=",", thousands=" ") == [1234.5]
    assert as_numbers("1\u00a0234,5", "1\u202f234\u202f567", decimal=",", thousands=" ") == [1234.5, 1234567.0]
    assert as_numbers("1'234.5", thousands="'") == [1234.5]


def test_empty_cells_and_listed_codes_become_missing() -> None:
    assert as_numbers("1", None, "  ", "?", missing=["?"]) == [1.0, None, None, None]


def test_numbers_stay_numbers() -> None:
    tables = {"shop": pd.DataFrame({"x": pd.Series([1, None], dtype="Int64")})}
    made = values.parse_numbers(tables, table="shop", columns=["x"])["shop"]["x"]
    assert made.dtype == "float64"
    assert made[0] == 1.0
    assert made.isna().to_list() == [False, True]


@pytest.mark.parametrize(
    "cell", ["abc", "1,2", "1.2.3", "$", "-", "1 2", "12,34,567", "NaN", "inf", "()", "--1", "0x1"]
)
def test_what_is_no_number_is_rejected(cell: str) -> None:
    with pytest.raises(UnfitTable) as caught:
        as_numbers("1", cell, cell)
    assert str(caught.value) == (
        f"error: {cell!r} is no number; 2 of 3 values are none\nwhere: raw table shop, column x, 2 rows\n"
        f"next:  add {cell!r} to missing: of this step"
    )


def test_one_sign_cannot_be_both() -> None:
    with pytest.raises(WrongValue, match="decimal is ',' and thousands ','"):
        as_numbers("1", decimal=",")


@given(st.floats(-1e12, 1e12), st.sampled_from([(".", ","), (",", ".")]))
def test_a_number_written_with_thousands_is_read_back(size: float, signs: tuple[str, str]) -> None:
    decimal, thousands = signs
    said = f"{size:,.4f}".translate({ord("."): decimal, ord(","): thousands})
    assert as_numbers(said, decimal=decimal, thousands=thousands) == [float(f"{size:.4f}")]


def as_times(*cells: str | None, form: str, zone: str = "UTC") -> list[str | None]:
    """The cells as instants in ISO 8601; None is missing."""
    made = values.parse_times(shop(at=list(cells)), table="shop", columns={"at": form}, zone=zone)["shop"]["at"]
    assert made.dtype == "datetime64[us, UTC]"
    return [None if pd.isna(value) else value.isoformat() for value in made]


@pytest.mark.parametrize(
    ("cell", "form", "zone", "instant"),
    [
        ("May 23, 2014", "%B %d, %Y", "UTC", "2014-05-23T00:00:00+00:00"),
        ("2013-01-15 10:00", "%Y-%m-%d %H:%M", "America/New_York", "2013-01-15T15:00:00+00:00"),
        ("2013-01-15T10:00:00+0200", "%Y-%m-%dT%H:%M:%S%z", "America/New_York", "2013-01-15T08:00:00+00:00"),
        ("2013-01-15T10:00:00Z", "%Y-%m-%dT%H:%M:%S%z", "UTC", "2013-01-15T10:00:00+00:00"),
        ("2013-01-15T10:00:00Z", "ISO8601", "America/New_York", "2013-01-15T10:00:00+00:00"),
        ("2013-01-15T10:00:00", "ISO8601", "America/New_York", "2013-01-15T15:00:00+00:00"),
        ("2013-01-15", "ISO8601", "America/New_York", "2013-01-15T05:00:00+00:00"),
        ("2013-03-10 02:30", "%Y-%m-%d %H:%M", "America/New_York", "2013-03-10T07:00:00+00:00"),
        ("2013-11-03 01:30", "%Y-%m-%d %H:%M", "America/New_York", "2013-11-03T06:30:00+00:00"),
        ("1517966773840", "milliseconds", "UTC", "2018-02-07T01:26:13.840000+00:00"),
        ("1517966773.5", "seconds", "UTC", "2018-02-07T01:26:13.500000+00:00"),
        ("-1", "seconds", "UTC", "1969-12-31T23:59:59+00:00"),
    ],
)
def test_times_become_instants(cell: str, form: str, zone: str, instant: str) -> None:
    assert as_times(cell, None, " ", form=form, zone=zone) == [instant, None, None]


def test_times_that_are_times_already() -> None:
    naive = pd.Series(pd.to_datetime(["2013-01-15 10:00"]))
    tables = {"shop": pd.DataFrame({"naive": naive, "aware": naive.dt.tz_localize("Europe/Berlin")})}
    made = values.parse_times(tables, table="shop", columns={"naive": "ISO8601", "aware": "%Y"}, zone="Europe/Berlin")[
        "shop"
    ]
    assert made["naive"].to_list() == made["aware"].to_list() == [pd.Timestamp("2013-01-15T09:00Z")]


@pytest.mark.parametrize(
    ("cell", "form"), [("soon", "%Y-%m-%d"), ("soon", "seconds"), ("2013-02-30", "ISO8601"), ("x", "%Y%z")]
)
def test_what_is_no_time_is_rejected(cell: str, form: str) -> None:
    with pytest.raises(UnfitTable, match=f"'{cell}' is no time of the form {form}; 1 of 1 values are none"):
        as_times(cell, form=form)


def test_an_unknown_zone_is_rejected() -> None:
    with pytest.raises(UnknownName, match="there is no time zone 'Mars'"):
        as_times("2013-01-01", form="ISO8601", zone="Mars")


def test_booleans() -> None:
    given = {"a": {"true": ["t", "yes"], "false": ["f"]}}
    made = values.parse_booleans(shop(a=["t", " f ", None, "yes"]), table="shop", columns=given)["shop"]["a"]
    assert made.dtype == "boolean"
    assert made.astype("object").to_list() == [True, False, pd.NA, True]


def test_booleans_reject_other_values_and_other_keys() -> None:
    with pytest.raises(UnfitTable, match="'x' is no listed value; 1 of 2 values are none"):
        values.parse_booleans(shop(a=["t", "x"]), table="shop", columns={"a": {"True": ["t"], "False": ["f"]}})
    with pytest.raises(WrongValue, match="column a lists true"):
        values.parse_booleans(shop(a=["t"]), table="shop", columns={"a": {"true": ["t"]}})


def test_comparing_a_value_adds_or_replaces_a_boolean() -> None:
    tables = shop(a=["Yes", "No", None])
    beside = values.compare_value(tables, table="shop", column="a", value="Yes", name="gone")["shop"]
    assert beside["gone"].astype("object").to_list() == [True, False, pd.NA]
    assert beside["a"].to_list()[:2] == ["Yes", "No"]
    assert values.compare_value(tables, table="shop", column="a", value="Yes")["shop"]["a"].dtype == "boolean"


def test_blank_leaves_out_codes_of_a_column_only() -> None:
    made = values.blank_codes(shop(a=["?", "1"], b=["?", "1"]), table="shop", columns={"a": ["?", "-"]})["shop"]
    assert made["a"].isna().to_list() == [True, False]
    assert made["b"].to_list() == ["?", "1"]


def test_names() -> None:
    made = values.rename_columns(shop(a=["1"], b=["2"]), table="shop", columns={"b": "a", "a": "b"})["shop"]
    assert made.to_dict("list") == {"b": ["1"], "a": ["2"]}


@pytest.mark.parametrize("columns", [{"b": "a"}, {"c": "a", "d": "a"}])
def test_a_new_name_is_for_one_column(columns: dict[str, str]) -> None:
    with pytest.raises(WrongValue):
        values.rename_columns(shop(a=["1"], b=["2"]), table="shop", columns=columns)


def ids(*rows: tuple[str | None, str]) -> list[str]:
    """The ids of rows of two cells."""
    tables = shop(a=[row[0] for row in rows], b=[row[1] for row in rows])
    return values.number_rows(tables, table="shop", name="id")["shop"]["id"].to_list()


def test_ids_are_of_the_content() -> None:
    one, twice, other = ids(("x", "y"), ("x", "y"), (None, "y"))
    assert one == "8164c53b977060f6-1"
    assert twice == "8164c53b977060f6-2"
    assert other.endswith("-1")
    assert ids(("xy", ""), ("x", "y"))[1] == one


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("cd")), max_size=8))
def test_ids_are_distinct_and_stay_when_rows_are_added(rows: list[tuple[str, str]]) -> None:
    found = ids(*rows)
    assert len(set(found)) == len(rows)
    assert ids(("new", "row"), *rows, *rows)[1 : len(rows) + 1] == found


def test_the_day_is_that_of_the_zone() -> None:
    tables = {"shop": pd.DataFrame({"at": pd.to_datetime(["2013-01-01T02:00Z", None])})}
    made = values.add_day(tables, table="shop", time="at", name="day", zone="America/New_York")["shop"]["day"]
    assert made.to_list()[0] == "2012-12-31"
    assert made.isna().to_list() == [False, True]


def test_the_day_of_text_is_rejected() -> None:
    with pytest.raises(UnfitTable, match="at is str, not a time with a zone"):
        values.add_day(shop(at=["2013"]), table="shop", time="at", name="day", zone="UTC")


@pytest.mark.parametrize("table", ["shp", "shop"])
def test_a_wrong_table_or_column_names_the_nearest(table: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        values.parse_numbers(shop(price=["1"]), table=table, columns=["prce"])
    assert caught.value.todo.startswith("use 'price'" if table == "shop" else "use 'shop'")
