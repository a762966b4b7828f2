"""Words and signs for yes and no."""

import pytest

from lifecycle.onboarding.infer.booleans import is_mark, is_yes_or_no, match_true, means_no


@pytest.mark.parametrize(
    ("texts", "true"),
    [
        (["yes", "no"], [True, False]),
        (["1", "0.0"], [True, False]),
        (["Yes", "Y", "TRUE", "1", "N", "off"], [True, True, True, True, False, False]),
        (["J", "N"], [True, False]),
        (["sim", "não", "S"], [True, False, True]),
        (["да", "Н", "нет"], [True, False, False]),
        (["是", "否"], [True, False]),
        (["☑", "☐"], [True, False]),
        (["+", "-"], [True, False]),
        (["\u2212", "+"], [False, True]),
        (["yes", "yes\u200b", "\ufeffno"], [True, True, False]),
    ],
)
def test_yes_and_no_in_several_languages_and_spellings(texts: list[str], true: list[bool]) -> None:
    found = match_true(texts)
    assert found is not None
    assert found.tolist() == true


@pytest.mark.parametrize(
    "texts", [["yes"], ["yes", "y"], ["S", "N"], ["o", "n"], ["yes", "no", "maybe"], ["1", "2"], ["t", "n"], []]
)
def test_other_texts_are_no_booleans(texts: list[str]) -> None:
    assert match_true(texts) is None


def test_marks_and_words() -> None:
    assert [is_mark(text) for text in ("X", "✓", "yes")] == [True, True, False]
    assert [means_no(text) for text in ("No", "N", "0.0", "yes", "X", "")] == [True, True, True, False, False, False]
    assert [is_yes_or_no(text) for text in ("Ja", "1.0", "X")] == [True, True, False]
