"""Times in many notations: read where that is safe, else said; no split by chance over time without a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders.onboarding import BASE, ROWS, ask, insert, members

Write = Callable[[datetime], str]
HOURS = [datetime(2021, 3, 1, 7, 30, 15, tzinfo=UTC) + timedelta(hours=19 * place) for place in range(ROWS)]
DAYS = [datetime(2019, 5, 14, tzinfo=UTC) + timedelta(days=2 * place) for place in range(ROWS)]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(form: str) -> Write:
    """A time by signs of strftime."""
    return lambda value: value.strftime(form)


def since(factor: int) -> Write:
    """A count since 1970, without an error of rounding."""
    return lambda value: str((value - EPOCH) // timedelta(seconds=1) * factor)


def in_zone(hours: int, form: str) -> Write:
    """A time of a clock that is so many hours ahead of UTC, its offset being in the format."""
    return lambda value: (value + timedelta(hours=hours)).strftime(form)


def excel(value: datetime) -> str:
    """Excel's number of a time, the day before the point."""
    return f"{(value - datetime(1899, 12, 30, tzinfo=UTC)) / timedelta(days=1):.6f}"


def with_time(name: str) -> dict[str, tuple[str, str]]:
    """Types and roles of the table with a column that is the time of the rows."""
    return BASE | {name: ("time", "time"), "day": ("day", "context")}


def instants(table: pd.DataFrame, name: str) -> list[Any]:
    """The times of a column, in UTC."""
    return [None if pd.isna(value) else value.to_pydatetime() for value in table[name]]


SECONDS: dict[str, tuple[str, Write]] = {
    "seconds": ("seconds", since(1)),
    "seconds as floats": ("seconds", lambda value: f"{value.timestamp():.1f}"),
    "seconds with six digits": ("seconds", lambda value: f"{value.timestamp():.6f}"),
    "seconds with an exponent": ("seconds", lambda value: f"{value.timestamp():.10e}"),
    "milliseconds": ("milliseconds", since(1_000)),
    "milliseconds as floats": ("milliseconds", lambda value: f"{value.timestamp() * 1e3:.1f}"),
    "microseconds": ("microseconds", since(1_000_000)),
    "nanoseconds": ("nanoseconds", since(1_000_000_000)),
    "log of a web server": ("%d/%b/%Y:%H:%M:%S %z", stamp("%d/%b/%Y:%H:%M:%S +0000")),
    "log of a server elsewhere": ("%d/%b/%Y:%H:%M:%S %z", in_zone(-5, "%d/%b/%Y:%H:%M:%S -0500")),
    "log in brackets": ("[%d/%b/%Y:%H:%M:%S %z]", in_zone(2, "[%d/%b/%Y:%H:%M:%S +0200]")),
    "ctime": ("%a %b %d %H:%M:%S %Y", lambda value: value.ctime()),
    "date of Unix": ("%a %b %d %H:%M:%S %z %Y", stamp("%a %b %d %H:%M:%S UTC %Y")),
    "mail": ("%a, %d %b %Y %H:%M:%S %z", in_zone(1, "%a, %d %b %Y %H:%M:%S +0100")),
    "HTTP": ("%a, %d %b %Y %H:%M:%S %z", stamp("%a, %d %b %Y %H:%M:%S GMT")),
    "log of Python": ("%Y-%m-%d %H:%M:%S,%f", stamp("%Y-%m-%d %H:%M:%S,000")),
    "half-days": ("%m/%d/%Y %I:%M:%S %p", stamp("%m/%d/%Y %I:%M:%S %p")),
    "compact": ("%Y%m%d%H%M%S", stamp("%Y%m%d%H%M%S")),
    "name of a file": ("%Y%m%d_%H%M%S", stamp("%Y%m%d_%H%M%S")),
    "camera": ("%Y:%m:%d %H:%M:%S", stamp("%Y:%m:%d %H:%M:%S")),
    "Windows": ("filetime", lambda value: str((int(value.timestamp()) + 11_644_473_600) * 10_000_000)),
    ".NET": ("ticks", lambda value: str((int(value.timestamp()) + 62_135_596_800) * 10_000_000)),
    "JSON of .NET": ("milliseconds", lambda value: f"/Date({int(value.timestamp())}000+0200)/"),
}


