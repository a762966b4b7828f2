"""The whole loop of a small project, twice, and what it finds."""

from pathlib import Path

import pytest
from builders.thin import edit, write

from lifecycle import config
from lifecycle.io.records import read_json
from lifecycle.stages import clean, collect
from lifecycle.testing import small_loop

MEAN = "  - {_target_: thin_shop.features.compare_with_mean, column: weight}\n"


def add_feature(project: Path) -> None:
    """Let the project's features compare with the mean of all rows."""
    edit(project / "conf/features/generated.yaml", "steps:\n", f"steps:\n{MEAN}")


@pytest.fixture
def cleaned(project: Path) -> Path:
    """The small project after the stages collect and clean."""
    collect.run(config.load(collect.Config))
    clean.run(config.load(clean.Config))
    return project


def test_a_feature_that_learns_from_later_rows_is_found(cleaned: Path) -> None:
    assert small_loop.list_features_looking_ahead() == []
    add_feature(cleaned)
    assert small_loop.list_features_looking_ahead() == ["weight_above_mean"]


def test_a_feature_that_learns_from_other_rows_is_found_where_rows_have_no_time(cleaned: Path) -> None:
    edit(cleaned / "conf/schema/generated.yaml", "role: time", "role: context")
    steps = "keep: [weight]\npast: []\nsteps:\n"
    write(cleaned / "conf/features/generated.yaml", steps + MEAN)
    assert small_loop.list_features_looking_ahead() == ["weight_above_mean"]


def test_fast_candidates_are_chosen_where_there_are_any(project: Path) -> None:
    assert small_loop.choose_fast_picks() == {"candidates": ["baseline", "linear"], "search": "none"}
    edit(project / "params.yaml", "candidates: [baseline, linear]", "candidates: [linear]")
    (project / "conf/search/none.yaml").unlink()
    assert small_loop.choose_fast_picks() == {"candidates": ["linear"]}


def test_files_differ_where_one_is_missing_or_has_other_bytes() -> None:
    one, other = {"a": "1", "b": "1", "c": "1"}, {"b": "1", "c": "2", "d": "1"}
    assert small_loop.list_differing(one, other) == ["a", "c", "d"]


def test_an_output_that_no_stage_wrote_is_named(project: Path) -> None:
    assert "models/model.skops" in small_loop.list_unwritten()
    write(project / "models/model.skops", "")
    assert "models/model.skops" not in small_loop.list_unwritten()


def test_a_stage_that_fails_fails_the_test_with_its_three_lines(project: Path, tmp_path: Path) -> None:
    edit(project / "dvc.yaml", "python -m lifecycle.stages.clean ", "python -m lifecycle.stages.clean sed=1 ")
    with pytest.raises(pytest.fail.Exception) as caught:
        small_loop.rebuild_sample(tmp_path / "loop", rows=100)
    assert str(caught.value).splitlines()[0] == "error: unknown key 'sed'"
    assert caught.value.pytrace is False


@pytest.mark.slow
def test_a_whole_loop_gives_the_same_bytes_twice_and_leaves_the_project_alone(project: Path, tmp_path: Path) -> None:
    before = sorted(project.rglob("*"))
    found = small_loop.rebuild_sample(tmp_path / "loop", rows=500)
    assert (found.differing, found.unwritten, found.looking_ahead) == ([], [], [])
    assert sorted(project.rglob("*")) == before
    assert {folder.name for folder in found.folders} == {"one", "another place"}
    assert read_json(found.folders[0] / "reports/quality.json")["raw_rows"] == {"orders": 500}
