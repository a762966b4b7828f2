import pandas as pd
import pytest

from lifecycle.data.cells.times import is_format, is_zone, parse_instants


def read(texts: list[str | None], form: str, zone: str = "UTC") -> list[str]:
    """The instants in ISO 8601, empty where there is none."""
    times = parse_instants(pd.Series(texts, dtype="str"), form, zone)
    assert str(times.dtype) == "datetime64[us, UTC]"
    return ["" if pd.isna(one) else one.isoformat().removesuffix("+00:00") for one in times]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("1640995200", "seconds"),
        ("1640995200.0", "seconds"),
        ("1.6409952e9", "seconds"),
        ("1640995200000", "milliseconds"),
        ("1640995200000000", "microseconds"),
        ("1640995200000000000", "nanoseconds"),
        ("1640995200,0", "seconds"),
        ("/Date(1640995200000)/", "milliseconds"),
        ("/Date(1640995200000+0100)/", "milliseconds"),
        ("27349920", "minutes"),
        ("132854688000000000", "filetime"),
        ("637765920000000000", "ticks"),
        ("18993", "days"),
        ("44562", "excel_days"),
        ("44562,00", "excel_days"),
        ("738522", "matlab_days"),
        ("2022001", "%Y%j"),
        ("2022H1", "halves"),
        ("2022Q1", "quarters"),
        ("Jan-22", "%b-%y"),
        ("20220101.0", "%Y%m%d"),
        ("01/Jan/2022:00:00:00 +0000", "%d/%b/%Y:%H:%M:%S %z"),
        ("Sat Jan  1 00:00:00 2022", "%a %b %d %H:%M:%S %Y"),
        ("Sat, 01 Jan 2022 00:00:00 GMT", "%a, %d %b %Y %H:%M:%S %z"),
        ("Sat Jan 01 2022 01:00:00 GMT+0100 (Central European Standard Time)", "%a %b %d %Y %H:%M:%S %z"),
        ("2022-01-01T01:00:00+01:00", "ISO8601"),
        ("2022-01-01 00:00 UTC", "ISO8601"),
    ],
)
def test_one_time_in_any_notation(text: str, form: str) -> None:
    assert read([text, None], form) == ["2022-01-01T00:00:00", ""]
    assert is_format(form)


def test_periods_are_their_first_day() -> None:
    assert read(["2021Q3", "Q4 2021", "3Q98", "Q5 2021"], "quarters") == [
        "2021-07-01T00:00:00", "2021-10-01T00:00:00", "1998-07-01T00:00:00", "",
    ]  # fmt: skip
    assert read(["2021-W05", "2021W05-3", "2021-W54"], "weeks") == ["2021-02-01T00:00:00", "2021-02-03T00:00:00", ""]


def test_a_comma_is_a_decimal_one_behind_four_digits_alone() -> None:
    assert read(["44256,5", "44,256"], "excel_days") == ["2021-03-01T12:00:00", ""]


def test_days_that_are_counted_begin_at_midnight_of_the_zone() -> None:
    for form, text in (("days", "18993"), ("excel_days", "44562"), ("matlab_days", "738522")):
        assert read([text], form, "Europe/Berlin") == ["2021-12-31T23:00:00"]


def test_mixed_offsets_are_one_instant() -> None:
    stamps = ["2022-10-01T12:00:00+02:00", "2022-10-01T06:00:00-0400", "2022-10-01T10:00:00Z"]
    assert read(stamps, "ISO8601") == ["2022-10-01T10:00:00"] * 3
    assert read(["1 Oct 2022 12:00 +0200", "1 Oct 2022 10:00 GMT"], "%d %b %Y %H:%M %z") == ["2022-10-01T10:00:00"] * 2


def test_names_of_a_zone_are_read_in_their_own_zone_alone() -> None:
    clock = ["2022-11-06 01:30 EDT", "2022-11-06 01:30 EST", "2022-07-01 12:00 EST", "2022-07-01 12:00 CEST"]
    form = "%Y-%m-%d %H:%M %Z"
    assert read(clock, form, "America/New_York") == ["2022-11-06T05:30:00", "2022-11-06T06:30:00", "", ""]
    assert read(clock, form, "Europe/Berlin") == ["", "", "", "2022-07-01T10:00:00"]
    assert read([None], form) == [""]


def test_a_clock_of_a_zone_skips_an_hour_and_shows_one_twice() -> None:
    clock = ["2021-03-28 02:30", "2021-10-31 02:30", "9999-12-31 00:00"]
    instants = ["2021-03-28T01:00:00", "2021-10-31T01:30:00", "9999-12-31T00:00:00"]
    assert read(clock, "%Y-%m-%d %H:%M", "Europe/Berlin") == instants


@pytest.mark.parametrize("form", ["mixed", "%H:%M", "%d/%m", "%Q", "", "foo"])
def test_a_format_without_a_year_reads_nothing(form: str) -> None:
    assert not is_format(form)
    assert read(["2021-01-31", "10:15"], form) == ["", ""]


def test_zones_have_names() -> None:
    assert [is_zone(name) for name in ("Europe/Berlin", "UTC", "Europe/Berli", "")] == [True, True, False, False]
