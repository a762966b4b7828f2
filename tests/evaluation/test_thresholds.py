"""The threshold with the least cost, against trying every one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.problem import Costs
from lifecycle.evaluation.thresholds import choose_threshold, compute_cost_curve, price_threshold


def total(labels, probability, threshold, costs):
    flag = probability >= threshold
    return costs.false_positive * (flag & (labels == 0)).sum() + costs.false_negative * (~flag & (labels == 1)).sum()


def test_by_hand():
    labels, probability = np.array([0, 0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    found = choose_threshold(labels, probability, Costs(false_positive=1.0, false_negative=3.0))
    assert (found.threshold, found.cost) == (0.3, 0.2)
    assert found.cost_of_none == pytest.approx(6 / 5)
    assert found.cost_of_all == pytest.approx(3 / 5)


def test_cheap_misses_flag_fewer_rows():
    labels, probability = np.array([0, 0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    assert choose_threshold(labels, probability, Costs(false_positive=3.0, false_negative=1.0)).threshold == 0.5


def test_of_equals_the_highest_is_taken():
    found = choose_threshold(np.array([0, 1]), np.array([0.8, 0.2]), Costs(false_positive=1.0, false_negative=1.0))
    assert (found.threshold, found.cost) == (0.2, 0.5)
    found = choose_threshold(
        np.array([0, 1, 0, 1]), np.array([0.2, 0.4, 0.6, 0.8]), Costs(false_positive=1.0, false_negative=1.0)
    )
    assert (found.threshold, found.cost) == (0.8, 0.25)


def test_rows_of_one_chance_are_flagged_together():
    found = choose_threshold(np.array([1, 0, 1, 0]), np.full(4, 0.25), Costs(false_positive=1.0, false_negative=3.0))
    assert (found.threshold, found.cost) == (0.25, 0.5)


def test_the_threshold_has_six_decimals():
    assert (
        choose_threshold(
            np.array([0, 1]), np.array([0.1, 0.12345678]), Costs(false_positive=1.0, false_negative=1.0)
        ).threshold
        == 0.123456
    )


rows = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.one_of(st.floats(0, 1), st.integers(0, 1_000_000).map(lambda n: n / 1e6), st.sampled_from([0.2, 0.5])),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(rows, st.integers(0, 5), st.integers(1, 5))
def test_no_threshold_costs_less(pairs, false_positive, false_negative):
    labels, probability = np.array([label for label, _ in pairs]), np.array([probability for _, probability in pairs])
    costs = Costs(false_positive=float(false_positive), false_negative=float(false_negative))
    found = choose_threshold(labels, probability, costs)
    assert found.cost * len(labels) == pytest.approx(total(labels, probability, found.threshold, costs))
    candidates = {np.floor(one * 1e6) / 1e6 for one in probability}
    assert found.cost * len(labels) <= min(total(labels, probability, one, costs) for one in candidates) + 1e-9
    assert found.cost_of_all * len(labels) == pytest.approx(total(labels, probability, 0.0, costs))
    assert found.cost_of_none * len(labels) == pytest.approx(total(labels, probability, 2.0, costs))


@pytest.mark.parametrize("step", [1, 7, 123_457, 999_999])
def test_a_chance_just_below_a_step_is_counted_as_it_will_be_flagged(step):
    probability = np.nextafter(np.array([step / 1e6, step / 1e6]), [0.0, 1.0])
    labels, costs = np.array([1, 0]), Costs(false_positive=1.0, false_negative=3.0)
    found = choose_threshold(labels, probability, costs)
    assert found.cost * 2 == total(labels, probability, found.threshold, costs)


def test_curve_by_hand():
    labels, probability = np.array([0, 1]), np.array([0.4, 0.6])
    found = compute_cost_curve(labels, probability, Costs(false_positive=1.0, false_negative=3.0), points=3)
    assert found["threshold"].tolist() == [0.0, 0.5, 1.0]
    assert found["cost"].tolist() == [0.5, 0.0, 1.5]


def test_priced_by_hand():
    labels, probability = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.5, 0.9])
    found = price_threshold(labels, probability, 0.55, Costs(false_positive=1.0, false_negative=3.0))
    assert (found.threshold, found.cost, found.cost_of_none, found.cost_of_all) == (0.55, 1.0, 1.5, 0.5)
