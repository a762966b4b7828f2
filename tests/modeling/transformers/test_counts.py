"""Counts of categories in the train rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.modeling.transformers.counts import Counts

TRAIN = pd.DataFrame({"city": ["b", "a", "b", None], "plan": ["x", "x", "x", "x"]}, dtype="str")


def test_each_value_gets_its_number_of_train_rows() -> None:
    asked = pd.DataFrame({"city": ["b", "a", None, "never seen"], "plan": ["x", None, "y", "x"]}, dtype="str")
    found = Counts().fit(TRAIN).transform(asked.set_index(pd.Index([5, 6, 7, 8])))
    assert list(found) == ["city", "plan", "city_count", "plan_count"]
    assert found["city_count"].tolist() == [2.0, 1.0, 1.0, 0.0]
    assert found["plan_count"].tolist() == [4.0, 0.0, 0.0, 4.0]
    assert found["city"].cat.categories.tolist() == ["a", "b"]
    assert found["city"].cat.codes.tolist() == [1, 0, -1, -1]
    assert found.index.tolist() == [5, 6, 7, 8]


def test_counts_can_stand_alone() -> None:
    fitted = Counts(keep=False).fit(TRAIN)
    assert fitted.get_feature_names_out().tolist() == ["city_count", "plan_count"]
    assert fitted.transform(TRAIN).to_numpy().tolist() == [[2, 4], [1, 4], [2, 4], [1, 4]]


def test_a_name_that_is_there_already_gets_a_number() -> None:
    fitted = Counts().fit(TRAIN.rename(columns={"plan": "city_count"}))
    assert fitted.get_feature_names_out().tolist() == ["city", "city_count", "city_count+2", "city_count_count"]


def test_other_columns_than_those_learned_from_are_rejected() -> None:
    with pytest.raises(ValueError, match="feature names"):
        Counts().fit(TRAIN).transform(TRAIN.rename(columns={"plan": "tariff"}))


VALUE = st.none() | st.text(max_size=2)


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUE, min_size=1, max_size=30), st.lists(VALUE, max_size=10))
def test_a_count_is_that_of_equal_train_values(learned: list[str | None], asked: list[str | None]) -> None:
    fitted = Counts().fit(pd.DataFrame({"text": pd.Series(learned, dtype="str")}))
    found = fitted.transform(pd.DataFrame({"text": pd.Series(asked, dtype="str")}))
    assert found["text_count"].dtype == np.float64
    assert found["text_count"].tolist() == [learned.count(value) for value in asked]
