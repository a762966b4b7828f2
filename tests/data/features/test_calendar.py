"""Calendar and clock features of days and times typed by hand."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.tseries.holiday import USFederalHolidayCalendar

from lifecycle.data.features.calendar import extract_date_parts, extract_minute_of_day


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
