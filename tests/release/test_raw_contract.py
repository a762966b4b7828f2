"""Raw rows are read cell by cell, alone and as a table alike, and what does not fit is said."""

import json
import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from builders import raw_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.cells.reading import Reading
from lifecycle.data.schema import DTYPES
from lifecycle.errors import CorruptFile
from lifecycle.release.contract import Rejection
from lifecycle.release.fields import Unfit
from lifecycle.release.raw_contract import RawContract, RawField, parse_raw_contract

AGREED = raw_rows.contract()
SENT = 1_717_140_600_000_000  # 2024-05-31T07:30:00Z
TYPES = ("number", "integer", "text", "category", "day", "boolean", "time", "image")
TIME = "a time such as 2024-05-31T14:30:00Z, in the years 1678 to 2261"
BASE = datetime(1970, 1, 1, tzinfo=UTC)


def test_a_row_has_plain_values():
    values, rejections = AGREED.read(raw_rows.ASKED)
    assert values == {"grams": 1250.0, "sent_at": SENT, "place": "b", "gift": "yes"}
    assert rejections == []
    assert type(values["grams"]) is float


def test_what_may_be_missing_may_be_absent_and_is_none():
    row = {name: value for name, value in raw_rows.ASKED.items() if name != "place"}
    assert AGREED.read(row)[0]["place"] is None
    assert AGREED.read(row | {"place": None}) == (AGREED.read(row)[0], [])


@pytest.mark.parametrize(
    ("change", "rejection"),
    [
        ({"grams": "heavy"}, Rejection("grams", "'heavy'", "a number")),
        ({"grams": None}, Rejection("grams", "null", "a number")),
        ({"grams": 1e31}, Rejection("grams", "1e+31", "a number")),
        ({"grams": [1]}, Rejection("grams", "a list of 1", "a number")),
        ({"sent_at": {"a": 1}}, Rejection("sent_at", "an object of 1", "a time such as 2024-05-31T14:30:00Z")),
        ({"sent_at": "noon"}, Rejection("sent_at", "'noon'", "a time such as 2024-05-31T14:30:00Z")),
        ({"sent_at": "2024-02-30T00:00:00Z"}, Rejection("sent_at", "'2024-02-30T00:00:00Z'", "a time such as")),
        ({"sent_at": "9999-12-31T23:30:00Z"}, Rejection("sent_at", "'9999-12-31T23:30:00Z'", TIME)),
        ({"sent_at": "0001-01-01T00:00:00+14:00"}, Rejection("sent_at", "'0001-01-01T00:00:00+14:00'", TIME)),
        ({"sent_at": "+12000-01-01T00:00:00Z"}, Rejection("sent_at", "'+12000-01-01T00:00:00Z'", TIME)),
        ({"sent_at": 1e300}, Rejection("sent_at", "1e+300", TIME)),
        ({"order": 7.5}, Rejection("order", "7.5", "a text of at most 200 characters, or a whole number")),
        ({"gram": 1}, Rejection("gram", "a value", "no such field; ")),
    ],
)
def test_a_field_that_does_not_fit_is_said(change, rejection):
    found = AGREED.read(raw_rows.ASKED | change)[1]
    assert [(one.field, one.got) for one in found] == [(rejection.field, rejection.got)]
    assert found[0].wanted.startswith(rejection.wanted)


def test_a_field_that_is_absent_is_said():
    assert AGREED.read({"place": "a"})[1][0] == Rejection("grams", "nothing", "a number")


def test_columns_that_are_not_needed_or_known_later_are_left_aside():
    row = raw_rows.ASKED | {"courier": "x", "took": 3, "late": True, "order": "o1"}
    assert AGREED.read(row) == AGREED.read(raw_rows.ASKED)


def test_names_are_those_of_raw_tables():
    nested = RawContract((RawField("a.b", "number", nullable=False),), "id")
    assert nested.read({"a": {"b": 1}}) == ({"a.b": 1.0}, [])
    assert nested.read({" a.b ": "2"}) == ({"a.b": 2.0}, [])


def test_columns_of_a_table_are_checked_by_name():
    assert AGREED.check_columns([*raw_rows.ASKED, "courier", "order"]) == []
    assert AGREED.check_columns(["grams", "sent_at", "gift"]) == []
    assert [one.field for one in AGREED.check_columns(["grams", "place", "x"])] == ["sent_at", "gift", "x"]
    assert AGREED.check_columns(["grams", "grams"]) == [Rejection("grams", "more than one column of that name", "one")]


