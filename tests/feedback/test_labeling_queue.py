import json

import pandas as pd
import pytest

from lifecycle.feedback.labeling_queue import find_novel, measure_uncertainty, rank_rows


def answers(rows):
    made = [{"id": key, "prediction": json.dumps({"probability": probability}), "input.size": size, "input.shop": shop}
            for key, probability, size, shop in rows]  # fmt: skip
    return pd.DataFrame(made)


TRAIN = pd.DataFrame({"size": range(1000), "shop": pd.Series(["north", "south"] * 500, dtype="str")})


def test_the_uncertain_the_strange_and_the_badly_served_come_first():
    rows = answers([("sure", 0.99, 500, "south"), ("near", 0.31, 500, "south"), ("both", 0.3, 5000, "west"),
                    ("slice", 0.9, 500, "north")])  # fmt: skip
    found = rank_rows(rows, TRAIN, [("shop", "north")], threshold=0.3)
    assert found["id"].tolist()[0] == "both"
    assert found["id"].tolist()[-1] == "sure"
    assert dict(zip(found["id"], found["why"], strict=True)) == {
        "both": "uncertain, unlike the train rows",
        "near": "uncertain",
        "slice": "in a worst slice",
        "sure": "none in particular",
    }
    assert found["worth"].between(0, 1).all()


def test_rows_that_are_worth_the_same_stand_by_their_id():
    rows = answers([("b", 0.5, 1, "north"), ("a", 0.5, 1, "north")])
    assert rank_rows(rows, TRAIN, [], None)["id"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("sure", "unsure"),
    [
        ({"probability": 0.9}, {"probability": 0.5}),
        (
            {"label": "a", "probability_a": 0.9, "probability_b": 0.1},
            {"label": "a", "probability_a": 0.5, "probability_b": 0.5},
        ),
        ({"predicted": 1.0, "low": 0.9, "high": 1.1}, {"predicted": 1.0, "low": 0.0, "high": 9.0}),
    ],
)
def test_every_kind_of_answer_has_its_uncertainty(sure, unsure):
    one, other = measure_uncertainty([sure, unsure], None)
    assert one < other


def test_strange_is_beyond_the_middle_99_percent_or_never_seen():
    assert find_novel(pd.Series([2, 500, 997, None]), TRAIN["size"]).tolist() == [True, False, True, False]
    assert find_novel(pd.Series(["north", "west", None]), TRAIN["shop"]).tolist() == [False, True, False]
