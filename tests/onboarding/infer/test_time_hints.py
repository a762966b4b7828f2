import numpy as np
import pandas as pd

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
