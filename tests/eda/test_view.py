"""Groups of rows, and names of files."""

import re

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.eda.view import Groups, slugify

NAN = float("nan")
GROUPS = Groups(pd.Series([0.0, 1, 1, 2, 2, 3, NAN]), ("a", "b", "c", "d"))


def test_groups_by_size_are_in_their_order_where_equal():
    assert GROUPS.order_by_size() == [1, 2, 0, 3]


def test_the_largest_groups_keep_their_order():
    made = GROUPS.take_largest(2)
    assert made.names == ("b", "c")
    assert made.codes.fillna(-1).tolist() == [-1, 0, 0, 1, 1, -1, -1]


def test_the_rest_is_gathered():
    made = GROUPS.merge_smallest(2)
    assert made.names == ("b", "c", "(others)")
    assert made.codes.fillna(-1).tolist() == [2, 0, 0, 1, 1, 2, -1]


def test_few_groups_are_kept_as_they_are():
    made = GROUPS.merge_smallest(4)
    assert made.names == GROUPS.names
    assert made.codes.fillna(-1).tolist() == GROUPS.codes.fillna(-1).tolist()


def test_file_names_are_plain_and_different():
    names = ("plain_1", "a b", "a_b", "ä/b", "..", "A_b", "x" * 300, "x" * 301, "", " ")
    made = [slugify(name) for name in names]
    assert made[0] == "plain_1" and made[1] == "a_b_806c5cd3"
    assert len({name.lower() for name in made}) == len(names)


@given(st.text())
def test_any_name_makes_a_file_name(name):
    assert re.fullmatch(r"[a-z0-9_-]{0,69}", slugify(name))
