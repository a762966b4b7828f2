import pandas as pd
import pytest

from lifecycle.data.cells.periods import is_period, parse_periods


def read(texts: list[str | None], form: str) -> list[str]:
    """The first days, empty where there is none."""
    times = parse_periods(pd.Series(texts, dtype="str"), form)
    return ["" if pd.isna(one) else f"{one:%Y-%m-%d}" for one in times]


WEEKS = [
    "2021-W09",
    "2021W09",
    "2021-w9",
    "W09 2021",
    "KW09/2021",
    "KW 9 2021",
    "Week 9, 2021",
    "2021 week 9",
    "9W2021",
]
QUARTERS = [
    "2021Q2", "2021-Q2", "2021 Q2", "21Q2", "Q2 2021", "Q2'21", "Q22021", "2Q21", "2021 Quarter 2", "Quarter 2, 2021",
    "2nd quarter of 2021", "2. Quartal 2021", "2021 Qtr 2",
]  # fmt: skip
HALVES = ["2021H2", "2021-H2", "H2 2021", "2H2021", "2021 HY2", "2nd half of 2021"]


@pytest.mark.parametrize(
    ("texts", "form", "day"),
    [(WEEKS, "weeks", "2021-03-01"), (QUARTERS, "quarters", "2021-04-01"), (HALVES, "halves", "2021-07-01")],
)
def test_a_period_with_a_letter_or_a_word_is_its_first_day(texts: list[str], form: str, day: str) -> None:
    assert read([*texts, None], form) == [*[day] * len(texts), ""]
    assert all(is_period(text, form) for text in texts)


def test_weeks_by_numbers_alone_are_read_but_do_not_show_that_they_are_weeks() -> None:
    texts = ["2021/09", "2021-9", "202109", "202109.0", "09/2021"]
    assert read(texts, "weeks") == ["2021-03-01"] * 5
    assert not any(is_period(text, "weeks") for text in texts)


def test_the_day_of_a_week_and_years_of_two_digits() -> None:
    assert read(["2021-W09-3", "2021W093", "2020-W53"], "weeks") == ["2021-03-03", "2021-03-03", "2020-12-28"]
    assert read(["Q1 98", "1Q68"], "quarters") == ["1998-01-01", "2068-01-01"]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2021-W54", "weeks"), ("2021-W00", "weeks"), ("5W30", "weeks"), ("W12-34", "weeks"), ("Q5 2021", "quarters"),
        ("2021H3", "halves"), ("1H30", "halves"), ("x", "quarters"),
    ],
)  # fmt: skip
def test_what_is_no_period_is_missing(text: str, form: str) -> None:
    assert read([text], form) == [""]
