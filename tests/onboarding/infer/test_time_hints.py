import numpy as np
import pandas as pd
import pytest

from lifecycle.onboarding.infer.time_hints import describe_count, describe_unread


def hint(texts: list[str], name: str = "x") -> tuple[str, str] | None:
    found = describe_unread(name, texts, np.ones(len(texts), dtype=np.int64))
    return found and (found.kind, found.what)


def test_what_is_not_read_says_which_formats_fit_how_many() -> None:
    days = pd.date_range("2022-01-01", periods=100)
    mixed = [*days[:60].strftime("%Y-%m-%d"), *days[60:].strftime("%d/%m/%Y")]
    assert hint(mixed) == ("date", "looks like times: 60% fit %Y-%m-%d and 40% fit %d/%m/%Y")
    assert hint([*days[:99].strftime("%d.%m.%Y"), "soon"]) == ("date", "looks like times: 99% fit %d.%m.%Y, not soon")
    both = [*days[:50].strftime("%d/%m/%Y"), *days[50:].strftime("%m/%d/%Y")]
    found = hint(both)
    assert found is not None
    assert found[1].startswith("looks like times: ")
    assert "fit %m/%d/%Y and" in found[1]
    assert hint([f"{day} janvier 2021" for day in range(1, 29)]) == (
        "date", "looks like times in no known format, for example 1 janvier 2021",
    )  # fmt: skip


def test_times_of_day_are_told_and_words_are_none() -> None:
    assert hint(["10:15", "03:46:00", "9:05 pm"]) == (
        "clock",
        "looks like times of day or durations, which are not read",
    )
    for texts in (
        ["north", "south"],
        ["A-1", "A-2"],
        ["1.2.3", "1.10.2"],
        ["10.0.0.1"],
        ["12 Main St", "4 Elm St"],
        [],
    ):
        assert hint(texts) is None


def test_numbers_without_a_name_may_look_like_times() -> None:
    hours = 1_640_995_200.0 + 3600 * np.arange(50)
    found = describe_count("x", hours, 50)
    assert found is not None
    assert (found.what, found.todo) == ("looks like seconds since 1970", "--format-of x=seconds")
    assert describe_count("x", np.arange(50.0), 50) is None
    year = describe_count("year", np.array([2019.0, 2020.0]), 2)
    assert year is not None
    assert (year.kind, year.todo) == ("year", "--format-of year=%Y")


def describe(name: str, numbers: list[float]) -> str:
    """What numbers seem to be, and what to do."""
    found = describe_count(name, np.array(numbers), len(set(numbers)))
    return f"{found.what}; {found.todo}" if found else ""


DAYS = 18_687.0 + np.arange(30)


@pytest.mark.parametrize(
    ("name", "numbers", "form", "what"),
    [
        ("day_number", DAYS, "days", "days since 1970"),
        ("visit_date", DAYS, "days", "days since 1970"),
        ("timestamp", DAYS * 1440, "minutes", "minutes since 1970"),
        ("datenum", DAYS + 719_529, "matlab_days", "days as MATLAB counts them"),
        ("x", (DAYS + 134_774) * 864e9, "filetime", "the file times of Windows, which count from 1601"),
        ("x", 20_210_301.0 + np.arange(30), "%Y%m%d", "times as %Y%m%d"),
        ("x", 1_032_021.0 + 1e6 * np.arange(30), "%d%m%Y", "times as %d%m%Y"),
    ],
)
def test_numbers_that_may_be_times_are_told_with_their_format(
    name: str, numbers: list[float], form: str, what: str
) -> None:
    assert describe(name, numbers) == f"looks like {what}; --format-of {name}={form}"


@pytest.mark.parametrize(
    ("name", "numbers", "example"),
    [
        ("quarter", [20_201, 20_202, 20_203, 20_204], "20201"),
        ("week", [202_152, 202_153, 202_200], "202152"),
        ("month", [2021.01, 2021.02, 2021.1], "2021.01"),
    ],
)
def test_numbers_that_begin_with_the_year_are_told_under_a_name_about_time(
    name: str, numbers: list[float], example: str
) -> None:
    assert describe(name, numbers).startswith(f"looks like times that begin with the year, for example {example}; ")
    assert describe("size", numbers) == ""


def test_numbers_under_a_name_that_says_date_are_told_whatever_they_count() -> None:
    assert describe("date", [2_459_275.5, 2_459_276.5, 2_459_277.5]) == (
        "looks like times in no known format, for example 2459275.5; "
        "--format-of date=%y%m%d or the like if the digits are days, --format-of date=seconds if they count"
    )
    for name in ("waiting_time", "days_in_stock", "price_at_sale", "steps", "candidate", "day"):
        assert describe(name, [1_000.0, 2_000.0, 3_000.0]) == ""
    assert describe("date", [1.0, 2.0, 31.0]) == ""
    assert describe("days_in_stock", list(DAYS)) == ""


def test_years_of_some_kind_are_years() -> None:
    for name in ("year", "fiscal_year", "Season"):
        assert describe(name, [2019.0, 2020.0]).startswith("a year, which may order the rows; ")
    assert describe("year_built", [2019.0, 2020.0]) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x", "May 14th, 2019"),
        ("x", "14th of May 2019"),
        ("x", "14.V.2019"),
        ("x", "Mai 2019"),
        ("x", "14-mars-2019"),
        ("x", "2019–05–14"),
        ("x", "[2019, 05, 14]"),
        ("x", 'ISODate("2019-05-14T00:00:00Z")'),
        ("x", "D:20190514000000"),
        ("when", '{"$date": 1557792000000}'),
        ("week", "W20/19"),
        ("quarter", "FY19 Q2"),
        ("semester", "2019S1"),
        ("season", "2019/20"),
        ("school_year", "2019/2020"),
        ("date", "14-05"),
    ],
)
def test_a_text_that_no_format_reads_looks_like_a_time(name: str, text: str) -> None:
    assert hint([text], name) == ("date", f"looks like times in no known format, for example {text}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x", "W20/19"), ("x", "FY19 Q2"), ("x", "5W30"), ("x", "Marble 12"), ("x", "12 Main St"), ("time", "10-12"),
        ("term", "36 months"), ("period", "30-60 days"), ("date", "unknown 1"),
    ],
)  # fmt: skip
def test_a_text_with_digits_is_no_time(name: str, text: str) -> None:
    assert hint([text], name) is None


def test_days_of_a_year_under_another_name_are_asked_about() -> None:
    assert hint(["2021-001", "2021-060", "2021-365"]) == ("date", "looks like times as %Y-%j")
    assert hint(["2021-001", "2021-060", "2021-400"]) is None


def test_codes_of_too_many_digits_may_count_time() -> None:
    texts = [str(132_590_304_000_000_000 + 864_000_000_000 * place) for place in range(30)]
    assert hint(texts) == ("date", "looks like the file times of Windows, which count from 1601")
