"""Readings that jump away from the ones before them are blanked, and nothing else."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.steps.noise import blank_spikes, smooth


def blanked(rows: pd.DataFrame, limit: float = 3.0) -> list[float]:
    """The speeds after blanking; a blank is -1."""
    made = blank_spikes(
        {"wind": rows}, table="wind", by="place", order="hour", columns=["speed"], readings=3, limit=limit
    )
    pd.testing.assert_frame_equal(made["wind"].drop(columns="speed"), rows.drop(columns="speed"))
    return made["wind"]["speed"].fillna(-1.0).to_list()


def wind(*speeds: float | None, place: str = "A") -> pd.DataFrame:
    """Hourly readings of one place."""
    return pd.DataFrame({"place": place, "hour": range(len(speeds)), "speed": pd.Series(speeds, dtype="float64")})


def test_a_spike_is_blanked() -> None:
    assert blanked(wind(10, 11, 10, 11, 1048, 11)) == [10, 11, 10, 11, -1, 11]


def test_a_step_below_one_counts_as_one() -> None:
    assert blanked(wind(10, 10, 10, 10, 13, 10)) == [10, 10, 10, 10, 13, 10]
    assert blanked(wind(10, 10, 10, 10, 13.1, 10)) == [10, 10, 10, 10, -1, 10]


def test_the_first_readings_have_too_little_before_them() -> None:
    assert blanked(wind(10, 1000, 10)) == [10, 1000, 10]


def test_only_earlier_readings_of_the_same_place_are_looked_at() -> None:
    both = pd.concat([wind(10, 10, 10, 10, 11), wind(900, 900, 900, 900, 901, place="B")])
    shuffled = both.reset_index(drop=True).iloc[[7, 2, 9, 4, 0, 1, 8, 3, 6, 5]].reset_index(drop=True)
    made = blank_spikes(
        {"wind": shuffled}, table="wind", by="place", order="hour", columns=["speed"], readings=3, limit=3.0
    )
    pd.testing.assert_frame_equal(made["wind"], shuffled)


def test_what_comes_later_changes_nothing_before_it() -> None:
    whole = blanked(wind(10, 11, 12, 40, 11, 500, 12, 11))
    for end in range(1, 8):
        assert blanked(wind(10, 11, 12, 40, 11, 500, 12, 11).head(end)) == whole[:end]


def test_missing_readings_stay_missing() -> None:
    assert blanked(wind(10, None, 10, 11, 10, 11)) == [10, -1, 10, 11, 10, 11]


def test_a_mean_step_is_exact_so_that_a_departure_of_just_the_limit_is_no_noise() -> None:
    assert blanked(wind(8, 9.5, 8, 9.5, 8, 12.5)) == [8, 9.5, 8, 9.5, 8, 12.5]
    assert blanked(wind(8, 9.5, 8, 9.5, 8, 12.6)) == [8, 9.5, 8, 9.5, 8, -1]


reading = st.one_of(st.none(), st.floats(0, 100), st.sampled_from([8.05546, 9.20624, 12.658579999999999]))


@given(st.lists(reading, min_size=1, max_size=20))
def test_no_reading_before_the_last_ones_has_a_say(speeds: list[float | None]) -> None:
    whole, cut = wind(*speeds), wind(*speeds).tail(5)
    assert blanked(cut)[-1:] == blanked(whole)[-1:]


def test_readings_without_a_place_and_infinite_ones_stay() -> None:
    nowhere = wind(10, 10, 10, 10, 500).assign(place=None)
    assert blanked(nowhere) == [10, 10, 10, 10, 500]
    assert blanked(wind(10, float("inf"), 10, 10, 10, 10)) == [10, float("inf"), 10, 10, 10, 10]


def smoothed(rows: pd.DataFrame) -> list[float]:
    """The speeds as medians of three; a missing one is -1."""
    made = smooth({"wind": rows}, table="wind", by="place", order="hour", columns=["speed"], readings=3)["wind"]
    pd.testing.assert_frame_equal(made.drop(columns="speed"), rows.drop(columns="speed"))
    return made["speed"].fillna(-1.0).to_list()


def test_a_smooth_reading_is_the_median_of_the_last() -> None:
    assert smoothed(wind(10, 12, 50, 11, 13)) == [10, 11, 12, 12, 13]


def test_smooth_keeps_missing_readings_and_the_order_of_rows() -> None:
    assert smoothed(wind(10, None, 12)) == [10, -1, 11]
    both = pd.concat([wind(10, 12, 14), wind(900, 902, 904, place="B")]).iloc[[4, 2, 0, 3, 1, 5]]
    assert smoothed(both.reset_index(drop=True)) == [901, 12, 10, 900, 11, 902]


def test_smooth_looks_back_only() -> None:
    whole = smoothed(wind(10, 11, 12, 40, 11, 500, 12, 11))
    for end in range(1, 8):
        assert smoothed(wind(10, 11, 12, 40, 11, 500, 12, 11).head(end)) == whole[:end]
