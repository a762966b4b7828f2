import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import WrongValue
from lifecycle.modeling.training_window import select_by_age

TIMES = pd.Series(pd.date_range("2013-01-01", periods=1000, freq="D", tz="UTC"))


def test_without_a_window_every_row_is_learned_from():
    assert select_by_age(TIMES, None, None, 1).tolist() == list(range(1000))


def test_a_sliding_window_keeps_the_newest_days():
    assert select_by_age(TIMES, 3, None, 1).tolist() == [997, 998, 999]
    assert select_by_age(TIMES.sample(frac=1, random_state=1), 3, None, 1).size == 3


def test_by_age_the_newest_rows_stay_and_about_half_at_the_half_life():
    times = pd.Series(np.repeat(pd.to_datetime(["2013-01-01", "2013-03-02", "2013-05-01"], utc=True), 4000))
    counts = np.bincount(select_by_age(times, None, 60, 1) // 4000)
    assert counts[2] == 4000
    assert counts[:2] / 4000 == pytest.approx([0.25, 0.5], abs=0.03)


def test_the_same_seed_keeps_the_same_rows():
    assert (select_by_age(TIMES, None, 60, 7) == select_by_age(TIMES, None, 60, 7)).all()


@pytest.mark.parametrize(("days", "half_life"), [(0, None), (None, -1)])
def test_a_window_below_one_day_is_rejected(days, half_life):
    with pytest.raises(WrongValue, match="is "):
        select_by_age(TIMES, days, half_life, 1)
