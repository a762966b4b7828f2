import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer.dates import (
    choose_format,
    find_code_times,
    find_formats,
    find_named_format,
    is_about_time,
    match_zeros,
    must_be_format,
    must_know_zone,
    parse_times,
)


@pytest.mark.parametrize(
    ("text", "form", "time"),
    [
        ("2013-01-31", "%Y-%m-%d", "2013-01-31T00:00Z"),
        ("31.01.2013 14:05", "%d.%m.%Y %H:%M", "2013-01-31T14:05Z"),
        ("January 5, 2013", "%B %d, %Y", "2013-01-05T00:00Z"),
        ("2013-01-31T14:05:00+02:00", "%Y-%m-%dT%H:%M:%S%z", "2013-01-31T12:05Z"),
        ("1/31/2013 02:05 PM", "%m/%d/%Y %I:%M %p", "2013-01-31T14:05Z"),
        ("10/Oct/2000:13:55:36 -0700", "%d/%b/%Y:%H:%M:%S %z", "2000-10-10T20:55:36Z"),
        ("[10/Oct/2000:13:55:36 -0700]", "[%d/%b/%Y:%H:%M:%S %z]", "2000-10-10T20:55:36Z"),
        ("Tue Oct 10 13:55:36 2000", "%a %b %d %H:%M:%S %Y", "2000-10-10T13:55:36Z"),
        ("Tue Oct  3 13:55:36 2000", "%a %b %d %H:%M:%S %Y", "2000-10-03T13:55:36Z"),
        ("Tue, 10 Oct 2000 13:55:36 GMT", "%a, %d %b %Y %H:%M:%S %z", "2000-10-10T13:55:36Z"),
        ("Tue, 10 Oct 2000 13:55:36 -0700 (PDT)", "%a, %d %b %Y %H:%M:%S %z", "2000-10-10T20:55:36Z"),
        ("Tuesday, October 10, 2000", "%A, %B %d, %Y", "2000-10-10T00:00Z"),
        ("2013-01-31 14:05:00,250", "%Y-%m-%d %H:%M:%S,%f", "2013-01-31T14:05:00.250Z"),
        ("20130131T140500", "ISO8601", "2013-01-31T14:05Z"),
        ("Jan-13", "%b-%y", "2013-01-01T00:00Z"),
        ("2013/02", "%Y/%m", "2013-02-01T00:00Z"),
        ("Q2 2013", "quarters", "2013-04-01T00:00Z"),
        ("2013-W05", "weeks", "2013-01-28T00:00Z"),
        ("2013 week 5", "weeks", "2013-01-28T00:00Z"),
        ("2013H2", "halves", "2013-07-01T00:00Z"),
        ("/Date(1356998400000)/", "milliseconds", "2013-01-01T00:00Z"),
        ("31-DEC-13", "%d-%b-%y", "2013-12-31T00:00Z"),
        ("2013. 01. 31.", "%Y. %m. %d.", "2013-01-31T00:00Z"),
        ("31. 1. 2013", "%d. %m. %Y", "2013-01-31T00:00Z"),
        ("2013年1月31日", "%Y年%m月%d日", "2013-01-31T00:00Z"),
        ("2013_01_31", "%Y_%m_%d", "2013-01-31T00:00Z"),
        ("20130131_140500", "%Y%m%d_%H%M%S", "2013-01-31T14:05Z"),
        ("2013:01:31 14:05:00", "%Y:%m:%d %H:%M:%S", "2013-01-31T14:05Z"),
    ],
)
def test_a_text_is_a_time_in_one_format(text: str, form: str, time: str) -> None:
    found = find_formats([text])
    assert list(found) == [form]
    assert found[form].to_list() == [pd.Timestamp(time)]


def test_times_in_different_detail_are_iso_8601() -> None:
    assert list(find_formats(["2013-01-31", "2013-01-31T14:05"])) == ["ISO8601"]
    assert find_formats(["2013-01-31", "soon"]) == {}


def test_mixed_offsets_are_one_instant() -> None:
    (times,) = find_formats(["2013-01-31T14:05:00+02:00", "2013-01-31T07:05:00-05:00"]).values()
    assert set(times) == {pd.Timestamp("2013-01-31T12:05Z")}


def test_an_ambiguous_day_and_month_are_rejected_with_a_value_and_both_formats() -> None:
    texts = np.array(["01/02/2013", "03/03/2013"], dtype=object)
    with pytest.raises(UnfitTable) as caught:
        choose_format(find_formats(texts), "day", texts)
    assert caught.value.what == "day and month are ambiguous in 'day': %d/%m/%Y and %m/%d/%Y both fit every value"
    assert caught.value.where == "column day, for example 01/02/2013"
    assert caught.value.todo == "add --format-of day=%d/%m/%Y or --format-of day=%m/%d/%Y"


