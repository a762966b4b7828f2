"""The columns of an ensemble's preparations, side by side."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.modeling.pipeline import Inputs, Plan, Recipe, make_inputs
from lifecycle.modeling.transformers.members import MemberInputs
from lifecycle.options import Call

FEATURES = pd.DataFrame({"size": [1.0, 2.0, 3.0], "place": pd.Series(["a", "b", None], dtype="str")})
KNOWN = Call(target="lifecycle.modeling.transformers.categories.KnownCategories")
ONE_HOT = Call(target="sklearn.preprocessing.OneHotEncoder", arguments={"sparse_output": False})
SCALE = Call(target="sklearn.preprocessing.StandardScaler")


def prepared(numeric, categorical):
    inputs = Inputs(numeric=numeric, categorical=categorical)
    recipe = Recipe(option="r", estimator=Call(target="none"), inputs=inputs, plan=Plan())
    return make_inputs(recipe, FEATURES, 1).fit(FEATURES)


@pytest.fixture
def both():
    return MemberInputs([prepared((), (KNOWN,)), prepared((SCALE,), (ONE_HOT,))])


def test_columns_stand_side_by_side_under_the_number_of_their_part(both):
    found = both.transform(FEATURES)
    assert list(found) == ["0.size", "0.place", "1.size", "1.place_a", "1.place_b", "1.place_nan"]
    assert found["0.size"].tolist() == [1.0, 2.0, 3.0]
    assert found["0.place"].cat.categories.tolist() == ["a", "b"]
    assert found["1.size"].tolist() == pytest.approx([-(1.5**0.5), 0, 1.5**0.5])
    assert found[["1.place_a", "1.place_b", "1.place_nan"]].to_numpy().tolist() == np.eye(3).tolist()


def test_its_names_are_those_of_its_columns(both):
    assert both.get_feature_names_out().tolist() == list(both.transform(FEATURES))
    assert both.feature_names_in_.tolist() == ["size", "place"]
    assert both.fit(FEATURES) is both
