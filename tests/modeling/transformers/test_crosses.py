"""Crosses of categories: which pairs are kept, what they are called, and what odd rows become."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.crosses import Crosses, compute_entropy, compute_information, group_labels


def texts(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns.items()})


def build_interaction(rows: int = 400, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Labels that two columns decide together and neither alone, beside a column that tells nothing."""
    random = np.random.default_rng(seed)
    city, plan, other = (random.integers(0, 2, rows) for _ in range(3))
    table = texts(
        city=[f"c{one}" for one in city], plan=[f"p{one}" for one in plan], other=[f"o{one}" for one in other]
    )
    return table, (city ^ plan).astype(np.int64)


@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_the_pair_that_tells_only_together_is_crossed(kind: type) -> None:
    table, labels = build_interaction()
    fitted = Crosses().fit(table, labels.astype(kind))
    assert fitted.get_feature_names_out().tolist() == ["city", "plan", "other", "city_and_plan"]
    found = fitted.transform(table)
    assert_frame_equal(found[["city", "plan", "other"]], table)
    assert found["city_and_plan"].tolist() == (table["city"] + " × " + table["plan"]).tolist()


def test_columns_that_tell_on_their_own_or_nothing_are_not_crossed() -> None:
    table, _ = build_interaction(2000)
    assert Crosses().fit(table, (table["city"] == "c1").to_numpy().astype(np.int64)).pairs_ == []
    assert Crosses().fit(table, np.random.default_rng(5).integers(0, 2, 2000)).pairs_ == []
    assert Crosses().fit(table, np.zeros(2000, dtype=np.int64)).pairs_ == []


def test_a_copy_of_a_column_is_not_crossed_with_it() -> None:
    table, labels = build_interaction()
    twice = table.assign(town=table["city"])
    assert Crosses(keep=9).fit(twice, labels).pairs_ == [[0, 1], [1, 3]]


def test_no_more_crosses_than_asked_and_of_no_more_columns() -> None:
    table, labels = build_interaction()
    twice = table.assign(town=table["city"])
    assert Crosses(keep=1).fit(twice, labels).pairs_ == [[0, 1]]
    assert Crosses(columns=2).fit(twice, labels * 1.0).get_feature_names_out().shape[0] <= 5


def test_pairs_of_values_that_few_rows_have_and_unseen_values_are_rare() -> None:
    table, labels = build_interaction()
    table.loc[:4, ["city", "plan"]] = "seldom"
    fitted = Crosses(least=20).fit(table, labels)
    asked = texts(
        city=["c0", "seldom", "never seen", None], plan=["p1", "seldom", "p1", "p0"], other=["o0", None, "x", "o1"]
    )
    assert fitted.transform(asked)["city_and_plan"].tolist() == ["c0 × p1", "(rare)", "(rare)", "(rare)"]


def test_missing_values_are_a_value_of_a_cross() -> None:
    table, labels = build_interaction()
    table["plan"] = table["plan"].mask(table["plan"] == "p1")
    found = Crosses().fit(table, labels).transform(table)["city_and_plan"]
    assert set(found) == {"c0 × p0", "c0 × (missing)", "c1 × p0", "c1 × (missing)"}


def test_of_more_values_than_allowed_the_most_frequent_count() -> None:
    table, labels = build_interaction(3000)
    random = np.random.default_rng(1)
    many = random.random(3000) < 0.3
    table.loc[many, "city"] = [f"village {number}" for number in random.integers(0, 500, many.sum())]
    fitted = Crosses(most=2).fit(table, labels)
    assert fitted.values_["city"] == ["c0", "c1"]
    assert all(len(cells) <= 2 for cells in fitted.crosses_)


def test_names_and_texts_that_are_there_already_get_a_number() -> None:
    table, labels = build_interaction()
    taken = table.rename(columns={"other": "city_and_plan"})
    assert Crosses().fit(taken, labels).get_feature_names_out().tolist()[-1] == "city_and_plan+2"


@pytest.mark.parametrize("keys", [{"columns": 1}, {"keep": 0}, {"most": 0}, {"least": 0}])
def test_numbers_that_leave_nothing_to_cross_are_rejected(keys: dict[str, int]) -> None:
    with pytest.raises(WrongValue, match=f"{next(iter(keys))} {next(iter(keys.values()))}"):
        Crosses(**keys).fit(*build_interaction(40))


def test_information_is_that_of_the_shares_less_what_few_rows_pretend() -> None:
    codes = np.repeat([0, 1], 50)
    assert compute_entropy(codes) == pytest.approx(np.log(2) + 1 / 200)
    assert compute_entropy(np.zeros(100, dtype=np.int64)) == 0
    assert compute_information(codes, codes) == pytest.approx(np.log(2) + 1 / 200)
    assert compute_information(codes, np.tile([0, 1], 50)) == pytest.approx(-1 / 200)


def test_numbers_are_told_by_their_tenths() -> None:
    assert np.bincount(group_labels(np.arange(100) / 7)).tolist() == [10] * 10
    assert np.bincount(group_labels(np.array([1.0, 1.0, 1.0, 5.0]))).tolist() == [3, 1]


VALUE = st.none() | st.sampled_from(["a", "b", "(rare)", "(missing)", "a × b", " × ", ""])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(VALUE, VALUE, VALUE, st.booleans()), min_size=1, max_size=40),
    st.lists(st.tuples(VALUE, VALUE, VALUE | st.text(max_size=3)), max_size=6),
    st.booleans(),
)
def test_any_rows_are_crossed_one_by_one_as_in_a_table(
    learned: list[tuple[str | None, str | None, str | None, bool]],
    asked: list[tuple[str | None, str | None, str | None]],
    numbers: bool,
) -> None:
    one, two, three, labels = zip(*learned, strict=True)
    table = texts(one=list(one), two=list(two), three=list(three))
    fitted = Crosses(keep=2, most=3, least=1).fit(table, np.array(labels, dtype="float64" if numbers else "int64"))
    rows = texts(**{name: [row[place] for row in asked] for place, name in enumerate(table)})
    found = fitted.transform(rows)
    assert list(found) == fitted.get_feature_names_out().tolist()
    assert len(found.columns) <= 5 and not found.iloc[:, 3:].isna().any(axis=None)
    alone = [fitted.extend(row) for row in asked]
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == alone


def test_a_table_of_no_or_one_column_stays() -> None:
    table, labels = build_interaction(50)
    assert_frame_equal(Crosses().fit(table[["city"]], labels).transform(table[["city"]]), table[["city"]])


def test_columns_without_any_value_stay() -> None:
    hollow = texts(one=[None, None], two=[None, None])
    assert_frame_equal(Crosses().fit(hollow, np.array([0, 1])).transform(hollow), hollow)


def test_more_rows_than_choose_are_drawn_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lifecycle.modeling.transformers.crosses.ROWS", 200)
    table, labels = build_interaction(1000)
    one, other = (Crosses(random_state=1).fit(table, labels) for _ in range(2))
    assert one.pairs_ == other.pairs_ == [[0, 1]]
    assert one.crosses_ == other.crosses_
