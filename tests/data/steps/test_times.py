"""Times moved, and their parts on a local clock, over midnight and clock changes."""

import pandas as pd
import pytest

from lifecycle.data.steps import times
from lifecycle.errors import UnfitTable, UnknownName, WrongValue

NEW_YORK = "America/New_York"


def asked(*moments: str | None) -> dict[str, pd.DataFrame]:
    """One table of times."""
    instants = pd.Series(pd.to_datetime(list(moments), utc=True, format="ISO8601")).astype("datetime64[us, UTC]")
    return {"asked": pd.DataFrame({"at": instants})}


def shifted(by: str, *moments: str | None) -> pd.Series:
    """The times, moved."""
    return times.shift_time(asked(*moments), table="asked", time="at", by=by, name="moved")["asked"]["moved"]


@pytest.mark.parametrize(
    ("by", "moved"),
    [("-2h", "2013-02-28T22:30Z"), ("15min", "2013-03-01T00:45Z"), ("0h", "2013-03-01T00:30Z")],
)
def test_a_time_is_moved_by_a_duration(by: str, moved: str) -> None:
    found = shifted(by, "2013-03-01T00:30Z", None)
    assert found.dtype == "datetime64[us, UTC]"
    assert found.to_list() == [pd.Timestamp(moved), pd.NaT]


def test_a_duration_passes_over_a_clock_change() -> None:
    assert shifted("-2h", "2013-03-10T03:30-04:00").to_list() == [pd.Timestamp("2013-03-10T00:30-05:00")]


@pytest.mark.parametrize("by", ["two hours", "", "NaT"])
def test_what_is_no_duration_is_rejected(by: str) -> None:
    with pytest.raises(WrongValue, match=f"by is {by!r}, which is no duration") as caught:
        shifted(by, "2013-03-01T00:30Z")
    assert caught.value.where == "conf/clean/, step shift_time, key by"


def parts(moment: str | None, zone: str = NEW_YORK) -> list[object]:
    """Day, year, month, hour, minute and weekday of one time."""
    names: tuple[times.Part, ...] = ("day", "year", "month", "hour", "minute", "weekday")
    made = times.add_local_parts(
        asked(moment, "2013-01-01T00:00Z"), table="asked", time="at", zone=zone, columns={name: name for name in names}
    )["asked"]
    return [made[name].iloc[0] for name in names]


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2013-01-01T02:05Z", NEW_YORK, ["2012-12-31", 2012, 12, 21, 5, 0]),
        ("2013-01-01T02:05Z", "UTC", ["2013-01-01", 2013, 1, 2, 5, 1]),
        ("2013-03-10T06:59Z", NEW_YORK, ["2013-03-10", 2013, 3, 1, 59, 6]),
        ("2013-03-10T07:00Z", NEW_YORK, ["2013-03-10", 2013, 3, 3, 0, 6]),
        ("2013-11-03T05:30Z", NEW_YORK, ["2013-11-03", 2013, 11, 1, 30, 6]),
        ("2013-11-03T06:30Z", NEW_YORK, ["2013-11-03", 2013, 11, 1, 30, 6]),
        ("2013-06-30T18:15Z", "Asia/Kathmandu", ["2013-07-01", 2013, 7, 0, 0, 0]),
    ],
    ids=["day before", "UTC", "before the skipped hour", "after it", "repeated hour", "once more", "quarter hours"],
)
def test_parts_are_of_the_local_calendar_and_clock(moment: str, zone: str, expected: list[object]) -> None:
    assert parts(moment, zone) == expected


def test_parts_of_a_missing_time_are_missing() -> None:
    assert [pd.isna(part) for part in parts(None)] == [True] * 6


def test_parts_are_integers_and_the_day_is_text() -> None:
    made = times.add_local_parts(
        asked("2013-01-01T00:00Z", None), table="asked", time="at", zone="UTC", columns={"d": "day", "h": "hour"}
    )["asked"]
    assert made.dtypes.astype("str").to_dict() == {"at": "datetime64[us, UTC]", "d": "str", "h": "Int64"}


def test_an_unknown_zone_is_rejected() -> None:
    with pytest.raises(UnknownName, match="there is no time zone 'Mars'"):
        parts("2013-01-01T00:00Z", "Mars")


def test_parts_of_text_and_of_no_column_are_rejected() -> None:
    tables = {"asked": pd.DataFrame({"at": ["2013-01-01"]})}
    with pytest.raises(UnfitTable, match="at is str, not a time with a zone") as caught:
        times.shift_time(tables, table="asked", time="at", by="1h", name="b")
    assert caught.value.where == "conf/clean/, step shift_time, table asked, column at"
    with pytest.raises(UnfitTable, match="column 'att' is missing"):
        times.add_local_parts(tables, table="asked", time="att", zone="UTC", columns={"d": "day"})
