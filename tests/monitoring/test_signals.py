"""When a signal is raised, by sizes and p-values typed by hand."""

import numpy as np
import pytest

from lifecycle.evaluation.bootstrap import Resampled
from lifecycle.monitoring.signals import COLUMNS, Signal, compute_standard_error, evaluate_signals

NAN = float("nan")


def signal(size: float, p_value: float, usual: float = NAN, period: str = "2013-09") -> Signal:
    return Signal(period, "drift", "price", size, 0.1, p_value, "price: 0.2", usual)


def test_a_signal_needs_its_limit_the_usual_size_and_a_small_p_value() -> None:
    signals = [signal(0.2, 0.001), signal(0.05, 0.001), signal(0.2, 0.001, usual=0.2), signal(0.2, 0.5)]
    table = evaluate_signals(signals, 0.005)
    assert list(table) == COLUMNS
    assert table["raised"].tolist() == [True, False, False, False]


def test_p_values_are_adjusted_within_a_period() -> None:
    table = evaluate_signals([signal(0.2, 0.004), signal(0.2, 1.0), signal(0.2, 0.004, period="2013-10")], 0.005)
    assert table["adjusted_p_value"].tolist() == pytest.approx([0.008, 1.0, 0.004])
    assert table["raised"].tolist() == [False, False, True]


def test_a_p_value_that_is_not_known_raises_nothing() -> None:
    assert evaluate_signals([signal(0.2, NAN)], 0.005)["raised"].tolist() == [False]


def test_where_the_usual_size_is_not_known_the_limit_alone_counts() -> None:
    signals = [signal(0.1, 0.001, NAN), signal(0.09, 0.001, NAN), signal(0.1, 0.001, 0.1), signal(NAN, 0.001, NAN)]
    assert evaluate_signals(signals, 0.005)["raised"].tolist() == [True, False, False, False]


def test_the_standard_error_leaves_out_resamples_without_a_value() -> None:
    assert compute_standard_error(Resampled(0.5, np.array([1.0, np.nan, 3.0]))) == pytest.approx(2**0.5)
    assert np.isnan(compute_standard_error(Resampled(0.5, np.array([1.0]))))
