import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from sklearn.base import clone

from lifecycle.errors import WrongValue
from lifecycle.modeling.estimators.quantiles import Quantiles

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {"x": RANDOM.uniform(0, 4, 2000), "kind": pd.Categorical(np.array(["a", "b"])[RANDOM.integers(0, 2, 2000)])}
)
LABELS = TABLE["x"].to_numpy() + RANDOM.normal(size=2000) * np.where(TABLE["kind"] == "b", 2, 1)


def test_ends_hold_as_many_rows_as_they_say():
    found = Quantiles(n_estimators=60, random_state=1).fit(TABLE, LABELS).predict(TABLE)
    assert found.shape == (2000, 3)
    below = (LABELS[:, None] < found).mean(axis=0)
    assert below.tolist() == pytest.approx([0.1, 0.5, 0.9], abs=0.04)
    wide = (found[:, 2] - found[:, 0]).reshape(-1)
    assert wide[TABLE["kind"] == "b"].mean() > 1.5 * wide[TABLE["kind"] == "a"].mean()


def test_ends_that_cross_are_put_in_order():
    crossing = Quantiles(low=0.45, high=0.55, n_estimators=80, min_child_samples=2, random_state=1)
    fitted = crossing.fit(TABLE.iloc[:300], LABELS[:300])
    apart = np.column_stack([model.predict(TABLE) for model in fitted.models_])
    found = fitted.predict(TABLE)
    assert (np.diff(apart, axis=1) < 0).any()
    assert (np.diff(found, axis=1) >= 0).all()
    np.testing.assert_array_equal(found, np.sort(apart, axis=1))


def test_arguments_are_lightgbms():
    fitted = clone(Quantiles(n_estimators=3, num_leaves=5, reg_lambda=2.0, random_state=1)).fit(TABLE, LABELS)
    alone = LGBMRegressor(
        objective="quantile", alpha=0.9, n_estimators=3, num_leaves=5, reg_lambda=2.0, learning_rate=0.05,
        min_child_samples=50, random_state=1, verbose=-1, deterministic=True, force_row_wise=True,
    )  # fmt: skip
    np.testing.assert_array_equal(fitted.models_[2].predict(TABLE), alone.fit(TABLE, LABELS).predict(TABLE))


def test_missing_values_are_taken():
    gaps = TABLE.assign(x=TABLE["x"].mask(TABLE["x"] > 3), kind=TABLE["kind"].mask(TABLE["x"] < 1))
    assert np.isfinite(Quantiles(n_estimators=5).fit(gaps, LABELS).predict(gaps)).all()


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.9), (0.6, 0.9), (0.1, 0.4), (0.1, 1.0)])
def test_ends_on_one_side_are_rejected(low, high):
    with pytest.raises(WrongValue, match=f"low {low} and high {high}"):
        Quantiles(low=low, high=high).fit(TABLE, LABELS)
