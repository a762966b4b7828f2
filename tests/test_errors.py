"""Errors: one tree, three lines, exit codes, and suggestions that are computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import errors
from lifecycle.errors import GateClosed, LifecycleError, UnknownName, name_option, suggest_name

TREE = sorted(
    name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, LifecycleError)
)


def test_an_error_is_three_lines() -> None:
    error = UnknownName("there is no 'b'", where="params.yaml, key b", todo="use 'a'")
    assert str(error) == "error: there is no 'b'\nwhere: params.yaml, key b\nnext:  use 'a'"
    assert (error.what, error.where, error.todo) == ("there is no 'b'", "params.yaml, key b", "use 'a'")


@pytest.mark.parametrize("name", TREE)
def test_exit_code_is_3_for_a_closed_gate_and_2_for_all_others(name: str) -> None:
    kind = getattr(errors, name)
    assert kind.exit_code == (3 if issubclass(kind, GateClosed) else 2)


@pytest.mark.parametrize("name", TREE)
def test_the_docstring_draws_every_error_of_the_tree(name: str) -> None:
    assert errors.__doc__ is not None
    assert name in errors.__doc__.split()


@pytest.mark.parametrize(
    ("kind", "above"),
    [
        (errors.ForbiddenTarget, errors.ConfigError),
        (errors.WrongValue, errors.ConfigError),
        (errors.LeakFound, errors.DataError),
        (errors.UnfitTable, errors.DataError),
        (errors.SourceError, errors.DataError),
        (errors.CorruptFile, errors.FileError),
        (errors.StorageFull, errors.FileError),
        (errors.MissingFile, errors.FileError),
    ],
)
def test_each_error_stands_below_its_kind(kind: type, above: type) -> None:
    assert issubclass(kind, above)


@pytest.mark.parametrize(
    ("name", "known", "clause"),
    [
        ("seeed", ["seed", "split"], "use 'seed'"),
        ("xyz", ["seed", "split"], "use one of seed, split"),
        ("xyz", [], "remove it"),
    ],
)
def test_nearest_names_the_closest_or_all(name: str, known: list[str], clause: str) -> None:
    assert suggest_name(name, known) == clause


@given(st.text(min_size=1), st.lists(st.text(min_size=1), min_size=1))
def test_nearest_suggests_known_names_only(name: str, known: list[str]) -> None:
    clause = suggest_name(name, known)
    assert clause in {f"use {entry!r}" for entry in known} | {"use one of " + ", ".join(sorted(known))}


@given(st.lists(st.text(min_size=1), min_size=1))
def test_nearest_finds_a_name_that_is_there(known: list[str]) -> None:
    assert suggest_name(known[0], known) == f"use {known[0]!r}"


def test_an_option_is_named_by_its_file_in_place_of_its_folder() -> None:
    error = UnknownName(
        "no folds", where="conf/split/, key folds", todo="folds: 2 in conf/split/, or conf/split/a.yaml"
    )
    named = name_option(error, "split", "grouped")
    assert isinstance(named, UnknownName)
    assert str(named) == (
        "error: no folds\nwhere: conf/split/grouped.yaml, key folds\n"
        "next:  folds: 2 in conf/split/grouped.yaml, or conf/split/a.yaml"
    )
