import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.feature_selection import ModelBased, StableSelectKBest

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(RANDOM.normal(size=(300, 4)), columns=["noise", 'told "twice"', "more noise", "told"])
SUM = (TABLE["told"] + TABLE['told "twice"']).to_numpy()
LABELS = {
    "classes": (SUM > 0).astype(np.int64),
    "three classes": np.digitize(SUM, [-0.7, 0.7]),
    "numbers": SUM,
    "words": np.where(SUM > 0, "yes", "no"),
}


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("kind", [StableSelectKBest, ModelBased])
def test_the_columns_that_tell_are_kept_in_their_order(kind, labels):
    found = kind(count=2, random_state=1).fit_transform(TABLE, LABELS[labels])
    assert_frame_equal(found, TABLE[['told "twice"', "told"]])


@pytest.mark.parametrize("kind", [StableSelectKBest, ModelBased])
def test_more_than_there_are_keeps_all(kind):
    assert_frame_equal(kind(count=9, random_state=1).fit_transform(TABLE, LABELS["classes"]), TABLE)


@pytest.mark.parametrize("kind", [StableSelectKBest, ModelBased])
def test_none_is_rejected(kind):
    with pytest.raises(WrongValue, match=f"{kind.__name__} has count 0"):
        kind(count=0).fit(TABLE, LABELS["classes"])


def test_columns_worth_the_same_are_kept_from_the_first():
    same = pd.DataFrame({name: np.zeros(60) for name in "abc"})
    assert list(ModelBased(count=2, random_state=1).fit_transform(same, np.arange(60) % 2)) == ["a", "b"]


def test_gaps_and_categories_can_be_gained_by():
    place = pd.Categorical(np.where(SUM > 0, "a", "b"), categories=["a", "b"])
    table = pd.DataFrame({"gaps": TABLE["noise"].mask(TABLE["noise"] > 0), "place": place})
    assert list(ModelBased(count=1, random_state=1).fit_transform(table, LABELS["classes"])) == ["place"]


def test_information_is_estimated_on_a_sample():
    chosen = StableSelectKBest(count=2, rows=150, random_state=1).fit(TABLE, LABELS["numbers"])
    assert chosen.get_feature_names_out().tolist() == ['told "twice"', "told"]
