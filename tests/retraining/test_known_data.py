import numpy as np
import pandas as pd
import pytest

from lifecycle.data.cleaning import Clean
from lifecycle.data.dataset import Dataset
from lifecycle.data.features.build import Features
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import WrongValue
from lifecycle.options import Call
from lifecycle.retraining.known_data import World, drawn, happened

ID = Column(type="text", role="id", description="")


def world(days, delay=3):
    rows = pd.DataFrame({"row": range(len(days))})
    examples = Dataset(rows, np.zeros(len(days)), rows)
    return World(Schema(columns={"row": ID}, tables={}), examples, rows, np.array(days, dtype="datetime64[D]"), delay)


def test_a_label_is_known_so_many_days_after_its_row():
    days = ["2013-08-27", "2013-08-28", "2013-08-29", "2013-09-02"]
    august = pd.Period("2013-08", freq="M")
    assert world(days).known(august).tolist() == [0, 1]
    assert world(days).known(august, back=1).tolist() == [0]
    assert world(days).of(august).tolist() == [0, 1, 2]


def test_a_row_is_drawn_or_not_whatever_else_there_is():
    rows = pd.DataFrame({"row": [f"r{number}" for number in range(2000)]})
    schema = Schema(columns={"row": ID}, tables={})
    some = drawn(rows, schema, 0.25)["row"]
    assert 400 < len(some) < 600
    assert set(drawn(rows.tail(1000), schema, 0.25)["row"]) == set(some) & set(rows["row"].tail(1000))
    assert drawn(rows, schema, 1.0) is rows


def test_rows_without_a_day_cannot_be_played_again():
    nothing = Call(target="none")
    with pytest.raises(WrongValue, match="without a day or a label"):
        happened(nothing, Clean(unit="a", steps=(), no_label=""), Features(keep=(), past=(), steps=()),
                 Schema(columns={"row": ID}, tables={}), pd.Period("2013-08", freq="M"), 1.0, 3)  # fmt: skip
