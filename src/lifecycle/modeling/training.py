"""What a model learns from: the parts, and the rows young enough."""

from typing import Literal

from lifecycle.data.dataset import Dataset
from lifecycle.data.schema import Schema
from lifecycle.errors import WrongValue
from lifecycle.modeling import training_window
from lifecycle.options import options


@options
class Training:
    """The parts that the released model learns from, and what of them by the rows' age, as `training_window` says."""

    parts: tuple[Literal["train", "valid"], ...]
    days: int | None = None
    half_life: int | None = None


def select_training_rows(examples: Dataset, training: Training, schema: Schema, seed: int) -> Dataset:
    """The examples that are young enough to learn from; raises WrongValue where rows have no time."""
    if training.days is None and training.half_life is None:
        return examples
    if schema.time is None:
        raise WrongValue(
            "rows without a time have no age to be learned from by",
            where="conf/training/, keys days and half_life",
            todo="take training=all_but_test, or give a column role: time in conf/schema/",
        )
    places = training_window.select_by_age(examples.context[schema.time], training.days, training.half_life, seed)
    return examples.take(places)
