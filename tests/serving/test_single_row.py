"""One row without a table: exactly the table's answers, or none."""

import math

import numpy as np
import pandas as pd
import pytest
from builders import releases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.modeling.pipeline import predict_scores
from lifecycle.release import outputs
from lifecycle.release.release import load_release
from lifecycle.serving import single_row
from lifecycle.serving.single_row import compile_release

ROW = st.tuples(
    st.none() | st.floats(-50, 50),
    st.integers(0, 23).map(float),
    st.none() | st.sampled_from(["a", "b", "c", "d-only-here", "never seen", ""]),
    st.booleans().map(float),
    st.none() | st.floats(-1e12, 1e12) | st.sampled_from([0.0, 1.0, 5e-324]),
    st.none() | st.floats(-1, 1),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rowwise")
    return {case: load_release(releases.write(folder / "-".join(case), *case)) for case in releases.CASES}


@pytest.mark.parametrize("case", releases.CASES)
def test_every_family_has_a_way_but_those_whose_table_holds_categories(made, case):
    assert (compile_release(made[case]) is None) == (case[1] == "quantile_regression")


@pytest.mark.parametrize("case", [case for case in releases.CASES if case[1] != "quantile_regression"])
def test_any_row_is_scored_exactly_as_in_a_table(made, case):
    release = made[case]
    alone = compile_release(release)

    @given(st.lists(ROW, min_size=1, max_size=4))
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(rows):
        table = pd.DataFrame(
            {
                one.name: pd.Series([row[place] for row in rows], dtype="str" if one.kind == "text" else "float64")
                for place, one in enumerate(release.contract.fields)
            }
        )
        scores = predict_scores(
            release.plan, release.pipeline["estimator"], release.pipeline["inputs"].transform(table)
        )
        for place, row in enumerate(rows):
            values = [math.nan if value is None and one.kind != "text" else value
                      for value, one in zip(row, release.contract.fields, strict=True)]  # fmt: skip
            np.testing.assert_array_equal(
                outputs.round_significant(alone(values)), outputs.round_significant(scores[[place]])
            )

    holds()


def test_a_way_that_does_not_give_the_pipelines_numbers_is_not_taken(made, monkeypatch):
    right = single_row.compile_estimator
    monkeypatch.setattr(
        single_row, "compile_estimator", lambda estimator, task: lambda row: right(estimator, task)(row) + 1e-6
    )
    assert compile_release(made["binary", "lightgbm"]) is None


def test_a_library_that_keeps_its_parts_elsewhere_has_no_way(made, monkeypatch):
    def gone(estimator, task):
        raise AttributeError("_predictors")

    monkeypatch.setattr(single_row, "compile_estimator", gone)
    assert compile_release(made["binary", "hist_gradient_boosting"]) is None
