"""Raw rows of past months asked again: the features of training, or the names of those that differ."""

from dataclasses import replace

import pandas as pd
import pytest
from builders import shops

from lifecycle.data.cleaning import run_steps
from lifecycle.errors import UnfitTable
from lifecycle.online.features import find_differences
from lifecycle.retraining.raw_questions import RawQuestions, can_ask

APRIL = pd.Period("2024-04", "M")


@pytest.fixture(scope="module")
def raw():
    return shops.build_orders(days=50)


@pytest.fixture(scope="module")
def expected(raw):
    made = shops.compute_offline(raw)[1].set_index("order")
    return made[made.index.str.startswith("202404")]


@pytest.fixture
def questions(raw):
    units = run_steps(raw, shops.CLEAN, "conf/clean/")["orders"]
    days = pd.to_datetime(units["day"])
    return RawQuestions(raw, shops.SCHEMA, shops.CLEAN, shops.FEATURE_STEPS, units["order"], days)


def test_rows_of_a_month_get_the_features_of_training_one_after_the_other(questions, expected):
    found = questions.ask(APRIL, expected)
    assert len(found) == len(expected) == 2 * 2 * 19
    assert list(found.index) == list(expected.index)
    assert find_differences(found.astype(expected.dtypes.to_dict()), expected) == []


def test_the_state_begins_with_what_was_there_before_the_month_and_ends_with_its_facts(questions, expected, raw):
    questions.ask(APRIL, expected)
    online = questions.online
    assert online.definitions.horizon == 1_711_929_600_000_000  # 1 April 2024
    last = online.state.build_past()["ordered_at"].max()
    assert last == raw["orders"]["ordered_at"].max()


def test_a_part_of_the_rows_is_asked_by_the_facts_of_all(questions, expected):
    some = expected.iloc[::5]
    found = questions.ask(APRIL, some)
    assert find_differences(found.astype(some.dtypes.to_dict()), some) == []


def test_a_month_is_asked_once(questions, expected):
    assert questions.ask(APRIL, expected) is questions.ask(APRIL, expected)


def test_a_feature_that_differs_is_named(questions, expected):
    other = expected.assign(late_shop_2D=expected["late_shop_2D"] + 0.5)
    with pytest.raises(UnfitTable, match="features differ when the rows of 2024-04 are asked about again: late_shop"):
        questions.ask(APRIL, other)


def test_only_problems_with_raw_rows_are_asked_again():
    assert can_ask(shops.SCHEMA, shops.CLEAN, shops.FEATURE_STEPS)
    assert not can_ask(shops.SCHEMA, shops.CLEAN, replace(shops.FEATURE_STEPS, asked="prepared"))
    assert not can_ask(shops.SCHEMA, replace(shops.CLEAN, unit="days"), shops.FEATURE_STEPS)
