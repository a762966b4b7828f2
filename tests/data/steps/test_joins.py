"""Columns from other tables: by key, and by what was known at the moment."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.steps.joins import join_as_of, join_by_key
from lifecycle.errors import UnfitTable


def times(*texts: str | None) -> pd.Series:
    """Instants on one day, as HH:MM in UTC."""
    stamps = [None if text is None else f"2013-01-01 {text}" for text in texts]
    return pd.Series(pd.to_datetime(stamps, utc=True)).astype("datetime64[us, UTC]")


def joined(asks: pd.DataFrame, readings: pd.DataFrame, within: str = "3h") -> pd.DataFrame:
    """The askers with the temperature read last."""
    tables = {"asks": asks, "readings": readings}
    columns = {"temperature": "temp"}
    return join_as_of(
        tables,
        table="asks",
        other="readings",
        by="place",
        prediction_time="prediction_time",
        observed="at",
        within=within,
        columns=columns,
    )["asks"]


def test_the_last_reading_of_the_same_place_by_the_moment_is_taken() -> None:
    asks = pd.DataFrame(
        {"place": ["B", "A", "A", "A", "C"], "prediction_time": times("10:00", "10:00", "09:59", "13:01", "10:00")}
    )
    readings = pd.DataFrame({"place": ["A", "A", "B"], "at": times("10:00", "09:00", "10:01"), "temp": [2.0, 1.0, 9.0]})
    found = joined(asks, readings)
    assert found["temperature"].to_list()[1:3] == [2.0, 1.0]
    assert found["temperature"].isna().to_list() == [True, False, False, True, True]
    pd.testing.assert_frame_equal(found[["place", "prediction_time"]], asks)


def test_a_reading_just_within_the_age_counts() -> None:
    asks = pd.DataFrame({"place": ["A", "A"], "prediction_time": times("13:00", "13:01")})
    readings = pd.DataFrame({"place": ["A"], "at": times("10:00"), "temp": [2.0]})
    assert joined(asks, readings)["temperature"].fillna(-1).to_list() == [2.0, -1.0]


def test_of_two_readings_at_once_the_later_row_counts() -> None:
    asks = pd.DataFrame({"place": ["A"], "prediction_time": times("10:00")})
    readings = pd.DataFrame({"place": ["A", "A"], "at": times("10:00", "10:00"), "temp": [1.0, 2.0]})
    assert joined(asks, readings)["temperature"].to_list() == [2.0]


def test_missing_moments_and_readings_without_time_are_left_out() -> None:
    asks = pd.DataFrame({"place": ["A", "A", None], "prediction_time": times("10:00", None, "10:00")})
    asks = asks.set_index(pd.Index([5, 6, 7]))
    readings = pd.DataFrame({"place": ["A", "A"], "at": times("09:00", None), "temp": [1.0, 2.0]})
    assert joined(asks, readings)["temperature"].fillna(-1).to_dict() == {5: 1.0, 6: -1.0, 7: -1.0}


MINUTES = st.integers(0, 23 * 60 + 59)


@given(asked=st.lists(MINUTES, min_size=1, max_size=8), read=st.lists(MINUTES, unique=True, max_size=8))
def test_no_later_row_is_ever_read(asked: list[int], read: list[int]) -> None:
    start = pd.Timestamp("2013-01-01", tz="UTC")
    asks = pd.DataFrame({"place": "A", "prediction_time": start + pd.to_timedelta(asked, unit="m")})
    readings = pd.DataFrame(
        {
            "place": pd.Series("A", index=range(len(read)), dtype="str"),
            "at": start + pd.to_timedelta(read, unit="m"),
        }
    ).assign(temp=[float(minute) for minute in read])
    earlier = [max((one for one in read if one <= minute), default=-1) for minute in asked]
    expected = [one if one >= 0 and minute - one <= 180 else -1 for minute, one in zip(asked, earlier, strict=True)]
    assert joined(asks, readings)["temperature"].fillna(-1).to_list() == expected


def test_lookup_adds_renamed_columns_by_key() -> None:
    flights = pd.DataFrame({"tail": ["N1", None, "N3", "N1"], "seats": [0, 0, 0, 0]}, index=[3, 2, 1, 0])
    planes = pd.DataFrame({"id": ["N1", "N1", None], "built": [1999, 2005, 2010]})
    found = join_by_key(
        {"flights": flights, "planes": planes},
        table="flights",
        other="planes",
        by="tail",
        key="id",
        columns={"year": "built"},
    )
    assert found["flights"]["year"].fillna(-1).to_dict() == {3: 1999, 2: -1, 1: -1, 0: 1999}
    assert list(flights.columns) == ["tail", "seats"]
    assert found["planes"] is planes


def test_lookup_of_an_unknown_column_is_an_error() -> None:
    one = pd.DataFrame({"id": ["a"]})
    with pytest.raises(KeyError):
        join_by_key({"one": one, "two": one}, table="one", other="two", by="id", columns={"x": "nowhere"})


def test_keys_of_different_kinds_are_rejected() -> None:
    tables = {"flights": pd.DataFrame({"plane": [1.0, 2.0]}), "planes": pd.DataFrame({"id": ["1"], "seats": [9]})}
    with pytest.raises(UnfitTable, match=r"flights.plane is float64 and planes.id is str"):
        join_by_key(tables, table="flights", other="planes", by="plane", key="id", columns={"seats": "seats"})
