import pandas as pd
import pytest

from lifecycle.monitoring import periods

DAYS = pd.Series(["2013-09-01", "2013-09-02", "2013-10-01", None], dtype="str")


@pytest.mark.parametrize(
    ("every", "names"),
    [
        ("day", ["2013-09-01", "2013-09-02", "2013-10-01"]),
        ("week", ["2013-08-26", "2013-09-02", "2013-09-30"]),
        ("month", ["2013-09", "2013-09", "2013-10"]),
    ],
)
def test_a_period_is_named_by_its_day_its_monday_or_its_month(every: periods.Every, names: list[str]) -> None:
    found = periods.name_periods(DAYS, every)
    assert found[:3].tolist() == names
    assert pd.isna(found[3])


def test_a_time_counts_on_its_day_in_utc() -> None:
    late = pd.Series(pd.to_datetime(["2013-09-01T23:30:00-04:00"], utc=True))
    assert periods.name_periods(late, "day").tolist() == ["2013-09-02"]


def test_days_without_rows_count() -> None:
    found = periods.count_daily_rows(pd.Series(["2013-09-29", "2013-10-02", "2013-10-02"]), "month")
    assert found["period"].tolist() == ["2013-09", "2013-09", "2013-10", "2013-10"]
    assert found["rows"].tolist() == [1, 0, 0, 2]
