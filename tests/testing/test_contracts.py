"""The contracts in a small project: they pass there, and say of each broken promise what to do."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from builders.thin import edit

from lifecycle.errors import MissingFile, UnknownName
from lifecycle.testing import cases, model_contracts, option_contracts, option_files, pipeline_contracts, step_contracts

SOURCE = Path(__file__).resolve().parents[2] / "src"
LINEAR = "sklearn.linear_model.LogisticRegression"


def run_pytest(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What pytest says in a folder, with this checkout's engine."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "200", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def said_by(test: Callable[..., object], *arguments: object) -> list[str]:
    """The lines with which a contract test fails."""
    with pytest.raises(pytest.fail.Exception) as caught:
        test(*arguments)
    assert caught.value.pytrace is False
    return str(caught.value).splitlines()


def test_an_unknown_key_is_named_with_the_nearest_one(project: Path) -> None:
    edit(project / "conf/model/linear.yaml", "_rank_: 2", "_rank_: 2\n_stoping_: {}")
    path = Path("conf/model/linear.yaml")
    assert said_by(option_contracts.test_an_option_composes_and_becomes_its_class, path) == [
        "error: unknown key '_stoping_'",
        "where: conf/model/linear.yaml, key _stoping_",
        "next:  use '_stopping_'",
    ]


def test_a_target_that_is_not_there_is_named_with_the_nearest_one(project: Path) -> None:
    edit(project / "conf/model/linear.yaml", LINEAR, f"{LINEAR}s")
    path = Path("conf/model/linear.yaml")
    assert said_by(option_contracts.test_every_target_resolves, path) == [
        "error: _target_ 'sklearn.linear_model.LogisticRegressions': sklearn.linear_model has no 'LogisticRegressions'",
        "where: conf/model/linear.yaml",
        "next:  use 'LogisticRegression'",
    ]


def test_a_target_of_another_kind_is_named_with_one_of_the_right_kind(project: Path) -> None:
    edit(project / "conf/model/linear.yaml", LINEAR, "sklearn.metrics.f1_score")
    assert said_by(option_contracts.test_every_target_resolves, Path("conf/model/linear.yaml")) == [
        "error: _target_ 'sklearn.metrics.f1_score' is not an estimator",
        "where: conf/model/linear.yaml",
        "next:  name one, such as sklearn.linear_model.LogisticRegression",
    ]


def test_a_folder_that_nothing_reads_is_named(project: Path) -> None:
    (project / "conf/modell").mkdir()
    path = Path("conf/modell/linear.yaml")
    (project / path).write_text("C: 1.0\n", encoding="utf-8")
    said = said_by(option_contracts.test_every_folder_is_a_group_of_a_stage_a_command_or_the_service, path)
    assert said[0] == "error: conf/ has a folder 'modell', which no stage, command or service reads"
    assert "model" in said[2]


def test_a_metric_in_the_wrong_direction_is_named(project: Path) -> None:
    edit(project / "conf/metric/brier.yaml", "_better_: lower", "_better_: higher")
    said = said_by(option_contracts.test_a_metric_ranks_perfect_above_shuffled, ("brier", "binary"))
    assert said == [
        "error: brier of binary is 0 for perfect predictions and 0.39 for shuffled ones: higher is not better",
        "where: conf/metric/brier.yaml, keys _better_ and _target_",
        "next:  turn _better_ round, or correct the function",
    ]


def test_a_model_that_is_not_deterministic_is_told_to_draw_from_its_seed(project: Path, tmp_path: Path) -> None:
    edit(project / "conf/model/linear.yaml", LINEAR, "thin_shop.estimators.Unsteady")
    option_contracts.test_every_target_resolves(Path("conf/model/linear.yaml"))
    assert said_by(model_contracts.test_a_model_refits_to_the_same_bytes, ("linear", "binary"), tmp_path) == [
        "error: two fits of linear on the same rows under one seed differ, so no rebuild gives the same bytes",
        "where: conf/model/linear.yaml, key _target_",
        "next:  let the estimator take random_state and draw from it alone, and sum in one order (one thread)",
    ]


def test_a_model_that_does_not_take_what_is_searched_is_told(project: Path) -> None:
    edit(project / "conf/model/linear.yaml", "low: 0.0003", "low: -1.0")
    said = said_by(model_contracts.test_a_model_takes_the_ends_of_what_is_searched, ("linear", "binary"), "low")
    assert "'C' parameter of LogisticRegression must be a float in the range (0.0, inf]. Got -1.0" in said[0]
    assert said[1].startswith("where: conf/model/linear.yaml")


def test_a_step_that_learns_while_it_transforms_is_told_to_learn_in_fit(project: Path) -> None:
    edit(project / "conf/inputs/scaled.yaml", "sklearn.preprocessing.StandardScaler", "thin_shop.transformers.Ranked")
    table = step_contracts.make_rows_to_learn()
    rows = table, step_contracts.replace_later_rows(table)
    said = said_by(step_contracts.test_a_row_does_not_depend_on_those_transformed_with_it, ("inputs", "scaled"), rows)
    assert said == [
        "error: a row comes out otherwise alone than among others: the steps learn from the rows that they transform",
        "where: conf/inputs/scaled.yaml",
        "next:  compute means, ranks and the like in fit(), and use them in transform()",
    ]


def test_an_option_that_a_stage_takes_and_dvc_yaml_does_not_list_is_named(project: Path) -> None:
    edit(project / "dvc.yaml", "    - conf/training/${training}.yaml:\n", "")
    assert said_by(pipeline_contracts.test_conf_files_that_the_stage_composes_are_params_or_deps, "train") == [
        "error: a change of conf/training/${training}.yaml would not run train again",
        "where: dvc.yaml, stage train",
        "next:  add to its params: - conf/training/${training}.yaml:",
    ]


def test_another_stage_that_reads_the_test_part_is_named(project: Path) -> None:
    before = "    - models/validation_model.skops\n    - conf/metric"
    edit(project / "dvc.yaml", before, f"    - data/sealed.parquet\n{before}")
    assert said_by(pipeline_contracts.test_only_the_test_stage_depends_on_the_sealed_part) == [
        "error: data/sealed.parquet, the test part, is read by evaluate, test",
        "where: dvc.yaml",
        "next:  list data/sealed.parquet under the deps of the stage test and of no other",
    ]


@pytest.mark.parametrize("before", ["    - data/table.parquet\n    - data/split.parquet\n    - reports/split.json\n"])
def test_a_stage_that_depends_on_all_data_reads_the_test_part(project: Path, before: str) -> None:
    edit(project / "dvc.yaml", before, f"    - data\n{before}")
    said = said_by(pipeline_contracts.test_only_the_test_stage_depends_on_the_sealed_part)
    assert said[0] == "error: data/sealed.parquet, the test part, is read by scope, test"


def test_only_candidates_with_a_form_for_the_task_are_fitted(project: Path) -> None:
    assert option_files.list_candidate_forms() == [("baseline", "binary"), ("linear", "binary")]
    assert option_files.list_candidate_steps() == [("inputs", "baseline"), ("inputs", "scaled"), ("reduce", "none")]
    edit(project / "conf/problem/generated.yaml", "task: binary", "task: clustering")
    assert option_files.list_candidate_forms() == []


def test_files_that_lack_a_key_are_left_to_the_test_that_names_it(project: Path) -> None:
    edit(project / "conf/metric/brier.yaml", "_tasks_", "_task_")
    edit(project / "params.yaml", "candidates: [baseline, linear]", "candidates:")
    assert ("roc_auc", "binary") in option_files.list_metric_cases()
    assert "brier" not in [option for option, _ in option_files.list_metric_cases()]
    assert option_files.list_candidate_forms() == []


def test_a_candidate_without_a_file_is_named_with_the_nearest_one(project: Path) -> None:
    edit(project / "params.yaml", "candidates: [baseline, linear]", "candidates: [baseline, liner]")
    with pytest.raises(UnknownName) as caught:
        option_files.list_candidate_forms()
    assert (caught.value.what, caught.value.todo) == ("model: there is no option 'liner'", "use 'linear'")


def test_the_top_folder_is_the_nearest_with_options(project: Path) -> None:
    assert cases.find_top(project / "tests") == project
    assert cases.find_top(project) == project


def test_without_options_there_is_no_top_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingFile) as caught:
        cases.find_top(tmp_path)
    assert caught.value.what == "there is no folder conf/, whose options the tests are about"


@pytest.mark.slow
def test_a_folder_without_options_is_told_in_three_lines(tmp_path: Path) -> None:
    (tmp_path / "test_contracts.py").write_text("from lifecycle.testing.contracts import *\n", encoding="utf-8")
    done = run_pytest(tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith(("error:", "where:", "next:"))] == [
        "error: there is no folder conf/, whose options the tests are about",
        f"where: {tmp_path}",
        "next:  cd into the folder of dvc.yaml and run pytest there",
    ]


@pytest.mark.slow
def test_a_project_passes_the_contracts(project: Path) -> None:
    done = run_pytest(project, "tests/test_contracts.py")
    assert done.returncode == 0, done.stdout
    assert "linear-binary" not in done.stdout


@pytest.mark.slow
def test_a_project_with_broken_options_fails_them_without_a_traceback(project: Path) -> None:
    edit(project / "conf/model/linear.yaml", LINEAR, "thin_shop.estimators.Unsteady")
    edit(project / "conf/inputs/scaled.yaml", "sklearn.preprocessing.StandardScaler", "thin_shop.transformers.Ranked")
    edit(project / "conf/gate/strict.yaml", "resamples:", "resample:")
    done = run_pytest(project, "tests/test_contracts.py", "-k", "composes or refits or depend_on_those", "-rf")
    failed = [line.split(" - ")[0] for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert [name.removeprefix("FAILED tests/test_contracts.py::") for name in failed] == [
        "test_an_option_composes_and_becomes_its_class[gate-strict]",
        "test_a_model_refits_to_the_same_bytes[linear-binary]",
        "test_a_row_does_not_depend_on_those_transformed_with_it[inputs-scaled]",
    ]
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert "next:  add the key resamples:" in done.stdout