def test_a_table_is_read_into_the_types_of_its_columns():
    rows = pd.DataFrame([raw_rows.ASKED, raw_rows.ASKED | {"grams": "", "place": None}, {"grams": 3}])
    typed, faults = AGREED.read_table(rows.drop(columns="place"))
    assert {name: str(dtype) for name, dtype in typed.dtypes.items()} == {
        "grams": "float64", "sent_at": "datetime64[us, UTC]", "place": "str", "gift": "str",
    }  # fmt: skip
    assert typed["place"].isna().all()
    found = {fault.field: fault.rows.tolist() for fault in faults}
    assert found["grams"] == [False, True, False]
    assert found["sent_at"] == found["gift"] == [False, False, True]
    assert found["place"] == [False, False, False]


@pytest.mark.parametrize(
    ("cells", "kind", "fits"),
    [
        (["1677-12-31T23:59:59.999999Z", "1678-01-01T00:00Z"], "time", [False, True]),
        (["2261-12-31T23:59:59.999999Z", "2261-12-31T23:59:59-00:01", None], "time", [True, False, True]),
        (["0000-01-01T00:00Z", "0001-01-01", "9999-12-31", "10000-01-01"], "time", [False] * 4),
        ([datetime.max, datetime.min.replace(tzinfo=UTC), pd.Timestamp("2024-05-31")], "time", [False, False, True]),
        (["2024-05-31", "0001-01-01", "9999-12-31", "10000-01-01", "soon", ""], "day", [True] + [False] * 4 + [True]),
    ],
)
def test_times_and_days_are_of_the_years_alone_as_in_a_table(cells, kind, fits):
    agreed = RawContract((RawField("x", kind, nullable=True),), "id")
    rows = pd.DataFrame({"x": pd.Series(cells, dtype=object)})
    typed, (fault,) = agreed.read_table(rows)
    loose, reasons = agreed.read_loosely(rows)
    assert [not agreed.read({"x": cell})[1] for cell in cells] == fits
    assert (~fault.rows).tolist() == fits
    assert typed["x"][fault.rows].isna().all()
    pd.testing.assert_frame_equal(loose, typed)
    first = next(cell for cell, fit in zip(cells, fits, strict=True) if not fit)
    assert f"such as {first!r}" in reasons["x"] or str(first) in reasons["x"]


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_typed_times_beyond_what_can_be_counted_do_not_fit(unit):
    cells = pd.Series([2**62, 0], dtype="int64").astype(f"datetime64[{unit}]")
    agreed = RawContract((RawField("x", "time", nullable=False),), "id")
    typed, (fault,) = agreed.read_table(pd.DataFrame({"x": cells}))
    assert fault.rows.tolist() == [True, False]
    assert typed["x"].tolist() == [pd.NaT, pd.Timestamp("1970-01-01T00:00Z")]


def test_years_that_the_data_have_are_those_of_the_contract():
    agreed = raw_rows.contract().schema
    agreed = {
        **agreed,
        "properties": agreed["properties"] | {"sent_at": {**agreed["properties"]["sent_at"], "x-years": [1, 9999]}},
    }
    found = parse_raw_contract(agreed, "question.json")
    assert found.read(raw_rows.ASKED | {"sent_at": "9999-12-31T23:59:59Z"})[1] == []
    assert found.fields[1].wanted == "a time such as 2024-05-31T14:30:00Z, in the years 1 to 9999"


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["1", " 2.5 ", "1e400", "NA", "true", "False", "2024-05-31", "2024-05-31T10:00Z", "-1", "1,000"]),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(str),
)  # fmt: skip
READINGS = [None, Reading(na_values=("NA", "-1"), decimal=",", true_values=("true", "1"), zone="Europe/Berlin")]


