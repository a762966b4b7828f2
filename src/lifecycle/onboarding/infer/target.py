"""Inference of the task and the labels from the target column."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.cells.reading import Reading
from lifecycle.data.problem import Task
from lifecycle.data.schema import Type
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.numbers import POINT, parse_numbers
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text

MOST_CLASSES = 50
FEW_ROWS = 5  # a class with fewer rows cannot be in every part
RARE = 0.1  # maximum rate for a note on class imbalance


@dataclass(frozen=True)
class TargetInference:
    """The target as its task takes it.

    `labels` has one entry for each row: booleans, class names or numbers, missing where the row has none.
    `positive` and `negative` are the raw texts of a boolean; `positive_why` is the rule that chose the positive.
    """

    column: ColumnInference
    task: Task
    type: Type
    why: str
    labels: pd.Series
    classes: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    positive_why: str = ""

    @property
    def name(self) -> str:
        """The target's column."""
        return self.column.name

    @property
    def reading(self) -> Reading:
        """How its cells are written, for its entry in the schema."""
        return replace(self.column.reading, true_values=self.positive, false_values=self.negative)

    @property
    def there(self) -> npt.NDArray[np.bool_]:
        """Which rows have a label."""
        return self.labels.notna().to_numpy(dtype=bool)

    def coded(self) -> npt.NDArray[Any]:
        """The labels of the rows that have one: booleans, class codes (-1 for excluded classes), or numbers."""
        labels = self.labels[self.there]
        if self.task == "binary":
            return labels.to_numpy(dtype=bool)
        if self.task == "multiclass":
            return pd.Index(self.classes).get_indexer(pd.Index(labels)).astype(np.int64)
        return labels.to_numpy(dtype="float64")


def infer_target(column: ColumnInference, task: Task | None) -> TargetInference:
    """The target for the requested task, or for the task that suits its values.

    Raises UnfitTable for a target without two values or with too many classes, WrongValue for a task it is unfit for.
    """
    must_vary(column)
    chosen = task or infer_task(column)
    must_suit(column, chosen)
    if chosen == "binary":
        return build_binary_target(column)
    if chosen == "multiclass":
        return build_multiclass_target(column)
    return TargetInference(column, chosen, column.type, column.why, column.values)


def must_vary(column: ColumnInference) -> None:
    """Raise UnfitTable unless the target has two different values."""
    if column.distinct < 2:
        finding = (
            f"is {shorten_text(column.texts.values[0])!r} in every row that has one"
            if column.distinct
            else "is always missing"
        )
        raise UnfitTable(
            f"the target {shorten_text(column.name)!r} {finding}: there is nothing to learn",
            where=f"column {shorten_text(column.name)}, {format_count(len(column.values), 'row')}, "
            f"{column.missing:,} without a value",
            todo="choose another --target, or read rows of the other kind too",
        )


def infer_task(column: ColumnInference) -> Task:
    """The task that suits the values: binary for two values, multiclass for texts, regression for numbers."""
    if column.type == "boolean" or column.distinct == 2:
        return "binary"
    return "regression" if column.type in ("number", "integer") else "multiclass"


def must_suit(column: ColumnInference, task: Task) -> None:
    """Raise an error unless the values can be the task's target."""
    name, numeric = shorten_text(column.name), column.type in ("number", "integer")
    where = f"column {name}, {format_count(column.distinct, 'different value')}"
    if column.type == "time":
        raise UnfitTable(
            f"the target {name!r} holds times ({column.why}), which no task here predicts",
            where=where,
            todo="derive a number or a boolean from it in the source, and choose that as --target",
        )
    if task == "regression" and not numeric:
        raise WrongValue(f"regression needs numbers, {name!r} holds {column.why}", where=where, todo="leave out --task")
    if task == "binary" and column.type != "boolean" and column.distinct > 2:
        better = "regression" if numeric else "multiclass"
        raise WrongValue(
            f"binary needs two values, {name!r} has {column.distinct:,}", where=where, todo=f"use --task {better}"
        )
    if task == "multiclass" and column.distinct > MOST_CLASSES:
        todo = "use --task regression" if numeric else "choose another --target, or merge rare classes first"
        raise UnfitTable(
            f"{name!r} has {column.distinct:,} classes; {MOST_CLASSES} is the most", where=where, todo=todo
        )


