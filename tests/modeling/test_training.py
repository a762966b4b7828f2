import numpy as np
import pandas as pd
import pytest

from lifecycle.data.dataset import Dataset
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import WrongValue
from lifecycle.modeling.training import Training, select_training_rows

TIMED = Schema(columns={"at": Column(type="time", role="time", description="")}, tables={})
ROWS = pd.DataFrame({"at": pd.date_range("2013-01-01", periods=10, freq="D", tz="UTC")})
EXAMPLES = Dataset(pd.DataFrame({"size": range(10)}), np.arange(10), ROWS)


def test_without_a_window_all_examples_are_learned_from():
    assert select_training_rows(EXAMPLES, Training(parts=("train",)), TIMED, 1) is EXAMPLES


def test_a_window_keeps_the_newest_examples_with_their_labels():
    assert select_training_rows(EXAMPLES, Training(parts=("train",), days=3), TIMED, 1).labels.tolist() == [7, 8, 9]


def test_rows_without_a_time_have_no_window():
    untimed = Schema(columns={"at": Column(type="time", role="context", description="")}, tables={})
    with pytest.raises(WrongValue, match="without a time"):
        select_training_rows(EXAMPLES, Training(parts=("train",), half_life=3), untimed, 1)