def test_a_year_of_two_digits_before_the_day_is_a_year() -> None:
    days = pd.date_range("2020-01-01", "2022-12-31")
    assert list(find_formats(list(days.strftime("%y-%m-%d")))) == ["%y-%m-%d"]
    assert list(find_formats(list(days.strftime("%d-%m-%y")))) == ["%d-%m-%y"]


def test_names_of_zones_are_asked_for_and_read_in_their_zone() -> None:
    texts = ["2022-10-30 10:00:00 EDT", "2022-12-01 10:00:00 EST"]
    assert find_formats(texts) == {}
    with pytest.raises(UnfitTable) as caught:
        must_know_zone("at", texts, "UTC")
    assert caught.value.what == "'at' looks like times with the zone name EDT, EST, which UTC does not have"
    assert caught.value.where == "column at, for example 2022-10-30 10:00:00 EDT"
    assert caught.value.todo == (
        "add --zone America/New_York if that is meant, or leave them unread: --format-of at=text"
    )
    (times,) = find_formats(texts, "America/New_York").values()
    assert times.to_list() == [pd.Timestamp("2022-10-30T14:00Z"), pd.Timestamp("2022-12-01T15:00Z")]
    must_know_zone("at", ["2022-10-30 10:00:00 PM"], "UTC")


@pytest.mark.parametrize(
    ("texts", "name", "form"),
    [
        (["1356998400"], "created_at", "seconds"),
        (["1356998400.0", "1.3569984e9"], "timestamp", "seconds"),
        (["1356998400000"], "timestamp", "milliseconds"),
        (["1356998400000000"], "ts", "microseconds"),
        (["1356998400000000000"], "eventTime", "nanoseconds"),
        (["41275", "41275.5"], "signup_date", "excel_days"),
        (["41275"], "time", "excel_days"),
        (["41275"], "wait_time", ""),
        (["41275"], "price_at_sale", ""),
        (["21275"], "seen_at", ""),
        (["21275"], "birth_date", "excel_days"),
        (["20130131"], "date", "%Y%m%d"),
        (["20130131.0"], "date", "%Y%m%d"),
        (["20130131140500"], "timestamp", "%Y%m%d%H%M%S"),
        (["201301"], "month", "%Y%m"),
        (["2013031"], "date", "%Y%j"),
        (["2013031"], "price", ""),
        (["130014720000000000"], "timestamp", "filetime"),
        (["634925952000000000"], "timestamp", "ticks"),
        (["41275,5"], "visit_date", "excel_days"),
        (["15706"], "visit_date", ""),
        (["22616640"], "timestamp", ""),
        (["2013/09", "2013/37"], "week", "weeks"),
        (["201309", "201337.0"], "KW", "weeks"),
        (["2013/09"], "visit", ""),
        (["201354"], "week", ""),
        (["20130199"], "date", ""),
        (["20130131"], "price", ""),
        (["1356998400"], "price", ""),
        (["12"], "time", ""),
        (["soon"], "time", ""),
    ],
)
def test_numbers_are_times_under_a_name_about_time(texts: list[str], name: str, form: str) -> None:
    assert find_named_format(texts, name) == form


def test_days_of_a_year_are_read_under_a_name_about_time() -> None:
    assert list(find_formats(["2013-031", "2013-365"], name="date")) == ["%Y-%j"]
    assert find_formats(["2013-031", "2013-365"], name="case") == {}
    assert find_formats(["2013-031", "2013-999"], name="date") == {}


def test_names_about_time() -> None:
    names = [
        "created_at",
        "orderDate",
        "TIMESTAMP",
        "visit date",
        "sentiment",
        "format",
        "customer",
        "attic",
        "candidate",
    ]
    assert [is_about_time(name) for name in names] == [True, True, True, True, False, False, False, False, False]


def test_zeros_and_the_ends_of_the_calendar_stand_for_missing_times() -> None:
    assert match_zeros(["0000-00-00 00:00:00", "2013-01-31", "0"], "x").tolist() == [True, False, False]
    assert match_zeros(["0", "-1", "1356998400"], "seen_at").tolist() == [True, True, False]
    days = [f"2013-01-{day:02d}" for day in range(1, 21)]
    texts = [*days, "9999-12-31", "1900-01-01", "1970-01-01"]
    counts = np.array([1] * 20 + [1, 8, 1])
    found = find_code_times(parse_times(texts, "%Y-%m-%d", "UTC"), counts, "UTC")
    assert [text for text, code in zip(texts, found, strict=True) if code] == ["9999-12-31", "1900-01-01"]


def test_a_text_in_another_format_is_missing() -> None:
    assert parse_times(["31.01.2013", "x"], "%d.%m.%Y", "UTC").isna().to_list() == [False, True]


@pytest.mark.parametrize("form", ["mixed", "%H:%M", "dayfirst"])
def test_a_format_says_where_the_year_is(form: str) -> None:
    with pytest.raises(UnfitTable, match="is no format for 'at': it does not say where the year is"):
        must_be_format(form, "at")
    must_be_format("%d.%m.%y", "at")
