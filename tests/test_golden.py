"""The wines, through every stage: the numbers are those kept in tests/golden/."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builders import golden

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # a whole rebuild


def test_the_numbers_of_the_wines_are_those_that_were_kept(
    tmp_path: Path, repository_at: Callable[..., "Repository"]
) -> None:
    candidates = ["baseline", "linear", "random_forest"]
    place = repository_at(tmp_path / "copy")
    made = golden.build(place, {}, problem="wine", candidates=candidates, through="2013-09-30")
    assert golden.count_sections(made) == 10
    assert golden.find_false(made) == []
    assert golden.read_numbers(made) == golden.read_golden(Path(__file__).parent / "golden" / "wine.json")
