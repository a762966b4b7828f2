"""The cases of the contract tests: what they are asked about, read from the project that pytest runs in."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from lifecycle import paths
from lifecycle.errors import LifecycleError, MissingFile
from lifecycle.testing import option_files, pipeline_file

Cases = Mapping[str, Callable[[], Sequence[object]]]

PROJECT: Cases = {
    "option_file": option_files.list_option_files,
    "model_option": lambda: option_files.list_options("model"),
    "form": option_files.list_candidate_forms,
    "portfolio_entry": lambda: option_files.list_portfolio_entries(option_files.list_candidate_forms()),
    "learning_step": option_files.list_candidate_steps,
    "split_option": lambda: option_files.list_options("split"),
    "timed_split": option_files.list_timed_splits,
    "grouped_split": option_files.list_grouped_splits,
    "metric_case": option_files.list_metric_cases,
    "stage": pipeline_file.list_engine_stages,
}
ENGINE: Cases = {
    **PROJECT,
    "form": option_files.list_forms,
    "portfolio_entry": lambda: option_files.list_portfolio_entries(option_files.list_forms()),
    "learning_step": option_files.list_steps,
}


def find_top(folder: Path) -> Path:
    """The project's top folder: the nearest with a conf/, this one or one above; raises MissingFile without any."""
    for place in (folder, *folder.parents):
        if (place / paths.CONF).is_dir():
            return place
    raise MissingFile(
        f"there is no folder {paths.CONF}/, whose options the tests are about",
        where=str(folder),
        todo="cd into the folder of dvc.yaml and run pytest there",
    )


def parametrize(metafunc: pytest.Metafunc, cases: Cases) -> None:
    """Give a test one case after the other of what it asks for.

    Raises CollectError with the three lines of the engine's error where the project cannot be read.
    """
    try:
        with contextlib.chdir(find_top(metafunc.config.rootpath)):
            for name in (name for name in cases if name in metafunc.fixturenames):
                metafunc.parametrize(name, cases[name](), ids=name_case)
    except LifecycleError as error:
        raise pytest.Collector.CollectError(str(error)) from error


def name_case(case: object) -> str:
    """How a case stands in the name of its test."""
    if isinstance(case, Path):
        return f"{case.parent.name}-{case.stem}"
    return "-".join(map(str, case)) if isinstance(case, tuple) else str(case)
