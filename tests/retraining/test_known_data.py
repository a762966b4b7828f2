import numpy as np
import pandas as pd
import pytest

from lifecycle.data.cleaning import Clean
from lifecycle.data.dataset import Dataset
from lifecycle.data.features.build import Features
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import WrongValue
from lifecycle.options import Call
from lifecycle.retraining.known_data import History, collect_history, find_first_month, read_batches, sample_rows
from lifecycle.sources import generated

ID = Column(type="text", role="id", description="")


def history(days, delay=3):
    rows = pd.DataFrame({"row": range(len(days))})
    dataset = Dataset(rows, np.zeros(len(days)), rows)
    return History(Schema(columns={"row": ID}, tables={}), dataset, rows, np.array(days, dtype="datetime64[D]"), delay)


def test_a_label_is_known_so_many_days_after_its_row():
    days = ["2013-08-27", "2013-08-28", "2013-08-29", "2013-09-02"]
    august = pd.Period("2013-08", freq="M")
    assert history(days).find_known(august).tolist() == [0, 1]
    assert history(days).find_known(august, back=1).tolist() == [0]
    assert history(days).find_rows(august).tolist() == [0, 1, 2]


def test_a_row_is_drawn_whatever_other_rows_there_are():
    rows = pd.DataFrame({"row": [f"r{number}" for number in range(2000)]})
    schema = Schema(columns={"row": ID}, tables={})
    some = sample_rows(rows, schema, 0.25)["row"]
    assert 400 < len(some) < 600
    assert set(sample_rows(rows.tail(1000), schema, 0.25)["row"]) == set(some) & set(rows["row"].tail(1000))
    assert sample_rows(rows, schema, 1.0) is rows


def test_rows_without_a_day_cannot_be_replayed():
    with pytest.raises(WrongValue, match="without a day or a label"):
        collect_history([], Clean(unit="a", steps=(), no_label=""), Features(keep=(), past=(), steps=()),
                 Schema(columns={"row": ID}, tables={}), pd.Period("2013-08", freq="M"), 1.0, 3)  # fmt: skip


def test_without_a_first_month_the_last_ones_of_the_source_are_served():
    year = read_batches(
        Call(target="lifecycle.sources.generated.read", arguments={"rows": 60, "months": 12, "seed": 1})
    )
    months = [str(batch.period) for batch in generated.read(rows=60, months=12, seed=1)]
    assert [str(find_first_month(year, count)) for count in (1, 4, 11)] == [months[-1], months[-4], months[1]]
    with pytest.raises(WrongValue, match="the source has 12 months: none is left to learn from before the last 12"):
        find_first_month(year, 12)
