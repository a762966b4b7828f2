"""Contract tests of every file of conf/, and of what a split and a metric promise; cases come from `cases`."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from lifecycle import config, targets
from lifecycle.arrays import Floats, Labels
from lifecycle.data.problem import Task
from lifecycle.data.splits import FOLD, PARTS, find_fold_positions
from lifecycle.evaluation.metric import compute_metric
from lifecycle.io.records import read_yaml
from lifecycle.testing.made_rows import TO_SPLIT, make_predictions, make_table_to_split
from lifecycle.testing.option_files import TASKS, get_kind, list_declared, list_targets, list_tasks, load_option
from lifecycle.testing.promises import must, plainly

__all__ = [
    "table_to_split",
    "test_a_metric_ranks_perfect_above_shuffled",
    "test_a_metric_takes_few_rows_and_absent_classes",
    "test_a_model_has_a_form_for_the_tasks_it_says_and_no_other",
    "test_a_split_gives_every_row_one_part_and_the_folds_that_are_asked_for",
    "test_a_split_in_groups_keeps_groups_together",
    "test_a_split_in_time_keeps_time_in_order",
    "test_a_split_is_the_same_under_one_seed",
    "test_an_option_composes_and_becomes_its_class",
    "test_every_folder_is_a_group_of_a_stage_a_command_or_the_service",
    "test_every_target_resolves",
    "test_folds_of_a_split_lie_in_the_train_part_and_judge_no_row_twice",
    "test_weights_of_one_change_no_metric",
]

Places = npt.NDArray[np.int64]


@plainly()
def test_every_folder_is_a_group_of_a_stage_a_command_or_the_service(option_file: Path) -> None:
    """The folder's name is a group that something reads."""
    group = option_file.parent.name
    must(
        group in list_declared(),
        f"conf/ has a folder {group!r}, which no stage, command or service reads",
        where=str(option_file),
        todo=f"move the file to one of {', '.join(sorted(list_declared()))}",
    )


@plainly()
def test_an_option_composes_and_becomes_its_class(option_file: Path) -> None:
    """The option has every key that its group needs and no other, and values of the right types."""
    group = option_file.parent.name
    made = load_option(group, option_file.stem)
    must(
        isinstance(made, list_declared()[group]),
        f"the option is a {type(made).__name__}",
        where=str(option_file),
        todo=f"write a {list_declared()[group].__name__}",
    )


@plainly()
def test_every_target_resolves(option_file: Path) -> None:
    """Each `_target_` names a callable that YAML may name, of the kind that its group takes."""
    for target in list_targets(read_yaml(option_file)):
        targets.resolve(target, str(option_file), get_kind(option_file.parent.name))


@plainly()
def test_a_model_has_a_form_for_the_tasks_it_says_and_no_other(model_option: str) -> None:
    """A model is for at least one task, and its preprocessing is there."""
    model, where = load_option("model", model_option), f"conf/model/{model_option}.yaml"
    said, found = list_tasks(model_option), [task for task in TASKS if model.get_form(task)]
    must(
        found == said and said,
        f"the file has forms for {', '.join(said) or 'no task'}, and the model for {', '.join(found) or 'no task'}",
        where=where,
        todo="name an estimator under _classes_, _numbers_ or _clusters_",
    )
    for task in said:
        config.must_be_option("inputs", model.get_form(task).inputs)


@pytest.fixture(params=["every row", "a gap of days"])
def table_to_split(request: pytest.FixtureRequest) -> pd.DataFrame:
    """Rows of 200 days, or of fewer."""
    later = 500 if request.param == "every row" else 525
    return make_table_to_split(600, lambda number: (number < 500) | (number >= later))


def split_rows(option: str, table: pd.DataFrame) -> pd.DataFrame:
    """The parts and folds that an option gives the rows."""
    found: pd.DataFrame = targets.call(load_option("split", option), "conf/split/", table, TO_SPLIT, 1)
    return found


def list_folds(found: pd.DataFrame) -> list[tuple[Places, Places]]:
    """The places of the rows of each fold that are learned from and that judge."""
    return [find_fold_positions(found[name]) for name in found.columns if name.startswith(FOLD)]


@plainly()
def test_a_split_gives_every_row_one_part_and_the_folds_that_are_asked_for(
    split_option: str, table_to_split: pd.DataFrame
) -> None:
    """Every row is in train, valid or test, and none of these is empty."""
    where, found = f"conf/split/{split_option}.yaml", split_rows(split_option, table_to_split)
    asked = load_option("split", split_option).arguments["folds"]
    must(
        found.index.equals(table_to_split.index),
        f"{len(table_to_split)} rows were split, and {len(found)} came back, or in another order",
        where=where,
        todo="return one row for each row of the table, with its index",
    )
    must(
        set(found["part"]) == set(PARTS),
        f"the parts are {', '.join(sorted(map(str, set(found['part']))))}",
        where=where,
        todo=f"put each row into one of {', '.join(PARTS)}, and some into each",
    )
    names = ["part", *(f"{FOLD}{number + 1}" for number in range(asked))]
    must(
        list(found.columns) == names,
        f"the columns are {', '.join(map(str, found.columns))}",
        where=where,
        todo=f"return the columns {', '.join(names)}",
    )


