"""Looking back: by hand, and against a loop over all events that reads nothing later than the moment."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.features.history import average_recent, find_latest, lag_values
from lifecycle.errors import WrongValue

NAN = float("nan")
START = pd.Timestamp("2013-03-01T00:00Z")


def at(*minutes):
    """Instants so many minutes after START."""
    return pd.to_datetime([pd.NaT if m is None else START + pd.Timedelta(minutes=m) for m in minutes], utc=True)


def events(moments, known, values, places):
    return pd.DataFrame(
        {
            "prediction_time": at(*moments),
            "known": at(*known),
            "value": pd.array(values, dtype="Float64"),
            "place": places,
        }
    )


def mean(table, past, windows, by=("place",)):
    found = average_recent(
        table,
        past,
        prediction_time="prediction_time",
        value="value",
        known_at="known",
        by=list(by),
        windows=windows,
        name="m",
    )
    return {name: column.tolist() for name, column in found.items()}


def last(table, past, by=("place",)):
    found = find_latest(
        table, past, prediction_time="prediction_time", value="value", known_at="known", by=list(by), name="l"
    )
    return {name: column.tolist() for name, column in found.items()}


def nth(table, past, steps, by=("place",)):
    found = lag_values(
        table,
        past,
        prediction_time="prediction_time",
        value="value",
        known_at="known",
        by=list(by),
        steps=steps,
        name="n",
    )
    return {name: column.tolist() for name, column in found.items()}


def equal(found, expected):
    return np.array_equal(np.array(found, dtype=float), np.array(expected, dtype=float), equal_nan=True)


def test_recent_means_by_hand():
    table = events([0, 60, 120, 120], [30, 90, 150, 100], [4, 8, 16, 2], ["A", "A", "A", "B"])
    found = mean(table, table, ["1h", "2h"])
    assert list(found) == ["m_1h", "m_2h"]
    assert equal(found["m_1h"], [NAN, 4, 8, 2])
    assert equal(found["m_2h"], [NAN, 4, 6, 2])


def test_an_event_counts_from_the_instant_it_is_known_and_leaves_after_exactly_one_window():
    past = events([0], [60], [7], ["A"])
    asking = events([59, 60, 119, 120], [None] * 4, [None] * 4, ["A"] * 4)
    assert equal(mean(asking, past, ["1h"])["m_1h"], [NAN, 7, 7, NAN])


def test_recent_without_groups_looks_at_all_events():
    table = events([0, 60], [10, None], [3, 9], ["A", "B"])
    assert equal(mean(table, table, ["1h"], by=())["m_1h"], [NAN, 3])


def test_missing_values_and_missing_times_are_no_events():
    past = events([0, 0, 0], [10, None, 20], [None, 5, 6], ["A", "A", "A"])
    asking = events([30], [None], [None], ["A"])
    assert mean(asking, past, ["1h"])["m_1h"] == [6.0]
    assert last(asking, past)["l"] == [6.0]


def test_latest_gives_the_value_and_its_age_in_hours():
    past = events([0, 0, 0], [10, 20, 70], [1, 2, 3], ["A", "A", "A"])
    asking = events([5, 50, 70, 50], [None] * 4, [None] * 4, ["A", "A", "A", "B"])
    found = last(asking, past)
    assert equal(found["l"], [NAN, 2, 3, NAN])
    assert equal(found["l_age"], [NAN, 0.5, 0.0, NAN])


def test_latest_knows_nothing_of_a_row_without_a_group():
    past = events([0], [10], [1], [None])
    asking = events([50], [None], [None], [None])
    assert equal(last(asking, past)["l"], [NAN])


def test_lags_give_the_last_known_value_and_those_before_it():
    past = events([0, 0, 0, 0], [10, 70, 20, 30], [1, 3, 2, 9], ["A", "A", "A", "B"])
    asking = events([15, 50, 70, 50, 50], [None] * 5, [None] * 5, ["A", "A", "A", "B", None])
    found = nth(asking, past, [1, 2, 3])
    assert list(found) == ["n_1", "n_2", "n_3"]
    assert equal(found["n_1"], [1, 2, 3, 9, NAN])
    assert equal(found["n_2"], [NAN, 1, 2, NAN, NAN])
    assert equal(found["n_3"], [NAN, NAN, 1, NAN, NAN])


def test_lags_without_groups_look_at_all_events():
    table = events([0, 60], [10, None], [3, 9], ["A", "B"])
    assert equal(nth(table, table, [1], by=())["n_1"], [NAN, 3])


@pytest.mark.parametrize("step", [0, -1])
def test_a_lag_that_looks_ahead_is_rejected(step):
    table = events([0], [10], [3], ["A"])
    with pytest.raises(WrongValue, match="steps are") as caught:
        nth(table, table, [1, step])
    assert caught.value.where == "conf/features/, key steps of n"


def test_the_index_of_the_table_is_kept():
    table = events([0, 60], [10, None], [3, 9], ["A", "A"]).set_index(pd.Index([7, 3]))
    arguments = {
        "prediction_time": "prediction_time",
        "value": "value",
        "known_at": "known",
        "by": ["place"],
        "name": "m",
    }
    assert average_recent(table, table, windows=["1h"], **arguments).index.tolist() == [7, 3]
    assert find_latest(table, table, **arguments).index.tolist() == [7, 3]
    assert lag_values(table, table, steps=[1], **arguments).index.tolist() == [7, 3]


def test_a_table_without_events_gives_missing_values():
    asking = events([50], [None], [None], ["A"])
    assert equal(mean(asking, asking, ["1h"])["m_1h"], [NAN])
    assert equal(last(asking, asking)["l"], [NAN])
    assert equal(nth(asking, asking, [1])["n_1"], [NAN])


def test_values_of_another_group_do_not_round_the_mean():
    table = events([0, 0, 60], [10, 10, None], [1e17, 0.1, 0], ["A", "B", "B"])
    assert mean(table, table, ["1h"])["m_1h"][2] == 0.1
    smaller = table.assign(value=[1.0, 0.1, 0.0])
    assert mean(smaller, smaller, ["1h"])["m_1h"][2] == 0.1


def test_an_infinite_value_is_no_event():
    past = events([0, 0, 0], [10, 20, 30], [1, float("inf"), -float("inf")], ["A", "A", "A"])
    asking = events([30], [None], [None], ["A"])
    assert mean(asking, past, ["1h"])["m_1h"] == last(asking, past)["l"] == nth(asking, past, [1])["n_1"] == [1.0]


def test_a_mean_beyond_the_range_of_doubles_is_missing():
    past = events([0, 0], [10, 20], [1.7e308, 1.7e308], ["A", "A"])
    asking = events([30, 15], [None, None], [None, None], ["A", "A"])
    assert equal(mean(asking, past, ["1h"])["m_1h"], [NAN, 1.7e308])


def test_of_events_known_at_one_instant_the_later_row_is_the_later_event():
    past = events([0, 0, 0], [10, 10, 10], [3, 1, 2], ["A", "A", "A"])
    asking = events([30], [None], [None], ["A"])
    assert last(asking, past)["l"] == [2.0]
    assert nth(asking, past, [1, 2, 3]) == {"n_1": [2.0], "n_2": [1.0], "n_3": [3.0]}


minute = st.integers(0, 400)
event = st.tuples(
    minute,
    st.one_of(st.none(), minute),
    st.one_of(st.none(), st.integers(-1000, 1000)),
    st.sampled_from(["A", "B", None]),
)


@settings(max_examples=60, deadline=None)
@given(past=st.lists(event, min_size=1, max_size=25), asking=st.lists(event, min_size=1, max_size=10))
def test_all_agree_with_a_loop_over_all_events(past, asking):
    first, second = events(*zip(*past, strict=True)), events(*zip(*asking, strict=True))
    found, newest, earlier = mean(second, first, ["1h", "3h"]), last(second, first), nth(second, first, [1, 2])
    for row, (now, _, _, place) in enumerate(asking):
        known = [
            (when, value)
            for _, when, value, group in past
            if place is not None and when is not None and value is not None and when <= now and group == place
        ]
        for name, width in (("m_1h", 60), ("m_3h", 180)):
            inside = [value for when, value in known if when > now - width]
            assert equal(found[name][row], np.mean(inside) if inside else NAN)
        in_order = [value for _, value in sorted(known, key=lambda event: event[0])]
        for step in (1, 2):
            assert equal(earlier[f"n_{step}"][row], in_order[-step] if len(in_order) >= step else NAN)
        newest_time = max((when for when, _ in known), default=None)
        if newest_time is None:
            assert np.isnan(newest["l"][row]) and np.isnan(newest["l_age"][row])
        else:
            assert newest["l"][row] == [value for when, value in known if when == newest_time][-1]
            assert newest["l_age"][row] == (now - newest_time) / 60


small = st.floats(-1e-300, 1e-300)
number = st.one_of(st.floats(-1e300, 1e300), small, st.sampled_from([0.1, 5e-324, -0.0, 1e300, 2.5]))
told = st.tuples(minute, minute, number, st.sampled_from(["A", "B"]))
asked = st.tuples(minute, st.none(), st.none(), st.sampled_from(["A", "B"]))


@settings(max_examples=60, deadline=None)
@given(past=st.lists(told, min_size=1, max_size=25), asking=st.lists(asked, min_size=1, max_size=5))
def test_a_mean_is_the_sum_of_fsum_divided_by_the_number(past, asking):
    found = mean(events(*zip(*asking, strict=True)), events(*zip(*past, strict=True)), ["2h"])["m_2h"]
    for row, (now, _, _, place) in enumerate(asking):
        inside = [value for _, when, value, group in past if group == place and now - 120 < when <= now]
        assert equal(found[row], math.fsum(inside) / len(inside) if inside else NAN)


@settings(max_examples=60, deadline=None)
@given(past=st.lists(told, min_size=1, max_size=25), now=minute, order=st.randoms(use_true_random=False))
def test_neither_the_order_of_the_past_nor_where_it_is_cut_changes_a_bit_of_a_mean(past, now, order):
    asking = events([now, now], [None] * 2, [None] * 2, ["A", "B"])
    whole = mean(asking, events(*zip(*past, strict=True)), ["1h", "3h"])
    shuffled = order.sample(past, len(past))
    cut = [event for event in shuffled if now - 180 < event[1] <= now] or [(0, None, None, "A")]
    for other in (shuffled, cut):
        found = mean(asking, events(*zip(*other, strict=True)), ["1h", "3h"])
        assert np.array(list(found.values())).tobytes() == np.array(list(whole.values())).tobytes()