@settings(deadline=None)
@given(kind=st.sampled_from(TYPES), nullable=st.booleans(), reading=st.sampled_from(READINGS), cells=st.lists(CELLS))
def test_a_table_has_the_values_that_its_rows_have(kind, nullable, reading, cells):
    one = RawField("x", kind, nullable, reading)
    agreed = RawContract((one,), "id")
    typed, (fault,) = agreed.read_table(pd.DataFrame({"x": pd.Series(cells, dtype=object)}))
    alone = [agreed.read({"x": cell}) for cell in cells]
    assert [bool(wrong) for _, wrong in alone] == fault.rows.tolist()
    fit = [values for values, wrong in alone if not wrong]
    expected = agreed.tabulate(fit)
    assert str(expected["x"].dtype) == DTYPES[kind]
    pd.testing.assert_frame_equal(typed[~fault.rows].reset_index(drop=True), expected)


@settings(deadline=None)
@given(
    time=st.datetimes(datetime(1, 1, 2), datetime(9998, 12, 30)),
    zone=st.sampled_from(["", "Z", "+00:00", "-05:00", "+05:30", "+14:00", "-14:30", "+15:00"]),
    sign=st.sampled_from(["T", " "]),
    detail=st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]),
    local=st.sampled_from(["UTC", "America/New_York"]),
)
def test_a_time_that_is_written_as_usual_is_read_without_a_table_alike(time, zone, sign, detail, local):
    text = time.isoformat(sign, detail) + zone
    agreed = RawContract((RawField("x", "time", nullable=False, reading=Reading(zone=local), years=(1, 9998)),), "id")
    typed, (fault,) = agreed.read_table(pd.DataFrame({"x": [text]}))
    values, wrong = agreed.read({"x": text})
    assert bool(wrong) == bool(fault.rows[0])
    if not wrong:
        assert BASE + timedelta(microseconds=values["x"]) == typed["x"].iloc[0].to_pydatetime()


@pytest.mark.parametrize(
    ("kind", "reading", "cell", "value"),
    [
        ("integer", None, "1,5", Unfit),
        ("integer", None, 7.0, 7),
        ("integer", None, True, Unfit),
        ("number", Reading(decimal=","), "1.000,5", 1000.5),
        ("number", Reading(decimal=","), 1.5, 1.5),
        ("number", Reading(na_values=("-999",)), -999, math.nan),
        ("text", None, 9, "9"),
        ("text", Reading(spellings={"low": ("LOW",)}), " LOW ", "low"),
        ("boolean", Reading(true_values=("Y",), false_values=("N",)), "n", False),
        ("boolean", None, False, False),
        ("time", Reading(date_format="%d.%m.%Y"), "31.05.2024", 1_717_113_600_000_000),
        ("time", Reading(date_format="seconds"), 1_717_113_600, 1_717_113_600_000_000),
    ],
)
def test_a_cell_is_read_as_the_column_is_written(kind, reading, cell, value):
    one = RawField("x", kind, nullable=True, reading=reading)
    if value is Unfit:
        with pytest.raises(Unfit):
            one.read(cell)
    else:
        assert repr(one.read(cell)) == repr(value)


@pytest.mark.parametrize(
    ("kind", "reading", "words"),
    [
        ("boolean", None, "true or false, or null"),
        ("boolean", Reading(true_values=("Y",), false_values=("N",)), "Y or N, or null"),
        ("time", Reading(date_format="%d.%m.%Y"), "a time as %d.%m.%Y, in the years 1678 to 2261, or null"),
        ("day", None, "a day such as 2024-05-31, in the years 1678 to 2261, or null"),
    ],
)
def test_what_a_field_takes_is_said_in_words(kind, reading, words):
    assert RawField("x", kind, nullable=True, reading=reading).wanted == words


def test_what_was_stated_is_parsed_again():
    again = parse_raw_contract(json.loads(json.dumps(AGREED.schema)), "question.json")
    assert (again.fields, again.id, again.unused) == (AGREED.fields, AGREED.id, AGREED.unused)


@pytest.mark.parametrize(
    "damage",
    [
        {"properties": 3},
        {"required": []},
        {"x-id": None, "x-unused": 1},
        {"properties": {"grams": {"type": ["number"], "x-type": "odd", "description": ""}}, "required": ["grams"]},
        {"properties": {"grams": {"type": ["number"], "x-type": "number", "description": "", "x-read": {"zone": "X"}}}},
    ],
)
def test_what_is_no_contract_is_rejected(damage):
    with pytest.raises(CorruptFile, match=r"question\.json is no contract of a raw row"):
        parse_raw_contract({**AGREED.schema, **damage}, "question.json")
