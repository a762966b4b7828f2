"""A problem of each task, small, through every stage: the numbers are those kept in tests/golden/.

The flights as they are stand in reports/, which `make audit` holds to the same bytes.
"""

import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from benchmarks.rebuild import STAGES
from lifecycle.versioning import workspace

pytestmark = pytest.mark.slow  # whole rebuilds of real problems

TOP = Path(__file__).parents[2]
GOLDEN = TOP / "tests" / "golden"
SUPERVISED, CLUSTERS = "[baseline, linear, random_forest]", "[baseline, kmeans, agglomerative]"
SMALL = {
    "wine": (SUPERVISED, {}),
    "day_profiles": (CLUSTERS, {"params.yaml": {r"^through: .*": "through: '2013-04-30'"}}),
    "flight_minutes": (
        SUPERVISED,
        {
            "params.yaml": {r"^through: .*": "through: '2013-04-30'"},
            "conf/source/flight_minutes.yaml": {r"^share: .*": "share: 0.07"},
        },
    ),
}
# The code of the copy, and the benchmark's way to run every stage of it in one process.
SOURCE = {"PYTHONPATH": os.pathsep.join(("src", str(TOP)))}


def run(problem, repository):
    candidates, changes = SMALL[problem]
    workspace.copy_sources(repository.folder)
    picks = {r"^problem: .*": f"problem: {problem}", r"^candidates: .*": f"candidates: {candidates}"}
    repository.edit("params.yaml", picks)
    for name, edits in changes.items():
        repository.edit(name, edits)
    done = repository.run(sys.executable, "-c", STAGES)
    assert done.returncode == 0, done.stderr
    return repository


def told(repository):
    """What is kept: who won, how alike clusters come out again, and every metric of the test part."""
    test, trained = repository.json("reports/test.json"), repository.json("reports/train.json")
    known = {name: trained[name] for name in ("winner", "stability") if name in trained}
    return known | {"rows": test["rows"], "metrics": test["metrics"]}


@pytest.mark.parametrize("problem", SMALL)
def test_the_numbers_are_those_that_were_kept(problem, tmp_path, monkeypatch, repository_at):
    monkeypatch.chdir(TOP)
    made = run(problem, repository_at(tmp_path / "copy", **SOURCE))
    found = told(made)
    assert (made.folder / "reports/index.html").read_text(encoding="utf-8").count("<section") == 10
    assert found == json.loads((GOLDEN / f"{problem}.json").read_text(encoding="utf-8"))


def test_every_task_has_a_problem_that_ships():
    texts = [path.read_text(encoding="utf-8") for path in (TOP / "conf" / "problem").glob("*.yaml")]
    asked = {yaml.safe_load(text)["task"] for text in texts}
    assert asked == {"binary", "multiclass", "regression", "clustering"}
