import pandas as pd

from lifecycle.files.watched import fitting

BEFORE = pd.DataFrame({"weight": [1.0], "shop": pd.Series(["north"], dtype="str")})


def test_features_come_in_the_order_and_types_that_the_model_takes() -> None:
    batch = pd.DataFrame({"shop": ["west", None], "more": [1, 2], "weight": [3, 4]})
    found, broken = fitting(batch, BEFORE)
    assert broken == []
    assert found["weight"].tolist() == [3.0, 4.0]
    assert found["shop"].tolist()[0] == "west"
    assert found["shop"].isna().tolist() == [False, True]
    assert list(found) == ["weight", "shop"]


def test_a_missing_feature_and_text_among_numbers_are_broken() -> None:
    found, broken = fitting(pd.DataFrame({"weight": ["3", "heavy"]}), BEFORE)
    assert broken == [("weight", "holds text, such as 'heavy'"), ("shop", "is missing")]
    assert found["weight"].isna().tolist() == [False, True]
    assert found["shop"].isna().all()
