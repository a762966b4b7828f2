"""conf/ may name what the flights' package defines, and nothing that it imports."""

from pathlib import Path

import pytest

from lifecycle import targets
from lifecycle.errors import ForbiddenTarget


@pytest.fixture(autouse=True)
def _at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])


@pytest.mark.parametrize("target", ["flights.steps.add_outcomes", "flights.source.read"])
def test_its_functions_are_found(target: str) -> None:
    assert targets.resolve(target, "conf/clean/mine.yaml").__name__ == target.rpartition(".")[2]


@pytest.mark.parametrize("target", ["flights.steps.np", "flights.source.find_spec"])
def test_what_it_imports_is_rejected(target: str) -> None:
    with pytest.raises(ForbiddenTarget):
        targets.resolve(target, "conf/clean/mine.yaml")