@pytest.mark.parametrize("kind", list(SECONDS))
def test_a_stamp_is_the_time_of_the_rows_in_every_notation(kind: str, tmp_path: Path) -> None:
    form, write = SECONDS[kind]
    told = ask(tmp_path, insert("seen_at", [write(value) for value in HOURS]))
    assert (told.code, told.err) == (0, "")
    assert told.kinds == with_time("seen_at")
    assert told.columns["seen_at"]["read"] == {"date_format": form}
    assert told.split == "ordered"
    assert instants(told.clean(), "seen_at") == HOURS


@pytest.mark.parametrize("name", ["timestamp", "ts", "event_time", "loggedAt", "Start Date"])
def test_the_same_rows_are_split_alike_whether_seconds_are_whole_or_floats(name: str, tmp_path: Path) -> None:
    whole = ask(tmp_path / "whole", insert(name, [since(1)(value) for value in HOURS]))
    floats = ask(tmp_path / "floats", insert(name, [f"{since(1)(value)}.0" for value in HOURS]))
    assert whole.kinds == floats.kinds == with_time(name)
    assert whole.problem == floats.problem
    assert whole.split == "ordered"
    pd.testing.assert_frame_equal(whole.clean(), floats.clean())


def test_seconds_under_a_name_without_time_are_a_feature_with_a_warning(tmp_path: Path) -> None:
    told = ask(tmp_path, insert("stage", [since(1)(value) for value in HOURS]))
    assert told.split == "stratified"
    assert any("looks like seconds since 1970" in line and "--format-of stage=seconds" in line for line in told.first)


DATES: dict[str, tuple[str, str, Write]] = {
    "numbers of Excel": ("excel_days", "joined_date", lambda value: excel(value).split(".")[0]),
    "numbers of Excel as floats": ("excel_days", "visit_date", lambda value: excel(value)[:-5]),
    "SAS": ("%d%b%Y", "visit", stamp("%d%b%Y")),
    "Oracle": ("%d-%b-%y", "visit", lambda value: value.strftime("%d-%b-%y").upper()),
    "compact": ("%Y%m%d", "visit_date", stamp("%Y%m%d")),
    "compact as floats": ("%Y%m%d", "visit_date", stamp("%Y%m%d.0")),
    "day of the year": ("%Y-%j", "visit_date", stamp("%Y-%j")),
    "day of the year, compact": ("%Y%j", "visit_date", stamp("%Y%j")),
    "Hungarian": ("%Y. %m. %d.", "visit", stamp("%Y. %m. %d.")),
    "Czech": ("%d. %m. %Y", "visit", lambda value: f"{value.day}. {value.month}. {value.year}"),
    "Chinese": ("%Y年%m月%d日", "visit", lambda value: f"{value.year}年{value.month}月{value.day}日"),
    "spelled out": ("%A, %d %B %Y", "visit", stamp("%A, %d %B %Y")),
}


@pytest.mark.parametrize("kind", list(DATES))
def test_a_day_is_the_time_of_the_rows_in_every_notation(kind: str, tmp_path: Path) -> None:
    form, name, write = DATES[kind]
    told = ask(tmp_path, insert(name, [write(value) for value in DAYS]))
    assert told.kinds == with_time(name)
    assert told.columns[name]["read"] == {"date_format": form}
    assert told.split == "ordered"
    assert instants(told.clean(), name) == DAYS


def test_excels_numbers_have_the_time_of_day_behind_the_point(tmp_path: Path) -> None:
    told = ask(tmp_path, insert("login_time", [excel(value) for value in HOURS]))
    assert told.kinds == with_time("login_time")
    found = instants(told.clean(), "login_time")
    assert max(abs(one - other) for one, other in zip(found, HOURS, strict=True)) < timedelta(seconds=0.1)


@pytest.mark.parametrize("name", ["salary", "steps", "postcode", "waiting_time"])
def test_numbers_of_the_size_of_excels_are_numbers_where_no_name_says_date(name: str, tmp_path: Path) -> None:
    told = ask(tmp_path, insert(name, [excel(value).split(".")[0] for value in DAYS]))
    assert told.kinds[name] == ("integer", "feature")
    assert told.split == "stratified"


