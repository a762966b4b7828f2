import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.categories import KnownCategories, RareGrouped


def test_values_of_the_fitted_rows_become_sorted_categories():
    fitted = KnownCategories().fit(pd.DataFrame({"town": ["b", "a", None, "b"]}))
    found = fitted.transform(pd.DataFrame({"town": ["a", "b", None]}, index=[7, 8, 9]))
    assert found["town"].cat.categories.tolist() == ["a", "b"]
    assert found["town"].cat.codes.tolist() == [0, 1, -1]
    assert found.index.tolist() == [7, 8, 9]


def test_a_value_that_was_not_there_in_fitting_is_missing():
    fitted = KnownCategories().fit(pd.DataFrame({"town": ["a", "b"]}))
    assert fitted.transform(pd.DataFrame({"town": ["c"]}))["town"].isna().tolist() == [True]


def test_later_rows_change_nothing_that_was_learned():
    fitted = KnownCategories().fit(pd.DataFrame({"town": ["a", "b"]}))
    fitted.transform(pd.DataFrame({"town": ["c", "d"]}))
    expected = pd.DataFrame({"town": pd.Categorical(["b"], categories=["a", "b"])})
    assert_frame_equal(fitted.transform(pd.DataFrame({"town": ["b"]})), expected)


def test_names_stay_as_they_are():
    fitted = KnownCategories().fit(pd.DataFrame({"town": ["a"], "street": ["b"]}))
    assert fitted.get_feature_names_out().tolist() == ["town", "street"]


def test_rare_values_and_values_never_seen_are_one():
    train = pd.DataFrame({"town": ["a"] * 6 + ["b"] * 3 + ["c", None]}, dtype="str")
    fitted = RareGrouped(least=0.2).fit(train)
    asked = pd.DataFrame({"town": ["a", "b", "c", "never seen", None]}, dtype="str", index=[3, 4, 5, 6, 7])
    expected = pd.DataFrame({"town": ["a", "b", "(rare)", "(rare)", None]}, dtype="str", index=[3, 4, 5, 6, 7])
    assert_frame_equal(fitted.transform(asked), expected)


def test_the_share_is_of_rows_with_a_value():
    fitted = RareGrouped(least=0.5).fit(pd.DataFrame({"town": ["a", "b", None, None]}, dtype="str"))
    assert fitted.frequent_ == {"town": ["a", "b"]}


def test_a_column_of_missing_values_alone_stays():
    nothing = pd.DataFrame({"town": [None, None]}, dtype="str")
    assert_frame_equal(RareGrouped().fit(nothing).transform(nothing), nothing)


def test_a_share_above_one_is_rejected():
    with pytest.raises(WrongValue, match="RareGrouped has least 2"):
        RareGrouped(least=2).fit(pd.DataFrame({"town": ["a"]}))
