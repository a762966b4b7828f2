import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer.dates import choose_format, detect_epoch, find_formats, is_compact, parse_times


@pytest.mark.parametrize(
    ("text", "layout", "time"),
    [
        ("2013-01-31", "%Y-%m-%d", "2013-01-31T00:00Z"),
        ("31.01.2013 14:05", "%d.%m.%Y %H:%M", "2013-01-31T14:05Z"),
        ("January 5, 2013", "%B %d, %Y", "2013-01-05T00:00Z"),
        ("2013-01-31T14:05:00+02:00", "%Y-%m-%dT%H:%M:%S%z", "2013-01-31T12:05Z"),
        ("1/31/2013 02:05 PM", "%m/%d/%Y %I:%M %p", "2013-01-31T14:05Z"),
    ],
)
def test_a_text_is_a_time_in_one_format(text: str, layout: str, time: str) -> None:
    found = find_formats([text])
    assert list(found) == [layout]
    assert found[layout].to_list() == [pd.Timestamp(time)]


def test_times_in_different_detail_are_iso_8601() -> None:
    assert list(find_formats(["2013-01-31", "2013-01-31T14:05"])) == ["ISO8601"]
    assert find_formats(["2013-01-31", "soon"]) == {}


def test_an_ambiguous_day_and_month_are_rejected_with_a_value_and_both_formats() -> None:
    texts = np.array(["01/02/2013", "03/03/2013"], dtype=object)
    with pytest.raises(UnfitTable) as caught:
        choose_format(find_formats(texts), "day", texts)
    assert caught.value.what == "day and month are ambiguous in 'day': %d/%m/%Y and %m/%d/%Y both fit every value"
    assert caught.value.where == "column day, for example 01/02/2013"
    assert caught.value.todo == "add --format-of day=%d/%m/%Y or --format-of day=%m/%d/%Y"


@pytest.mark.parametrize(
    ("number", "name", "layout"),
    [
        (1_356_998_400, "created_at", "seconds"),
        (1_356_998_400_000, "timestamp", "milliseconds"),
        (1_356_998_400, "price", ""),
        (12, "time", ""),
    ],
)
def test_integers_since_1970_need_a_name_about_time(number: float, name: str, layout: str) -> None:
    assert detect_epoch(np.array([number], dtype=np.float64), name) == layout


def test_epochs_and_compact_days_are_parsed() -> None:
    assert parse_times(pd.Series(["1356998400"], dtype="str"), "seconds").to_list() == [
        pd.Timestamp("2013-01-01T00:00Z")
    ]
    assert is_compact(["20130131"], "date")
    assert not is_compact(["20130199"], "date")
    assert not is_compact(["20130131"], "price")


def test_a_text_in_another_format_is_missing() -> None:
    assert parse_times(pd.Series(["31.01.2013", "x"], dtype="str"), "%d.%m.%Y").isna().to_list() == [False, True]
    assert parse_times(pd.Series(["2013"], dtype="str"), "%Q").isna().to_list() == [True]
