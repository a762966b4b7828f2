"""Inference of the task and the labels from the target column."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.cells.numbers import parse_number
from lifecycle.data.cells.reading import Reading
from lifecycle.data.problem import Task
from lifecycle.data.schema import Type
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.onboarding.infer.booleans import is_mark
from lifecycle.onboarding.infer.column_types import ColumnInference, describe_columns, simplify_number
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text

MOST_CLASSES = 50
FEW_ROWS = 5  # a class with fewer rows cannot be in every part
FOLDS = 3  # of cross-validation, as in conf/split/
RARE = 0.1  # maximum rate for a note on class imbalance


@dataclass(frozen=True)
class TargetInference:
    """The target as its task takes it.

    `labels` has one entry for each row: booleans, class names or numbers, missing where the row has none.
    `positive` and `negative` are the raw texts of a boolean, the usual one first; `positive_why` is the rule that
    chose the positive. `spellings` are the other spellings of a class by its name.
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
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The target's column."""
        return self.column.name

    @property
    def reading(self) -> Reading:
        """How its cells are written, for its entry in the schema."""
        if self.task == "regression":
            return self.column.reading
        codes = {code for code in (*self.column.codes, *list_infinite(self.column)) if code}
        codes -= {*self.positive, *self.negative}
        return Reading(
            na_values=tuple(sorted(codes.union(self.column.reading.na_values))),
            true_values=self.positive,
            false_values=self.negative,
            spellings=dict(self.spellings),
        )

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


def list_infinite(column: ColumnInference) -> list[str]:
    """The texts that stand for infinite numbers, which are no class."""
    if not column.infinite or column.form is None:
        return []
    return [text for text in column.spelled.values if math.isinf(parse_number(text, column.form) or 0.0)]


def must_vary(column: ColumnInference) -> None:
    """Raise UnfitTable unless the target has two different values; a gap beside one is no value, save beside a mark."""
    if column.distinct < 2 or (column.has_gap_for_no and not is_mark(column.true[0])):
        finding = (
            f"is {shorten_text(column.texts.values[0])!r} in every row that has one"
            if column.distinct
            else "is always missing"
        )
        raise UnfitTable(
            f"the target {shorten_text(column.name)!r} {finding}: there is nothing to learn",
            where=f"column {shorten_text(column.name)}, {format_count(len(column.values), 'row')}, "
            f"{count_gaps(column):,} without a value",
            todo="choose another --target, or read rows of the other kind too, with a value such as no",
        )


def count_gaps(column: ColumnInference) -> int:
    """How many rows have no value, a gap that means no included."""
    return column.missing + (int(column.texts.counts[1]) if column.has_gap_for_no else 0)


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
    if column.nearly and (task == "regression" or column.distinct > MOST_CLASSES):
        raise UnfitTable(
            f"the target {name!r} is no number in a notation that is read: {column.nearly}",
            where=where,
            todo=f"{column.cure}; where all are written alike: {quote_option('--format-of', column.name, '1.234,5')}",
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
    rows = texts.rows
    order = sorted(zip(texts.counts.tolist(), texts.values, strict=True), key=lambda one: (one[0], one[1]))
    equal = order[0][0] == order[1][0]
    positive, negative = (order[1][1], order[0][1]) if equal else (order[0][1], order[1][1])
    rule = "the later one in the alphabet, since both are equally frequent" if equal else "the rarer of the two values"
    return TargetInference(
        column,
        "binary",
        "boolean",
        "two values",
        (rows == positive).astype("boolean").mask(rows.isna()),
        positive=list_spellings(column, positive),
        negative=list_spellings(column, negative),
        positive_why=rule,
    )


def list_spellings(column: ColumnInference, text: str) -> tuple[str, ...]:
    """The name of a value and its other spellings, that of a number being its shortest: 1 for 1.0."""
    name = simplify_number(text, column.form)
    others = column.spellings.get(text, ())
    if column.form:
        others = tuple(one for one in column.spelled.values if simplify_number(one, column.form) == name)
    return (name, *(one for one in others if one != name))


def build_multiclass_target(column: ColumnInference) -> TargetInference:
    """The target as names of classes, numbers in their order, else by the alphabet; those of few rows left out."""
    names = {text: list_spellings(column, text) for text in column.texts.values}
    frequent = [names[text][0] for text in list_frequent_classes(column)]
    labels = column.texts.spread(pd.Series([names[text][0] for text in column.texts.values], dtype="str"))
    return TargetInference(
        column,
        "multiclass",
        "category",
        f"{len(frequent)} classes",
        labels.astype("str"),
        tuple(sorted(frequent, key=float) if column.form else sorted(frequent)),
        spellings={name: others for name, *rest in names.values() if (others := tuple(rest))},
    )


def list_frequent_classes(column: ColumnInference) -> list[str]:
    """The values frequent enough for every part; all values if fewer than two are."""
    frequent = [text for text, count in zip(column.texts.values, column.texts.counts, strict=True) if count >= FEW_ROWS]
    return frequent if len(frequent) > 1 else list(column.texts.values)


def describe_target(target: TargetInference) -> list[Note]:
    """What the person should know of the target."""
    found = (
        describe_missing(target),
        describe_spellings(target),
        describe_imbalance(target),
        describe_few_rows(target),
        describe_rare_classes(target),
        describe_integer_target(target),
    )
    of_column = describe_columns([target.column]) if target.task != "binary" or target.column.apart else ()
    return [*(Note(*what) for what in found if what), *of_column]


def describe_missing(target: TargetInference) -> tuple[str, str] | None:
    """Rows without a label."""
    count = int((~target.there).sum())
    if not count:
        return None
    done = "clean rejects and counts them, but for open rows, which may still get one (open: in conf/clean/)"
    return f"{format_count(count, 'row')} without {shorten_text(target.name)}", done


def describe_spellings(target: TargetInference) -> tuple[str, str] | None:
    """What means yes and no, where that is written in several ways or a gap means no."""
    if len(target.positive) + len(target.negative) <= 2 and not target.column.has_gap_for_no:
        return None
    yes, no = (list_names([text or "a gap" for text in texts]) for texts in (target.positive, target.negative))
    return f"{shorten_text(target.name)} is positive where it is {yes}, negative where it is {no}", "as one yes or no"


def describe_few_rows(target: TargetInference) -> tuple[str, str] | None:
    """A class of a yes or no with too few rows for the parts and the folds of cross-validation."""
    if target.task != "binary":
        return None
    counts = target.labels[target.there].value_counts()
    rows = int(counts.min())
    if rows >= FEW_ROWS:
        return None
    what = format_count(rows, "positive" if bool(counts.idxmin()) else "negative")
    return f"{what} do not make {FOLDS} folds", "train, valid and test need some each: collect more rows of that class"


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
    rare: Mapping[Any, int] = counts[counts < FEW_ROWS].to_dict() if target.task == "multiclass" else {}
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