@plainly()
def test_folds_of_a_split_lie_in_the_train_part_and_judge_no_row_twice(
    split_option: str, table_to_split: pd.DataFrame
) -> None:
    """A fold learns from and judges train rows only, different ones, and each row judges once at most."""
    where, found = f"conf/split/{split_option}.yaml", split_rows(split_option, table_to_split)
    inside, judged = set(np.flatnonzero(found["part"] == "train")), list[int]()
    for number, (train, valid) in enumerate(list_folds(found), start=1):
        sizes = f"fold {number} learns from {len(train)} rows and judges by {len(valid)}"
        must(len(train) > len(valid) / 2 > 0, sizes, where=where, todo="give each fold rows of both")
        outside = (set(train) | set(valid)) - inside
        must(
            not outside,
            f"fold {number} has {len(outside)} rows that are not in train",
            where=where,
            todo="fold train rows only",
        )
        both = len(set(train) & set(valid))
        must(not both, f"fold {number} judges {both} rows that it learns from", where=where, todo="keep them apart")
        judged += list(valid)
    again = len(judged) - len(set(judged))
    must(not again, f"{again} rows judge in more than one fold", where=where, todo="let each row judge once at most")


@plainly()
def test_a_split_is_the_same_under_one_seed(split_option: str, table_to_split: pd.DataFrame) -> None:
    """Two calls under one seed give the same parts and folds."""
    must(
        split_rows(split_option, table_to_split).equals(split_rows(split_option, table_to_split)),
        "two splits of the same rows under one seed differ",
        where=f"conf/split/{split_option}.yaml",
        todo="draw from numpy.random.default_rng(seed) and from nothing else",
    )


@plainly()
def test_a_split_in_time_keeps_time_in_order(timed_split: str, table_to_split: pd.DataFrame) -> None:
    """No row of a later part is earlier than one of a part before, nor one that judges than one learned from."""
    where, todo = f"conf/split/{timed_split}.yaml", "put later rows into later parts and folds"
    found, at = split_rows(timed_split, table_to_split), table_to_split["at"]
    first, last = at.groupby(found["part"]).min(), at.groupby(found["part"]).max()
    for before, after in (("train", "valid"), ("valid", "test")):
        what = f"{after} begins at {first[after]}, and {before} ends at {last[before]}"
        must(last[before] < first[after], what, where=where, todo=todo)
    for train, valid in list_folds(found):
        what = f"a fold is judged from {at.iloc[valid].min()}, and learns up to {at.iloc[train].max()}"
        must(at.iloc[train].max() < at.iloc[valid].min(), what, where=where, todo=todo)


@plainly()
def test_a_split_in_groups_keeps_groups_together(grouped_split: str, table_to_split: pd.DataFrame) -> None:
    """All rows of a group are in one part, and on one side of each fold."""
    for name, side in split_rows(grouped_split, table_to_split).items():
        sides = side.fillna("neither").groupby(table_to_split["customer"]).nunique()
        must(
            (sides == 1).all(),
            f"{(sides > 1).sum()} of {len(sides)} groups are on several sides of {name}",
            where=f"conf/split/{grouped_split}.yaml",
            todo="draw groups, not rows",
        )


def judge(option: str, truth: Labels, scores: Floats, weights: Floats | None = None) -> float:
    """The metric of these scores."""
    return compute_metric(option, load_option("metric", option), truth, scores, 0.5, weights)


@plainly()
def test_a_metric_ranks_perfect_above_shuffled(metric_case: tuple[str, Task]) -> None:
    """Perfect predictions are better in the direction that the file states."""
    option, task = metric_case
    metric, (truth, perfect, mixed) = load_option("metric", option), make_predictions(task)
    best, worse = judge(option, truth, perfect), judge(option, truth, mixed)
    must(
        metric.sign * best > metric.sign * worse,
        f"{option} of {task} is {best:g} for perfect predictions and {worse:g} for shuffled ones: "
        f"{metric.better} is not better",
        where=f"conf/metric/{option}.yaml, keys _better_ and _target_",
        todo="turn _better_ round, or correct the function",
    )


@plainly()
def test_weights_of_one_change_no_metric(metric_case: tuple[str, Task]) -> None:
    """A weight of one counts a row once."""
    option, task = metric_case
    truth, _, mixed = make_predictions(task)
    without, weighted = judge(option, truth, mixed), judge(option, truth, mixed, np.ones(len(truth)))
    must(
        weighted == pytest.approx(without),
        f"{option} of {task} is {without:g}, and {weighted:g} with weights of one",
        where=f"conf/metric/{option}.yaml",
        todo="use sample_weight as how often a row counts",
    )


@plainly()
def test_a_metric_takes_few_rows_and_absent_classes(metric_case: tuple[str, Task]) -> None:
    """Of few rows a metric is a number or undefined, and raises nothing: a slice or a day may have few."""
    option, task = metric_case
    truth, perfect, _ = make_predictions(task)
    for rows in ([0], [0, 4], [0, 1], [2, 3], [1, 2, 3]):
        found = judge(option, truth[rows], perfect[rows])
        must(
            not np.isinf(found),
            f"{option} of {task} is {found} for {len(rows)} rows",
            where=f"conf/metric/{option}.yaml",
            todo="return NaN where the metric is undefined",
        )
