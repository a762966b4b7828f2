"""Calendar and clock features of days and times typed by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.tseries.holiday import USFederalHolidayCalendar

from lifecycle.data.features.calendar import extract_date_parts, extract_minute_of_day, extract_time_parts
from lifecycle.errors import UnfitTable, UnknownName


def days(*text):
    return pd.DataFrame({"day": list(text)})


def test_weekday_and_day_of_year():
    table = days("2013-01-01", "2013-01-07", "2012-12-31")
    found = extract_date_parts(table, table, day="day", take=["weekday", "day_of_year"])
    assert found.to_dict("list") == {"weekday": [1, 0, 0], "day_of_year": [1, 7, 366]}


def test_days_to_holiday_are_signed_and_cut_to_a_week():
    table = days("2013-07-03", "2013-07-04", "2013-07-05", "2013-06-20", "2013-07-20")
    found = extract_date_parts(table, table, day="day", take=["days_to_holiday"])
    assert found["days_to_holiday"].tolist() == [-1, 0, 1, -7, 7]


def test_only_the_requested_features_are_computed_in_that_order():
    table = days("2013-07-04").set_index(pd.Index([9]))
    found = extract_date_parts(table, table, day="day", take=["days_to_holiday", "weekday"])
    assert list(found) == ["days_to_holiday", "weekday"]
    assert found.index.tolist() == [9]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dates(pd.Timestamp("2010-01-01").date(), pd.Timestamp("2016-12-31").date()), min_size=1, max_size=6))
def test_a_day_has_the_same_features_whatever_other_days_are_there(dates):
    table = days(*map(str, dates))
    take = ["weekday", "day_of_year", "days_to_holiday"]
    together = extract_date_parts(table, table, day="day", take=take)
    alone = pd.concat([extract_date_parts(table.iloc[[n]], table, day="day", take=take) for n in range(len(table))])
    pd.testing.assert_frame_equal(together, alone)
    holidays = USFederalHolidayCalendar().holidays("2009-01-01", "2017-12-31")
    for when, found in zip(dates, together["days_to_holiday"], strict=True):
        nearest = min(abs((holidays - pd.Timestamp(when)).days))
        assert abs(found) == min(nearest, 7)


def test_clock_reads_local_minutes_on_both_sides_of_a_clock_change():
    times = pd.to_datetime(["2013-03-10T06:59Z", "2013-03-10T07:00Z", "2013-07-01T03:59Z"], utc=True)
    table = pd.DataFrame({"time": times})
    found = extract_minute_of_day(table, table, time="time", zone="America/New_York", name="minute")
    assert found["minute"].tolist() == [119, 180, 1439]


def parts_of(take, *moments, zone="UTC"):
    """The parts of times, in their order."""
    table = pd.DataFrame({"left": pd.to_datetime(pd.Series(moments), utc=True, format="ISO8601")})
    return extract_time_parts(table.set_index(pd.Index([7] * len(table))), table, time="left", zone=zone, take=take)


def test_parts_of_a_time_are_called_after_it_and_are_those_of_the_zone():
    take = ["hour", "weekday", "month", "day_of_year", "is_weekend"]
    found = parts_of(take, "2013-01-01T02:05Z", "2012-12-31T23:00-05:00", "2024-06-01T12:00Z", zone="America/New_York")
    assert list(found) == [f"{part}_of_left" for part in take]
    assert found.to_numpy().tolist() == [[21, 0, 12, 366, 0], [23, 0, 12, 366, 0], [8, 5, 6, 153, 1]]
    assert found.index.tolist() == [7, 7, 7]


def test_cyclic_parts_close_the_day_the_week_and_the_year():
    take = [f"{part}_{wave}" for part in ("time_of_day", "weekday", "day_of_year") for wave in ("sin", "cos")]
    found = parts_of(take, "2024-01-01T00:00Z", "2024-07-02T06:00Z", "2023-12-31T23:59Z").to_numpy()
    week, year = 2 * np.pi / 7, 2 * np.pi / 365
    assert found[0] == pytest.approx([0, 1, 0, 1, 0, 1])
    assert found[1] == pytest.approx([1, 0, np.sin(week), np.cos(week), 0, -1], abs=1e-12)
    assert found[2, 2:] == pytest.approx([np.sin(6 * week), np.cos(6 * week), -np.sin(year), np.cos(year)])


def test_parts_of_a_missing_time_are_missing():
    found = parts_of(["hour", "is_weekend", "day_of_year_sin"], None, "2024-01-06T05:00Z")
    assert found.isna().to_numpy().tolist() == [[True] * 3, [False] * 3]
    assert found["is_weekend_of_left"].tolist()[1] == 1


def test_what_is_no_time_and_a_zone_that_is_none_are_rejected():
    with pytest.raises(UnknownName, match="no time zone 'Mars/Base'"):
        parts_of(["hour"], "2024-01-06T05:00Z", zone="Mars/Base")
    table = pd.DataFrame({"left": ["2024-01-06"]})
    with pytest.raises(UnfitTable, match="left is str, not a time"):
        extract_time_parts(table, table, time="left", zone="UTC", take=["hour"])
