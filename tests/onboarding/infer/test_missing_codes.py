import numpy as np
import pytest

from lifecycle.onboarding.infer.missing_codes import (
    find_sentinels,
    match_number_codes,
    match_possible_codes,
    match_sure_codes,
)


def test_sure_codes_are_matched_in_any_case() -> None:
    assert match_sure_codes(["NA", "n/a", "none", "", "x"]).tolist() == [True, True, False, True, False]


def test_na_among_two_letter_codes_is_a_value() -> None:
    assert match_sure_codes(["NA", "EU", "-"]).tolist() == [False, False, True]
    assert match_sure_codes(["NA", "EU"]).tolist() == [False, False]


@pytest.mark.parametrize(
    ("texts", "matched"),
    [
        (["+", "-"], [False, False]),
        (["-", "+", "", "n/a"], [False, False, True, True]),
        (["\u2013", "+", "++", "+/-"], [False] * 4),
        (["--", "-", "+", "++"], [False] * 4),
        (["--", "-", "+"], [True, False, False]),
        (["-", "+", "x"], [True, False, False]),
        (["-", ""], [True, True]),
    ],
)
def test_a_minus_beside_nothing_but_plus_is_a_value(texts: list[str], matched: list[bool]) -> None:
    assert match_sure_codes(texts).tolist() == matched


def test_possible_codes_are_matched_in_any_case() -> None:
    assert match_possible_codes(["None", "#REF!", "na", "0"]).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("values", "counts", "sentinels"),
    [
        ([1, 2, 3, 4, 5, -999], [1, 1, 1, 1, 1, 2], [-999.0]),
        ([1, 2, 3, 4, 5, -999], [1, 1, 1, 1, 1, 1], []),
        ([1, 2, 3, 4, -999], [1, 1, 1, 1, 2], [-999.0]),
        ([1, 2, 3, 4, 9999], [1, 1, 1, 1, 2], []),
        ([5, -999], [1, 2], []),
        ([-500, 0, 1, 2, 400, -999], [1, 1, 1, 1, 1, 2], []),
        ([1, 2, 3, 4, 5, 9999, -9], [1, 1, 1, 1, 1, 3, 2], [-9.0, 9999.0]),
    ],
)
def test_a_sentinel_is_repeated_common_and_an_outlier(
    values: list[float], counts: list[int], sentinels: list[float]
) -> None:
    assert find_sentinels(np.array(values, dtype=np.float64), counts) == sentinels


@pytest.mark.parametrize(
    ("texts", "matched"),
    [
        (["north", "-999", "south", "-999.0"], [False, True, False, True]),
        (["0", "1", "\u221299"], [False, False, True]),
        (["0", "1", "n/a", "-99"], [False, False, False, True]),
        (["0", "1", "2", "-999"], [False] * 4),
        (["1e3", "2.5e-2", "-99"], [False] * 3),
        (["5 kg", "-99"], [False] * 2),
        (["-999"], [False]),
        (["north", "-9", "999"], [False] * 3),
    ],
)
def test_negative_sentinels_among_words_or_zero_and_one(texts: list[str], matched: list[bool]) -> None:
    assert match_number_codes(texts).tolist() == matched
