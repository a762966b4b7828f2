"""Options under names that a later engine has given them."""

import pytest

from lifecycle.errors import WrongValue
from lifecycle.onboarding.renames import Renamed, has_key, list_renames, rename_options

ROWS = Renamed("0.2.0", "search", ("rows",), "sampled_rows")
DEEP = Renamed("0.3.0", "monitor", ("limits", "drift"), "shift")


def test_only_the_group_and_the_key_of_a_rename_are_meant() -> None:
    assert list_renames({"rows": 3}, "search", [ROWS, DEEP]) == [ROWS]
    assert list_renames({"rows": 3}, "monitor", [ROWS, DEEP]) == []
    assert list_renames({"limits": {"drift": 0.1}}, "monitor", [ROWS, DEEP]) == [DEEP]


@pytest.mark.parametrize("options", [{}, {"limits": None}, {"limits": [1]}, {"limits": {"other": 1}}, None, []])
def test_options_without_the_key(options: object) -> None:
    assert not has_key(options, ("limits", "drift"))


def test_a_key_is_renamed_and_no_byte_beside_it() -> None:
    text = "# The budget.\nrows: 3 # rows: few\nlimits: {drift: 0.1, rows: 2}\n"
    assert rename_options(text, [ROWS, DEEP], "conf/x.yaml") == (
        "# The budget.\nsampled_rows: 3 # rows: few\nlimits: {shift: 0.1, rows: 2}\n"
    )


def test_an_option_with_both_names_is_left_to_a_person() -> None:
    with pytest.raises(WrongValue) as error:
        rename_options("rows: 3\nsampled_rows: 4\n", [ROWS], "conf/search/own.yaml")
    assert str(error.value).splitlines() == [
        "error: conf/search/own.yaml has rows and sampled_rows, the new name of the same",
        "where: conf/search/own.yaml",
        "next:  take one of both out of conf/search/own.yaml",
    ]


def test_a_rename_says_the_whole_path() -> None:
    assert str(DEEP) == "limits.drift → limits.shift (since 0.3.0)"
