import pandas as pd
from pandas.testing import assert_frame_equal

from lifecycle.encoders import KnownCategories


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
