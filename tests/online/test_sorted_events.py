"""Events of one group: sums stay exact and short, the order is that of knowledge."""

from array import array

import pytest

from lifecycle.online.sorted_events import RankedEvents, SummedEvents

WINDOWS = {"long": 100, "short": 3}


def summed(*events: tuple[int, float]) -> SummedEvents:
    found = SummedEvents(array("q"), array("q", [0]), 0)
    for known_at, value in events:
        found.add(known_at, value)
    return found


def average(events: SummedEvents, moment: int) -> dict[str, float]:
    averages: dict[str, float] = {}
    events.average_windows(moment, WINDOWS, averages)
    return averages


def test_windows_are_open_where_they_begin_and_closed_where_they_end() -> None:
    events = summed((10, 4.0), (7, 1.0), (8, 2.0))
    assert average(events, 10) == {"long": 7 / 3, "short": 3.0}
    assert average(events, 9) == {"long": 1.5, "short": 1.5}
    assert average(events, 6) == {}


def test_the_unit_becomes_smaller_with_the_values() -> None:
    events = summed((1, 3.0), (2, 0.25))
    assert (events.exponent, list(events.totals)) == (-2, [0, 12, 13])
    events.add(0, 2.0)
    assert list(events.totals) == [0, 8, 20, 21]


def test_sums_are_words_until_they_are_too_long() -> None:
    events = summed((1, 1.0), (2, 2.0))
    assert isinstance(events.totals, array)
    events.add(3, 1e300)
    assert isinstance(events.totals, list)
    events.remove(3, 1e300)
    assert events.totals == [0, 1, 3]


def test_a_unit_far_smaller_than_the_values_takes_long_sums() -> None:
    events = summed((1, 1e300), (2, 5e-324))
    assert events.exponent == -1074
    assert average(events, 2) == {"long": 5e299, "short": 5e299}
    events.remove(1, 1e300)
    assert average(events, 2) == {"long": 5e-324, "short": 5e-324}


def test_what_is_forgotten_changes_no_later_mean() -> None:
    events = summed((1, 1e17), (2, 0.5), (3, 0.25))
    events.forget_until(1)
    assert (len(events.known_at), len(events.totals)) == (2, 3)
    assert average(events, 3) == {"long": 0.375, "short": 0.375}


@pytest.mark.parametrize("known_at", [0, 2, 4])
def test_an_event_that_is_not_there_cannot_be_taken_out(known_at: int) -> None:
    with pytest.raises(KeyError):
        summed((1, 1.0), (3, 1.0)).remove(known_at, 1.0)


def test_ranked_events_are_ordered_by_time_and_tie() -> None:
    events = RankedEvents(array("q"), [], array("d"))
    for known_at, tie, value in [(2, "b", 1.0), (1, "c", 2.0), (2, "a", 3.0), (3, "a", 4.0), (2, "c", 5.0)]:
        events.add(known_at, tie, value)
    assert list(events.values) == [2.0, 3.0, 1.0, 5.0, 4.0]
    assert (events.count_until(2), events.count_until(0), events.holds(2, "b"), events.holds(3, "b")) == (
        4, 0, True, False,
    )  # fmt: skip
    events.remove(2, "b")
    assert list(events.values) == [2.0, 3.0, 5.0, 4.0]
    with pytest.raises(KeyError):
        events.remove(2, "b")


def test_the_last_events_by_a_moment_are_kept() -> None:
    events = RankedEvents(array("q"), [], array("d"))
    for known_at in (1, 2, 3, 4):
        events.add(known_at, "", float(known_at))
    events.forget_until(1, 1)
    assert (list(events.values), events.is_cut) == ([1.0, 2.0, 3.0, 4.0], False)
    events.forget_until(3, 2)
    assert (list(events.values), events.is_cut) == ([2.0, 3.0, 4.0], True)
