"""Contract tests of steps that learn: from the rows that they are fitted on alone, and the same from the same rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.testing.made_rows import make_rows_to_learn, replace_later_rows
from lifecycle.testing.option_files import Step
from lifecycle.testing.promises import must, plainly
from lifecycle.testing.steps import TEST, TRAIN, VALID, make_learning_step

__all__ = [
    "rows_to_learn",
    "test_a_row_does_not_depend_on_those_transformed_with_it",
    "test_a_step_clones_and_comes_back_from_its_file",
    "test_rows_that_are_transformed_are_not_learned_from",
    "test_the_number_of_threads_changes_nothing",
]

LABELS = (make_rows_to_learn()["size"].to_numpy() > 1).astype(np.int64)

RowsToLearn = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture
def rows_to_learn() -> RowsToLearn:
    """Rows to learn from, and the same with other valid and test rows."""
    table = make_rows_to_learn()
    return table, replace_later_rows(table)


def fit_step(step: Step, table: pd.DataFrame) -> Any:
    """The steps of an option, fitted on the train rows."""
    return make_learning_step(*step, table).fit(table[TRAIN], LABELS[TRAIN])


def encode_learned(fitted: Any, folder: Path) -> bytes:
    """What was learned, as the bytes of its model file."""
    write_model(folder / "learned.skops", {"pipeline": fitted})
    return (folder / "learned.skops").read_bytes()


def name_file(step: Step) -> str:
    """Where the steps are defined."""
    return f"conf/{step[0]}/{step[1]}.yaml"


def are_equal(one: pd.DataFrame, other: pd.DataFrame, **near: Any) -> bool:
    """Whether two tables are the same, exactly or as near as asked for."""
    try:
        pd.testing.assert_frame_equal(one, other, **(near or {"check_exact": True}))
    except AssertionError:
        return False
    return True


@plainly()
def test_rows_that_are_transformed_are_not_learned_from(
    learning_step: Step, rows_to_learn: RowsToLearn, tmp_path: Path
) -> None:
    """transform() changes nothing of what was fitted."""
    table, changed = rows_to_learn
    fitted = fit_step(learning_step, table)
    before, learned = fitted.transform(table[TEST]), encode_learned(fitted, tmp_path)
    fitted.transform(changed[VALID])
    must(
        encode_learned(fitted, tmp_path) == learned and are_equal(fitted.transform(table[TEST]), before),
        "the steps learn from rows that they only transform, such as those that judge the model",
        where=name_file(learning_step),
        todo="learn in fit() alone: let transform() set no attribute",
    )


@plainly()
def test_a_row_does_not_depend_on_those_transformed_with_it(learning_step: Step, rows_to_learn: RowsToLearn) -> None:
    """A row is transformed the same alone as among others."""
    table, changed = rows_to_learn
    must_not_look_at_its_neighbours(fit_step(learning_step, table), changed[55:70], name_file(learning_step))


def must_not_look_at_its_neighbours(fitted: Any, table: pd.DataFrame, where: str) -> None:
    """Hold each row's result against that among other rows: equal but for how a sum is rounded."""
    together = fitted.transform(table)
    alone = pd.concat([fitted.transform(table.iloc[[row]]) for row in range(len(table))])
    must(
        are_equal(alone, together, rtol=1e-9, atol=1e-9),
        "a row comes out otherwise alone than among others: the steps learn from the rows that they transform",
        where=where,
        todo="compute means, ranks and the like in fit(), and use them in transform()",
    )


@plainly()
def test_a_step_clones_and_comes_back_from_its_file(
    learning_step: Step, rows_to_learn: RowsToLearn, tmp_path: Path
) -> None:
    """A clone learns the same, and the file of what was learned transforms as that does."""
    table, changed = rows_to_learn
    fitted = clone(make_learning_step(*learning_step, table)).fit(table[TRAIN], LABELS[TRAIN])
    learned = encode_learned(fitted, tmp_path)
    loaded = read_model(tmp_path / "learned.skops")["pipeline"]
    expected = fitted.transform(changed[55:70])
    must(
        are_equal(loaded.transform(changed[55:70]), expected),
        "the steps transform otherwise when they come from their file",
        where=name_file(learning_step),
        todo="keep all that transform() needs in attributes of what is fitted",
    )
    must(
        list(fitted.get_feature_names_out()) == list(expected.columns),
        f"get_feature_names_out() gives other names than {', '.join(map(str, expected.columns))}",
        where=name_file(learning_step),
        todo="return from get_feature_names_out() the columns of transform()",
    )
    must(
        encode_learned(fit_step(learning_step, table), tmp_path) == learned,
        "the steps learn something else from the same rows under one seed",
        where=name_file(learning_step),
        todo="take random_state and draw from it alone",
    )


@plainly()
def test_the_number_of_threads_changes_nothing(learning_step: Step, rows_to_learn: RowsToLearn, tmp_path: Path) -> None:
    """Three threads learn and transform to the same bytes as one."""
    table, _ = rows_to_learn
    one = fit_step(learning_step, table)
    with threadpool_limits(3, user_api="openmp"):
        other = fit_step(learning_step, table)
        again = other.transform(table[TEST])
    must(
        encode_learned(one, tmp_path) == encode_learned(other, tmp_path)
        and are_equal(one.transform(table[TEST]), again),
        "three threads learn something else than one",
        where=name_file(learning_step),
        todo="sum in one order, whatever the number of threads",
    )
