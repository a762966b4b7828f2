"""Errors of tune name the files that hold the keys."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.stages import tune

CONFIG = cast(
    "Any",
    SimpleNamespace(
        model=SimpleNamespace(option="svm"),
        search=SimpleNamespace(option="bayesian"),
        problem=SimpleNamespace(split="grouped"),
    ),
)


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        ("conf/search/, key rows", "conf/search/bayesian.yaml, key rows"),
        ("conf/model/, key _space_", "conf/model/svm.yaml, key _space_"),
        ("conf/split/, key folds", "conf/split/grouped.yaml, key folds"),
        ("conf/model/svm.yaml, key C", "conf/model/svm.yaml, key C"),
    ],
)
def test_an_error_names_the_option_that_was_picked(folder: str, file: str) -> None:
    assert tune.name_options(WrongValue("no", where=folder, todo="correct it"), CONFIG).where == file
    assert (
        tune.name_options(UnfitTable("no", where="here", todo=f"look into {folder}"), CONFIG).todo
        == f"look into {file}"
    )
