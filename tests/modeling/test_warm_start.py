"""A candidate that goes on from the model of an earlier revision, on the small repository."""

from pathlib import Path

import pytest

from lifecycle.modeling.persistence import read_model
from lifecycle.versioning import rebuild

pytestmark = pytest.mark.slow  # a whole loop

CONTINUED = "conf/model/continued.yaml"


@pytest.fixture(scope="module")
def grown(small, tmp_path_factory):
    """Two data versions: the first one's model is LightGBM's, the second one's candidates may start from it."""
    repository = small.copy(tmp_path_factory.mktemp("grown") / "repository")
    repository.edit(
        "params.yaml", {"^candidates: .*": "candidates: [lightgbm]", "^through: .*": "through: '2013-06-30'"}
    )
    repository.repro("train")
    committed(repository, "first")
    repository.edit(
        "params.yaml",
        {"^candidates: .*": "candidates: [lightgbm, continued]", "^through: .*": "through: '2013-12-31'"},
    )
    repository.edit(CONTINUED, {"^warm_start_from: .*": "warm_start_from: first", "^rounds: .*": "rounds: 20"})
    repository.repro("train")
    return repository


def committed(repository, tag):
    for command in (
        ("git", "add", "--all"),
        ("git", "-c", "user.name=A Tester", "-c", "user.email=tester@example.org", "commit", "-qm", tag),
        ("git", "tag", tag),
    ):
        assert repository.run(*command).returncode == 0


def test_it_is_compared_with_training_from_scratch_on_the_folds_that_are_fair(grown):
    found = grown.json("reports/select.json")
    assert {one["option"] for one in found["candidates"]} == {"lightgbm", "continued"}
    assert found["folds"] == [1]
    best = grown.json("reports/tune/continued/best.json")
    assert best["unjudged"] == [0]
    commit = grown.run("git", "rev-parse", "first").stdout.strip()
    assert best["recipe"]["estimator"]["arguments"]["warm_start_from"] == commit


def test_it_can_win_and_its_model_answers_from_its_file(grown, tmp_path, monkeypatch):
    repository = grown.copy(tmp_path / "copy")
    repository.edit("params.yaml", {"^candidates: .*": "candidates: [continued]"})
    repository.repro("evaluate")
    pipeline = read_model(repository.folder / "models/model.skops")["pipeline"]
    recipe = repository.json("reports/winner.json")["recipe"]
    assert type(pipeline["estimator"]).__name__ == "ContinuedClassifier"
    assert pipeline["estimator"].model_.booster_.num_trees() > recipe["estimator"]["arguments"]["rounds"]
    said = repository.json("reports/train.json")
    assert said["model"]["rows"] < repository.json("reports/split.json")["parts"]["train"]["rows"]
    monkeypatch.chdir(repository.folder)
    again = rebuild.rebuild_stages(["train"], tmp_path / "another copy", {"PYTHONHASHSEED": "3"}, tmp_path / "log")
    assert again["stages"]["train"] == repository.yaml("dvc.lock")["stages"]["train"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"^warm_start_from: .*": "warm_start_from: null"}, "no revision is named"),
        ({"^warm_start_from: .*": "warm_start_from: fist"}, "there is no revision 'fist'"),
        ({"^warm_start_from: .*": "warm_start_from: second"}, "has learned from"),
    ],
)
def test_a_start_that_cannot_be_fair_is_rejected_in_three_lines(grown, tmp_path, change, said):
    repository = grown.copy(tmp_path / "copy")
    committed(repository, "second")
    repository.edit(CONTINUED, change)
    done = repository.stage(
        "tune", "problem=generated", "schema=generated", "model=continued", "reduce=none", "augment=none",
        "search=bayesian", "seed=1",
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr
    assert [line.split(":")[0] for line in done.stderr.strip().splitlines()[-3:]] == ["error", "where", "next"]
    assert Path(repository.folder / "reports/tune/continued/best.json").exists()