def month(place: int) -> datetime:
    return datetime(2016 + place // 12, place % 12 + 1, 1, tzinfo=UTC)


def quarter(place: int) -> datetime:
    return datetime(2010 + place // 4, place % 4 * 3 + 1, 1, tzinfo=UTC)


def half(place: int) -> datetime:
    return datetime(2000 + place // 2, place % 2 * 6 + 1, 1, tzinfo=UTC)


def week(place: int) -> datetime:
    return datetime(2020, 12, 7, tzinfo=UTC) + timedelta(weeks=place)  # over a year of 53 weeks


def in_half(form: str) -> Write:
    """A half-year by `{h}` and signs of strftime."""
    return lambda value: value.strftime(form.replace("{h}", str(value.month // 7 + 1)))


def in_quarter(form: str) -> Write:
    """A quarter by `{q}` and signs of strftime."""
    return lambda value: value.strftime(form.replace("{q}", str(value.month // 3 + 1)))


PERIODS: dict[str, tuple[str, str, Callable[[int], datetime], Write]] = {
    "Jan-18": ("month", "%b-%y", month, stamp("%b-%y")),
    "JAN2018": ("month", "%b%Y", month, lambda value: value.strftime("%b%Y").upper()),
    "January 2018": ("period", "%B %Y", month, stamp("%B %Y")),
    "2018-01": ("month", "%Y-%m", month, stamp("%Y-%m")),
    "01/2018": ("month", "%m/%Y", month, stamp("%m/%Y")),
    "201801": ("month", "%Y%m", month, stamp("%Y%m")),
    "2018M01": ("period", "%YM%m", month, stamp("%YM%m")),
    "2018Q1": ("quarter", "quarters", quarter, in_quarter("%YQ{q}")),
    "2018-Q1": ("quarter", "quarters", quarter, in_quarter("%Y-Q{q}")),
    "Q1 2018": ("quarter", "quarters", quarter, in_quarter("Q{q} %Y")),
    "1Q18": ("quarter", "quarters", quarter, in_quarter("{q}Q%y")),
    "2021-W05": ("week", "weeks", week, stamp("%G-W%V")),
    "2021W05": ("week", "weeks", week, stamp("%GW%V")),
    "2021 Quarter 1": ("quarter", "quarters", quarter, in_quarter("%Y Quarter {q}")),
    "2021H1": ("period", "halves", half, in_half("%YH{h}")),
    "H1 2021": ("half", "halves", half, in_half("H{h} %Y")),
    "W05 2021": ("week", "weeks", week, stamp("W%V %G")),
    "KW05/2021": ("week", "weeks", week, stamp("KW%V/%G")),
    "2021/05": ("week", "weeks", week, stamp("%G/%V")),
    "202105": ("week", "weeks", week, stamp("%G%V")),
    "2021-W05-1": ("week", "weeks", week, stamp("%G-W%V-1")),
}


@pytest.mark.parametrize("kind", list(PERIODS))
def test_months_quarters_and_weeks_order_the_rows(kind: str, tmp_path: Path) -> None:
    name, form, build, write = PERIODS[kind]
    starts = [build(place // 9) for place in range(ROWS)]
    told = ask(tmp_path, insert(name, [write(value) for value in starts]))
    assert told.kinds == with_time(name)
    assert told.columns[name]["read"] == {"date_format": form}
    assert told.split == "ordered"
    assert instants(told.clean(), name) == starts


GAPS: dict[str, tuple[str, Write, str]] = {
    "zeros": ("seen_at", stamp("%Y-%m-%d %H:%M:%S"), "0000-00-00 00:00:00"),
    "zeros without a time": ("seen", stamp("%Y-%m-%d"), "0000-00-00"),
    "zeros of another order": ("seen", stamp("%d/%m/%Y"), "00/00/0000"),
    "far end": ("seen", stamp("%Y-%m-%d"), "9999-12-31"),
    "far end of another order": ("seen", stamp("%d.%m.%Y"), "31.12.9999"),
    "far end with a time": ("seen_at", stamp("%Y-%m-%d %H:%M:%S"), "9999-12-31 23:59:59"),
    "far end in digits": ("seen_date", stamp("%Y%m%d"), "99991231"),
    "first day of 1900": ("seen", stamp("%Y-%m-%d"), "1900-01-01"),
    "zero seconds": ("seen_at", since(1), "0"),
}


@pytest.mark.parametrize("kind", list(GAPS))
def test_a_code_for_no_time_is_missing_and_named(kind: str, tmp_path: Path) -> None:
    name, write, code = GAPS[kind]
    cells = [code if place % 20 == 7 else write(value) for place, value in enumerate(HOURS)]
    told = ask(tmp_path, insert(name, cells))
    assert told.kinds == with_time(name)
    assert told.split == "ordered"
    assert f"18 rows without {name} will be rejected: it is the time of the rows" in told.first[0]
    assert any(line.startswith(f"{code} in {name} means a missing value: 18 rows") for line in told.first)
    assert len(told.clean()) == ROWS - 18
    assert told.rejected()["reason"].tolist() == [f"{name} is missing"] * 18


def test_names_of_zones_are_read_by_the_zone_that_has_them(tmp_path: Path) -> None:
    def local(value: datetime) -> str:
        summer = datetime(2021, 3, 28, 1, tzinfo=UTC) <= value < datetime(2021, 10, 31, 1, tzinfo=UTC)
        return (value + timedelta(hours=1 + summer)).strftime("%Y-%m-%d %H:%M:%S ") + ("CEST" if summer else "CET")

    table = insert("seen_at", [local(value) for value in HOURS])
    what, where, todo = ask(tmp_path / "asked", table).error
    assert what == "'seen_at' looks like times with the zone name CEST, CET, which UTC does not have"
    assert where.startswith("column seen_at, for example 2021-")
    assert todo.startswith("add --zone Europe/Berlin if that is meant")
    told = ask(tmp_path / "told", table, "--zone", "Europe/Berlin")
    assert told.kinds == with_time("seen_at")
    assert told.split == "ordered"
    assert instants(told.clean(), "seen_at") == HOURS


MIXED: dict[str, tuple[Write, Write]] = {
    "two orders": (stamp("%Y-%m-%d"), stamp("%m/%d/%Y")),
    "words and digits": (stamp("%d.%m.%Y"), stamp("%d %B %Y")),
    "seconds and words": (stamp("%Y-%m-%dT%H:%M:%SZ"), stamp("%d %b %Y %H:%M")),
}


@pytest.mark.parametrize("kind", list(MIXED))
def test_times_in_two_formats_are_not_guessed_and_the_split_says_so(kind: str, tmp_path: Path) -> None:
    writes = MIXED[kind]
    told = ask(tmp_path, insert("visit_date", [writes[place % 2](value) for place, value in enumerate(HOURS)]))
    assert told.kinds["visit_date"] == ("category", "context")
    assert told.split == "stratified"
    assert told.first[0].startswith("visit_date is not read as times, role context: looks like times: 50% fit ")
    assert "at random, although visit_date may order the rows" in told.out


@pytest.mark.parametrize("form", ["mixed", "guess", "%d/%m", "%H:%M"])
def test_a_format_that_guesses_or_has_no_year_is_refused(form: str, tmp_path: Path) -> None:
    told = ask(
        tmp_path,
        insert("visit_date", [value.strftime("%d/%m/%Y") for value in DAYS]),
        "--format-of",
        f"visit_date={form}",
    )
    assert told.code == 2
    assert told.error[0] == f"{form!r} is no format for 'visit_date': it does not say where the year is"
    assert told.error[1] == "command line, --format-of"
    assert not list(tmp_path.glob("conf/*/*"))


UNKNOWN: dict[str, Write] = {
    "log without a year": stamp("%b %d %H:%M:%S"),
    "German month": lambda value: f"{value.day}. {['Mai', 'Juni', 'Juli', 'März'][value.month % 4]} {value.year}",
    "Portuguese": lambda value: (
        f"{value.day} de {['maio', 'junho', 'julho', 'abril'][value.month % 4]} de {value.year}"
    ),
    "words around": stamp("on %Y-%m-%d, late"),
}


@pytest.mark.parametrize("kind", list(UNKNOWN))
def test_times_that_no_format_reads_are_said_to_look_like_times(kind: str, tmp_path: Path) -> None:
    told = ask(tmp_path, insert("visit", [UNKNOWN[kind](value) for value in HOURS]))
    assert told.kinds["visit"][1] == "context"
    assert told.split == "stratified"
    assert "looks like times" in told.first[0]
    assert "--format-of visit=" in told.first[0]
    assert "at random, although visit may order the rows" in told.out


ORDERED: dict[str, tuple[str, Write]] = {
    "W09 2021": ("week", stamp("W%V %G")),
    "2021/09": ("week", stamp("%G/%V")),
    "2021 Quarter 1": ("quarter", in_quarter("%Y Quarter {q}")),
    "2021H1": ("period", in_half("%YH{h}")),
    "2021-060": ("date", stamp("%Y-%j")),
    "2021. 03. 01.": ("date", stamp("%Y. %m. %d.")),
    "days since 1970": ("day_number", lambda value: str((value - EPOCH).days)),
    "Excel's days with a comma": ("visit_date", lambda value: excel(value).replace(".", ",")),
    "Windows": ("timestamp", lambda value: str((int(value.timestamp()) + 11_644_473_600) * 10_000_000)),
    ".NET": ("when", lambda value: f"/Date({int(value.timestamp())}000)/"),
}


@pytest.mark.parametrize("kind", list(ORDERED))
def test_rarer_notations_order_the_rows_or_are_said_to_look_like_times(kind: str, tmp_path: Path) -> None:
    name, write = ORDERED[kind]
    told = ask(tmp_path, insert(name, [write(value) for value in HOURS]))
    doubts = (f"{name} is not read as times", f"split at random although {name} is a time")
    said = [line for line in told.first if line.startswith(doubts)]
    assert told.split == "ordered" or said


@pytest.mark.parametrize(
    ("name", "form", "write"),
    [
        ("stage", "%Y%m%d", stamp("%Y%m%d")),
        ("stage", "%d%m%Y", stamp("%d%m%Y")),
        ("order_date", "matlab_days", lambda value: str((value - EPOCH).days + 719_529)),
        ("day_number", "days", lambda value: str((value - EPOCH).days)),
    ],
)
def test_the_format_that_is_offered_orders_the_rows(name: str, form: str, write: Write, tmp_path: Path) -> None:
    table = insert(name, [write(value) for value in DAYS])
    told = ask(tmp_path / "told", table)
    assert told.split == "stratified"
    assert f"--format-of {name}={form}" in told.first[0]
    read = ask(tmp_path / "read", table, "--format-of", f"{name}={form}")
    assert read.split == "ordered"
    assert instants(read.clean(), name) == DAYS


def test_a_time_of_two_values_does_not_order_the_rows_and_that_is_said(tmp_path: Path) -> None:
    told = ask(tmp_path, insert("period", [f"2021H{1 + place % 2}" for place in range(ROWS)]))
    assert told.split == "stratified"
    assert told.first[0].startswith("split at random although period is a time: ")


@pytest.mark.parametrize(
    "texts",
    [
        ["3.14.1", "10.2.0", "2.0.7"],
        ["Room 12", "Room 5", "Hall 2"],
        ["1/2", "3/4", "5/8"],
        ["A-12-7", "B-3-1", "C-9-2"],
    ],
    ids=["versions", "rooms", "fractions", "codes"],
)
def test_words_with_digits_are_not_taken_for_times(texts: list[str], tmp_path: Path) -> None:
    told = ask(tmp_path, insert("grade", np.random.default_rng(2).choice(texts, ROWS).tolist()))
    assert told.kinds["grade"] == ("category", "feature")
    assert "looks like times" not in told.out


def test_the_plain_table_has_no_time(tmp_path: Path) -> None:
    told = ask(tmp_path, members())
    assert (told.kinds, told.split, told.notes, told.first) == (BASE, "stratified", [], [])
