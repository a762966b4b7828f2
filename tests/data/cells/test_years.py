import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.cells.years import YEARS, count_ends, describe_years, find_outside, find_years, is_within

WIDE = (1, 9999)


def table(*times, unit="us"):
    values = pd.Series(times, dtype=f"datetime64[{unit}, UTC]") if times else pd.Series(dtype="datetime64[us, UTC]")
    return pd.DataFrame({"at": values, "other": range(len(times))})


@pytest.mark.parametrize(
    ("tables", "years"),
    [
        ([], YEARS),
        ([table()], YEARS),
        ([table(pd.NaT, "2024-05-31")], YEARS),
        ([table("9999-12-31", pd.NaT)], (1678, 9999)),
        ([table("2024-05-31"), table("0900-01-01", "2262-01-01")], (900, 2262)),
    ],
)
def test_the_years_of_tables_are_those_of_their_times_and_what_any_unit_counts(tables, years):
    assert find_years(tables) == years


def test_the_years_stand_behind_what_a_time_or_a_day_is():
    assert describe_years("time", YEARS) == describe_years("day", YEARS) == ", in the years 1678 to 2261"
    assert describe_years("text", YEARS) == ""


def test_every_time_of_the_years_can_be_counted_in_nanoseconds():
    start, end = count_ends(YEARS)
    ends = pd.to_datetime(pd.Series([start, end - 1]), unit="us").astype("datetime64[ns]")
    assert ends.dt.year.tolist() == [*YEARS]
    assert ends.astype("datetime64[us]").astype("int64").tolist() == [start, end - 1]


@pytest.mark.parametrize(
    ("day", "years", "fits"),
    [
        ("2024-05-31", YEARS, True),
        ("1678-01-01", YEARS, True),
        ("1677-12-31", YEARS, False),
        ("2261-12-31", YEARS, True),
        ("2262-01-01", YEARS, False),
        ("0001-01-01", WIDE, True),
        ("9999-12-31", WIDE, True),
        ("10000-01-01", WIDE, False),
        ("2024-02-30", WIDE, False),
        ("2024-W22-5", WIDE, False),
        ("20240531", WIDE, False),
        ("soon", WIDE, False),
    ],
)
def test_a_day_is_one_of_the_calendar(day, years, fits):
    assert is_within(day, "day", years) == fits
    assert find_outside(pd.Series([day, None], dtype="str"), "day", years).tolist() == [not fits, False]


MOMENTS = st.one_of(
    st.integers(-(2**61), 2**61), st.sampled_from([end + by for end in count_ends(YEARS) for by in (-1, 0)])
)


@given(moment=MOMENTS, years=st.sampled_from([YEARS, WIDE]))
def test_a_time_is_within_the_years_alone_as_in_a_column(moment, years):
    column = pd.Series(np.array([moment, "NaT"], dtype="datetime64[us]")).dt.tz_localize("UTC")
    assert find_outside(column, "time", years).tolist() == [not is_within(moment, "time", years), False]


def test_days_that_are_all_missing_are_within_the_years():
    assert find_outside(pd.Series([None, None], dtype="str"), "day", YEARS).tolist() == [False, False]
    assert find_outside(pd.Series([], dtype="str"), "day", YEARS).tolist() == []


def test_what_is_no_time_has_no_year():
    assert is_within("9999-12-31", "text", YEARS)
    assert find_outside(pd.Series(["9999-12-31"], dtype="str"), "text", YEARS).tolist() == [False]
