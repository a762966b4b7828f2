"""The problems about flights, small, through every stage: the numbers are those kept in tests/flights/golden/.

The flights as they are stand in reports/, which `make audit` holds to the same bytes.
"""

from pathlib import Path

import pytest
import yaml
from builders import golden

pytestmark = pytest.mark.slow  # whole rebuilds of real problems

TOP = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
SMALL = {
    "day_profiles": (["baseline", "kmeans", "agglomerative"], {}),
    "flight_minutes": (
        ["baseline", "linear", "random_forest"],
        {"conf/source/flight_minutes.yaml": {r"^share: .*": "share: 0.07"}},
    ),
}


@pytest.mark.parametrize("problem", SMALL)
def test_the_numbers_are_those_that_were_kept(problem, tmp_path, repository_at):
    candidates, changes = SMALL[problem]
    place = repository_at(tmp_path / "copy")
    made = golden.build(place, changes, problem=problem, candidates=candidates, through="2013-04-30")
    assert golden.count_sections(made) == 10
    assert golden.find_false(made) == []
    assert golden.read_numbers(made) == golden.read_golden(GOLDEN / f"{problem}.json")


def test_every_task_has_a_problem_that_ships():
    texts = [path.read_text(encoding="utf-8") for path in (TOP / "conf" / "problem").glob("*.yaml")]
    asked = {yaml.safe_load(text)["task"] for text in texts}
    assert asked == {"binary", "multiclass", "regression", "clustering"}
