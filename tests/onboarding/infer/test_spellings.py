"""Spellings of one category."""

import numpy as np
import pytest

from lifecycle.onboarding.infer.spellings import fold_text, join_spellings


def test_the_most_frequent_spelling_is_the_name_and_the_first_in_the_alphabet_where_all_are_alike() -> None:
    found = join_spellings(["oslo", "Oslo", "OSLO", "Rome", "rome"], np.array([1, 3, 1, 2, 2]))
    assert found.spellings == {"Oslo": ("OSLO", "oslo"), "Rome": ("rome",)}
    assert (found.places.tolist(), found.apart) == ([1, 1, 1, 3, 3], ())


@pytest.mark.parametrize(("counts", "apart"), [([9, 5, 1], ("M", "m")), ([5, 5, 1], ("M", "m")), ([90, 5, 1], ())])
def test_letters_in_both_cases_stay_apart_unless_one_is_a_slip(counts: list[int], apart: tuple[str, ...]) -> None:
    assert join_spellings(["M", "m", "f"], np.array(counts)).apart == apart


def test_a_mark_in_both_cases_is_one() -> None:
    assert join_spellings(["X", "x"], np.array([1, 1])).spellings == {"X": ("x",)}
    assert join_spellings(["M", "m"], np.array([1, 1])).spellings == {}


def test_keys_that_differ_in_case_are_two() -> None:
    texts = [f"k{place}" for place in range(60)]
    assert join_spellings([*texts, "aB", "Ab"], np.ones(62, dtype=np.int64)).spellings == {}
    assert join_spellings([*texts, "aB", "Ab"], np.full(62, 3)).spellings == {"Ab": ("aB",)}


def test_more_spellings_than_a_schema_holds_are_named() -> None:
    texts = [text for place in range(101) for text in (f"A{place}", f"a{place}")]
    found = join_spellings(texts, np.full(202, 2))
    assert (found.spellings, found.apart) == ({}, ("A0", "a0"))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("New  York", "new york", True),
        ("café", "cafe\u0301", True),
        ("Straße", "STRASSE", True),
        ("\uff21\u00a0B", "a b", True),
        ("m²", "m2", False),
        ("cafe", "café", False),
    ],
)
def test_what_differs_in_case_blanks_or_form_is_alike(one: str, other: str, alike: bool) -> None:
    assert (fold_text(one) == fold_text(other)) is alike
