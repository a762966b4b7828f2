"""Numbers, times, flags and ids from text, and what is rejected."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.steps import values
from lifecycle.errors import LifecycleError, UnfitTable, WrongValue


def shop(**columns: list[object]) -> dict[str, pd.DataFrame]:
    """One table of text."""
    return {"shop": pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})}


def test_cells_of_another_table_are_read_as_the_step_says() -> None:
    tables = shop(price=["$1,5", "n/a"], at=["24.12.2013", None], open=["t ", "f"], name=[" a", "?"], other=["1", "2"])
    made = values.read_columns(
        tables,
        table="shop",
        columns={
            "price": {"type": "number", "decimal": ",", "units": ["$"], "na_values": ["n/a"]},
            "at": {"type": "time", "date_format": "%d.%m.%Y", "zone": "Europe/Berlin"},
            "open": {"type": "boolean", "true_values": ["t"], "false_values": ["f"]},
            "name": {"type": "category", "na_values": ["?"]},
        },
    )["shop"]
    assert made["price"].to_list()[0] == 1.5
    assert made["at"].to_list()[0] == pd.Timestamp("2013-12-23T23:00Z")
    assert made["open"].to_list() == [True, False]
    assert made["name"].to_list()[0] == "a"
    assert made["other"].to_list() == ["1", "2"]
    assert made.isna().to_numpy().tolist()[1] == [True, True, False, True, False]


def test_a_cell_that_is_not_understood_is_rejected_with_the_step() -> None:
    with pytest.raises(UnfitTable) as caught:
        values.read_columns(shop(x=["1", "abc", "abc"]), table="shop", columns={"x": {"type": "number"}})
    assert str(caught.value) == (
        "error: 'abc' is no number; 2 of 3 cells are none\nwhere: raw table shop, column x\n"
        "next:  correct the column's entry in this step, or list 'abc' in its na_values:"
    )


@pytest.mark.parametrize(
    ("entry", "message", "todo"),
    [
        ({"type": "nmber"}, "type is 'nmber'", "use 'number' as type:"),
        ({}, "type is None", ""),
        ({"type": "number", "decimals": ","}, "decimals: Unexpected", "use 'decimal'"),
        ({"type": "number", "units": 5}, "units: Input should be a valid array", "correct units:"),
    ],
)
def test_an_entry_that_is_none_is_rejected(entry: dict[str, object], message: str, todo: str) -> None:
    with pytest.raises(WrongValue, match=message) as caught:
        values.read_columns(shop(x=["1"]), table="shop", columns={"x": entry})
    assert caught.value.todo.startswith(todo)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"zone": "Mars"}, "zone 'Mars' is no time zone such as UTC or Europe/Berlin"),
        ({"date_format": "mixed"}, "date_format 'mixed' is no format of a time"),
    ],
)
def test_an_unknown_zone_or_format_is_rejected(entry: dict[str, str], message: str) -> None:
    with pytest.raises(WrongValue, match=message):
        values.read_columns(shop(x=["2013-01-01"]), table="shop", columns={"x": {"type": "time"} | entry})


def test_comparing_a_value_adds_or_replaces_a_boolean() -> None:
    tables = shop(a=["Yes", "No", None])
    beside = values.compare_value(tables, table="shop", column="a", value="Yes", name="gone")["shop"]
    assert beside["gone"].astype("object").to_list() == [True, False, pd.NA]
    assert beside["a"].to_list()[:2] == ["Yes", "No"]
    assert values.compare_value(tables, table="shop", column="a", value="Yes")["shop"]["a"].dtype == "boolean"


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


def visits() -> dict[str, pd.DataFrame]:
    """Three rows of every type, the last ones with missing values."""
    columns = {
        "at": pd.to_datetime(["2013-01-31T23:05:00-05:00", "2013-02-01T00:00Z", None], utc=True, format="ISO8601"),
        "shop": pd.Series(["A", None, "C"], dtype="str"),
        "number": pd.array([7, 8, 9], dtype="Int64"),
        "price": [2.5, 3.0, float("nan")],
        "open": pd.array([True, False, None], dtype="boolean"),
    }
    return {"visits": pd.DataFrame(columns)}


def written(form: str) -> list[str]:
    """The texts that a form gives."""
    return values.format_text(visits(), table="visits", name="id", form=form)["visits"]["id"].fillna("none").to_list()


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        ("{at:%Y%m%dT%H%MZ}-{shop}{number}", ["20130201T0405Z-A7", "none", "none"]),
        ("{number}", ["7", "8", "9"]),
        ("{price} for {{all}}, 100%", ["2.5 for {all}, 100%", "3.0 for {all}, 100%", "none"]),
        ("{open}|{at:%j %S.%f %%}", ["True|032 00.000000 %", "False|032 00.000000 %", "none"]),
        ("same", ["same", "same", "same"]),
        ("", ["", "", ""]),
    ],
)
def test_texts_are_written_from_columns_and_missing_where_one_is(form: str, texts: list[str]) -> None:
    assert written(form) == texts


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("{shop.upper}", "{shop.upper} is not the name of a column alone"),
        ("{shop[0]}", "{shop[0]} is not the name of a column alone"),
        ("{shop!r}", "{shop} is not the name of a column alone"),
        ("{}", "{} is not the name of a column alone"),
        ("{at:%A}", "%A has signs other than % and one of YmdHMSfj%"),
        ("{at:{shop}}", "{shop} has signs other than % and one of YmdHMSfj%"),
        ("{at:%}", "% has signs other than % and one of YmdHMSfj%"),
        ("{shop", "expected '}' before end of string"),
        ("shop}", "Single '}' encountered in format string"),
    ],
)
def test_a_form_of_anything_else_is_rejected(form: str, why: str) -> None:
    with pytest.raises(WrongValue) as caught:
        written(form)
    assert str(caught.value) == (
        f"error: form is {form!r}: {why}\nwhere: conf/clean/, step format_text, key form\n"
        'next:  name columns in braces, and a time with its format: "{at:%Y-%m-%d}-{shop}"'
    )


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("{at}", "at is a time without a format"),
        ("{price:%Y}", "price is float64, not a time with a zone"),
        ("{shp}", "column 'shp' is missing"),
    ],
)
def test_a_form_that_does_not_fit_the_columns_is_rejected(form: str, message: str) -> None:
    with pytest.raises(UnfitTable, match=message):
        written(form)


def test_a_difference_is_missing_where_a_number_is() -> None:
    made = values.subtract(visits(), table="visits", minuend="number", subtrahend="price", name="rest")["visits"]
    assert made["rest"].dtype == "float64"
    assert made["rest"].fillna(-1.0).to_list() == [4.5, 5.0, -1.0]


@pytest.mark.parametrize("column", ["shop", "at", "open"])
def test_a_difference_is_of_numbers(column: str) -> None:
    with pytest.raises(UnfitTable, match=f"{column} is .*, not a number") as caught:
        values.subtract(visits(), table="visits", minuend=column, subtrahend="price", name="rest")
    assert caught.value.where == f"conf/clean/, step subtract, table visits, column {column}"


@pytest.mark.parametrize("table", ["shp", "shop"])
def test_a_wrong_table_or_column_names_the_nearest(table: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        values.read_columns(shop(price=["1"]), table=table, columns={"prce": {"type": "number"}})
    assert caught.value.todo.startswith("use 'price'" if table == "shop" else "use 'shop'")
