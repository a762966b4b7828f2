"""The preprocessing of one row as plain functions: exactly what the table gives, for steps that add columns."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from lifecycle import config
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe, make_inputs, trace_features
from lifecycle.options import Call
from lifecycle.release.fields import Field
from lifecycle.serving.row_inputs import as_numbers, compile_inputs, list_levels

FIELDS = [
    *(Field(name, "number", nullable=True) for name in ("size", "weight")),
    *(Field(name, "text", nullable=True) for name in ("city", "plan", "city_and_plan")),
]
OPTIONS = ("binned", "counted", "crossed", "crossed_encoded")
CITY = st.none() | st.sampled_from(["north", "south", "seldom", "never seen", "", "(rare)"])
NUMBER = st.none() | st.floats(-50, 50) | st.sampled_from([0.0, 1e12, -5e-324])
ROW = st.tuples(NUMBER, NUMBER, CITY, st.none() | st.sampled_from(["day", "night", "x"]), CITY)


def build_rows(count: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    """Train rows with gaps, and labels that two texts decide together."""
    random = np.random.default_rng(0)
    city, plan = random.choice(["north", "south", "seldom"], count, p=[0.5, 0.49, 0.01]), random.random(count) < 0.5
    table = pd.DataFrame(
        {
            "size": pd.Series(random.normal(size=count)).mask(random.random(count) < 0.1),
            "weight": random.integers(0, 4, count) * 1.0,
            "city": pd.Series(city, dtype="str").mask(random.random(count) < 0.05),
            "plan": pd.Series(np.where(plan, "day", "night"), dtype="str"),
            "city_and_plan": pd.Series(random.choice(["north", "south"], count), dtype="str"),
        }
    )
    return table, ((city == "north") ^ plan).astype(np.int64)


@pytest.fixture(scope="module", params=OPTIONS)
def fitted(request: pytest.FixtureRequest) -> Pipeline:
    """The fitted preprocessing of an option."""
    one = dataclasses.make_dataclass("One", [("inputs", Inputs)])
    inputs = config.load(one, [f"inputs={request.param}"]).inputs  # type: ignore[attr-defined]
    recipe = Recipe(option="any", estimator=Call(target="sklearn.dummy.DummyClassifier"), inputs=inputs, plan=Plan())
    table, labels = build_rows()
    return make_inputs(recipe, table, seed=1).fit(table, labels)


def as_table(rows: list[tuple[float | str | None, ...]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            one.name: pd.Series([row[place] for row in rows], dtype="str" if one.kind == "text" else "float64")
            for place, one in enumerate(FIELDS)
        }
    )


def test_any_row_is_prepared_exactly_as_in_a_table(fitted: Pipeline) -> None:
    alone = compile_inputs(fitted, FIELDS, build_rows()[0].iloc[[7]].reset_index(drop=True))

    @given(st.lists(ROW, min_size=1, max_size=4))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(rows: list[tuple[float | str | None, ...]]) -> None:
        expected = as_numbers(fitted.transform(as_table(rows)))
        for place, row in enumerate(rows):
            values = [math.nan if value is None and one.kind == "number" else value
                      for value, one in zip(row, FIELDS, strict=True)]  # fmt: skip
            np.testing.assert_array_equal(alone(values), expected[[place]])

    holds()


def test_prepared_columns_have_names_of_their_own_and_are_explained_by_occlusion(fitted: Pipeline) -> None:
    names = list(fitted.get_feature_names_out())
    assert len(set(names)) == len(names) > len(FIELDS)
    assert trace_features(fitted) is None


def test_the_texts_that_a_trial_row_takes_are_those_learned(fitted: Pipeline) -> None:
    assert list_levels(fitted)["plan"] == ["day", "night"]
