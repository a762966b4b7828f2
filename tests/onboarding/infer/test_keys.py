import pytest

from lifecycle.onboarding.infer.keys import is_key_like


@pytest.mark.parametrize(
    "values",
    [
        ["550e8400-e29b-41d4-a716-446655440000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
        ["d41d8cd98f00b204e9800998ecf8427e", "0cc175b9c0f1b6a831c399e269772661"],
        ["P001", "P002", "Q117"],
        ["c-1", "c-10", "c-100"],
        ["TX/2021/0001", "TX/2021/0002"],
        ["ann@example.org", "bob@example.org"],
    ],
)
def test_keys(values: list[str]) -> None:
    assert is_key_like(values)


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["ann", "bob"],
        ["6,36,167", "66,23,974"],
        ["10:15", "03:46:00"],
        ["12km", "7km"],
        ["EUR12.50", "EUR7.00"],
        ["12.5", "-7"],
        ["Flat 12, Main St", "4 Elm St"],
    ],
)
def test_amounts_times_and_words_are_no_keys(values: list[str]) -> None:
    assert not is_key_like(values)
