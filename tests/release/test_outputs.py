"""Output columns: nine significant digits, the same for one row as for many."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from lifecycle.release import outputs


def test_a_probability_is_compared_with_the_threshold_in_nine_digits():
    found = outputs.tabulate_outputs("binary", (), 0.3333333331, np.array([1 / 3, 0.3333333335]))
    assert found["probability"].tolist() == [0.333333333, 0.333333334]
    assert found["predicted"].tolist() == [False, True]


def test_several_classes_have_the_most_probable_one_and_a_probability_each():
    found = outputs.tabulate_outputs("multiclass", ("red", "blue"), None, np.array([[0.2, 0.8], [0.5, 0.5]]))
    assert {name: values.tolist() for name, values in found.items()} == {
        "predicted": ["blue", "red"],
        "probability_red": [0.2, 0.5],
        "probability_blue": [0.8, 0.5],
    }


def test_numbers_have_nine_significant_digits():
    found = outputs.round_significant(np.array([1 / 3, 2 / 3e5, -12345678.87654, 0.0, 1e300, 123456789012.5, np.nan]))
    assert found[:4].tolist() == [0.333333333, 6.66666667e-06, -12345678.9, 0.0]
    np.testing.assert_allclose(found[4:6], [1e300, 123456789000.0], rtol=1e-15)
    assert np.isnan(found[6])


@given(st.floats())
@example(np.nextafter(1e-12, 1))
@example(99999999.99999999)
@example(0.9999999995)
def test_a_value_alone_is_rounded_as_among_many(value):
    alone, among = outputs.round_significant(np.array([value])), outputs.round_significant(np.full(100, value))
    np.testing.assert_array_equal(alone, among[:1], strict=True)
    assert np.signbit(alone) == np.signbit(among[:1])