def build_binary_target(column: ColumnInference) -> TargetInference:
    """The target as a boolean; positive is yes, true or 1, else the rarer value, else the later in the alphabet."""
    if column.type == "boolean":
        rule = "yes, true or 1 is the positive class"
        return TargetInference(
            column, "binary", "boolean", column.why, column.values, (), column.true, column.false, rule
        )
    texts = column.texts
    amounts = texts.rows
    order = sorted(zip(texts.counts.tolist(), texts.values, strict=True), key=lambda one: (one[0], one[1]))
    equal = order[0][0] == order[1][0]
    positive, negative = (order[1][1], order[0][1]) if equal else (order[0][1], order[1][1])
    rule = "the later one in the alphabet, since both are equally frequent" if equal else "the rarer of the two values"
    labels = (amounts == positive).astype("boolean").mask(amounts.isna())
    return TargetInference(column, "binary", "boolean", "two values", labels, (), (positive,), (negative,), rule)


def build_multiclass_target(column: ColumnInference) -> TargetInference:
    """The target as names of classes, numbers in their order, else by the alphabet; those of few rows left out."""
    values = list_frequent_classes(column)
    if column.type in ("number", "integer"):
        amounts = parse_numbers(values, column.style or POINT)
        classes = tuple(text for _, text in sorted(zip(amounts, values, strict=True)))
    else:
        classes = tuple(sorted(values))
    return TargetInference(column, "multiclass", "category", f"{len(classes)} classes", column.texts.rows, classes)


def list_frequent_classes(column: ColumnInference) -> list[str]:
    """The values frequent enough for every part; all values if fewer than two are."""
    frequent = [text for text, count in zip(column.texts.values, column.texts.counts, strict=True) if count >= FEW_ROWS]
    return frequent if len(frequent) > 1 else list(column.texts.values)


def describe_target(target: TargetInference) -> list[Note]:
    """What the person should know of the target."""
    return [
        Note(*what)
        for what in (
            describe_missing(target),
            describe_imbalance(target),
            describe_rare_classes(target),
            describe_integer_target(target),
        )
        if what
    ]


def describe_missing(target: TargetInference) -> tuple[str, str] | None:
    """Rows without a label."""
    count = int((~target.there).sum())
    if not count:
        return None
    return f"{format_count(count, 'row')} without {shorten_text(target.name)}", "clean rejects and counts them"


def describe_imbalance(target: TargetInference) -> tuple[str, str] | None:
    """How rare the positive class is."""
    if target.task != "binary":
        return None
    rate = float(target.labels[target.there].astype("float64").mean())
    summary = f"{shorten_text(target.name)} is positive in {rate:.2%} of the rows"
    if rate > RARE:
        return summary, "roc_auc, the score, does not depend on the rate"
    return (
        summary,
        f"few: roc_auc stays the score, as it does not depend on the rate; a random model reaches pr_auc {rate:.3f}",
    )


def describe_rare_classes(target: TargetInference) -> tuple[str, str] | None:
    """The note on classes too small for every part."""
    counts = target.labels[target.there].value_counts()
    rare: Mapping[Any, int] = counts[counts < FEW_ROWS].to_dict() if target.task in ("binary", "multiclass") else {}
    if not rare:
        return None
    small = list_names([f"{name} ({rows})" for name, rows in sorted(rare.items(), key=lambda one: str(one[0]))])
    summary, why = f"fewer than {FEW_ROWS} rows of {small}", "such a class cannot be in every part"
    if target.classes and not set(rare) & set(target.classes):
        return summary, f"clean rejects and counts them: {why}; add it to categories: later"
    return summary, f"{why}: collect more rows or merge the class"


def describe_integer_target(target: TargetInference) -> tuple[str, str] | None:
    """Numbers that might be names of classes."""
    if target.task != "regression" or target.column.type != "integer" or target.column.distinct > MOST_CLASSES:
        return None
    return (
        f"{shorten_text(target.name)} has {target.column.distinct} different integers, taken as numbers",
        f"where they name classes: {quote_option('--target', target.name)} --task multiclass",
    )
