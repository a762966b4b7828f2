"""Any name goes to an estimator in letters that every library takes, and comes back."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.modeling.transformers.names import DistinctNames, EncodedNames, decode_name, encode_names

ODD = ["size [m]", "a,b", '"', "left: (y/n)?", "{x}", "%", "é", "e\u0301", "🙂", "a+b", "two\nlines", "self", "x" * 500]


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("dep_hour", "dep_hour"),
        ("1.5", "1.5"),
        ("size [m]", "size%20%5Bm%5D"),
        ("a,b", "a%2Cb"),
        ("a+2", "a%2B2"),
        ("50%", "50%25"),
        ("é", "%C3%A9"),
    ],
)
def test_letters_and_digits_stay_and_the_rest_is_percent_encoded(name: str, encoded: str) -> None:
    assert encode_names([name]) == [encoded]


def test_a_name_that_stands_again_gets_its_number() -> None:
    assert encode_names(["a", "a+2", "a", "b", "a"]) == ["a", "a%2B2", "a+2", "b", "a+3"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_encoded_names_are_plain_different_and_come_back(names: list[str]) -> None:
    encoded = encode_names(names)
    assert len(set(encoded)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_.~%+-]*", name) for name in encoded)
    assert [decode_name(name) for name in encoded] == names


def test_the_values_are_those_that_came_in() -> None:
    table = pd.DataFrame(np.arange(2.0 * len(ODD)).reshape(2, -1), columns=ODD)
    names = EncodedNames().fit(table)
    found = names.transform(table)
    assert found.columns.tolist() == names.get_feature_names_out().tolist() == encode_names(ODD)
    assert np.shares_memory(found.to_numpy(), table.to_numpy())


def test_names_that_stand_again_are_told_apart() -> None:
    table = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a+2", "a", "b c"])
    found = DistinctNames().fit_transform(table)
    assert found.columns.tolist() == ["a", "a+2", "a+3", "b c"]
    assert found.to_numpy().tolist() == [[1, 2, 3, 4]]
