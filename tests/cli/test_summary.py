"""What the summary says of an ensemble."""

import re
from pathlib import Path

import pytest
from builders import releases

from lifecycle import paths
from lifecycle.cli.summary import describe_ensemble

TOP = Path(__file__).parents[2]
CHOSEN = {
    "winner": "ensemble",
    "metric": "roc_auc",
    "ensemble": {"lightgbm 3": 0.75, "linear 1": 0.25},
    "ensemble_gain": 0.00312,
}


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("conf", "params.yaml"):  # a release that nothing records is tried within the limits of conf/serve/
        Path(name).symlink_to(TOP / name)


def test_an_ensemble_is_told_with_its_gain():
    assert describe_ensemble(CHOSEN) == [
        "ensemble 2 models, roc_auc better by 0.0031 than the best alone, on held-out folds"
    ]


def test_and_with_what_its_release_costs():
    releases.write(paths.RELEASE.parent, "binary", "ensemble")
    size = (paths.RELEASE / "model.skops").stat().st_size / 1024
    (told,) = describe_ensemble(CHOSEN)
    assert re.fullmatch(rf".* on held-out folds; {size:,.0f} KiB, one row in \d+\.\d\d ms here", told)


def test_a_single_winner_is_no_ensemble():
    assert describe_ensemble(CHOSEN | {"winner": "lightgbm"}) == []
