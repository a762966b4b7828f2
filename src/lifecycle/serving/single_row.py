"""One row scored without a table: the fitted pipeline as plain functions of the row's values.

Only for transformers and estimators that are known to treat each column by itself, and only where it gives
the pipeline's own scores on rows made for the purpose; otherwise there is no such way, and a table is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.columns import with_columns
from lifecycle.modeling.pipeline import predict_scores
from lifecycle.modeling.sklearn_internals import TreeNodes, read_boosted_trees
from lifecycle.release import outputs
from lifecycle.release.fields import Field, Value, get_dtype
from lifecycle.release.release import Release
from lifecycle.serving.lightgbm_fast import one_row

Scores = npt.NDArray[np.float64]
Row = Callable[[Sequence[Value]], Scores]
Floats = npt.NDArray[np.float64]

UNKNOWN = "\x00no such value"
# Transformers of numbers that treat each column by itself, and of texts likewise.
OF_NUMBERS = ("SimpleImputer", "StandardScaler", "MinMaxScaler", "RobustScaler")
OF_TEXTS = ("KnownCategories", "RareGrouped", "OrdinalEncoder", "OneHotEncoder", "TargetEncoder", "StandardScaler")
KINKS = (0.0, -1.0, 1e9, 0.3333333)


class Unsupported(Exception):
    """A pipeline that cannot be taken apart into functions of one row."""


def compile_release(release: Release) -> Row | None:
    """The scores of one row, shaped as `modeling.pipeline.predict` gives them; None where there is no such way."""
    try:
        found = compile_pipeline(release)
        return found if is_proven(release, found) else None
    except (Unsupported, AttributeError, KeyError, IndexError, TypeError, ValueError):
        return None  # whatever a library keeps elsewhere in another version: the table is always right


def compile_pipeline(release: Release) -> Row:
    """The pipeline as one function; raises NoWay."""
    fields = release.contract.fields
    prepare = compile_inputs(release.pipeline["inputs"], fields, release.typical)
    score = compile_estimator(release.pipeline["estimator"], release.plan.task)
    return lambda row: score(prepare(row))


def is_proven(release: Release, found: Row) -> bool:
    """Whether the function scores made-up rows exactly as the pipeline does."""
    rows = pd.concat(list(generate_trials(release)), ignore_index=True)
    scores = predict_scores(release.plan, release.pipeline["estimator"], release.pipeline["inputs"].transform(rows))
    expected = outputs.round_significant(scores)
    values = [list(row) for row in rows.itertuples(index=False, name=None)]
    return all(
        np.array_equal(outputs.round_significant(found(row)), expected[[place]]) for place, row in enumerate(values)
    )


def generate_trials(release: Release) -> Iterator[pd.DataFrame]:
    """The example, the typical row, and the typical row with each feature missing, unknown, known and far off."""
    fields, typical = release.contract.fields, release.typical
    yield release.contract.check(pd.DataFrame([release.example["request"]])).features
    yield typical
    known = list_levels(release.pipeline["inputs"])
    for one in fields:
        values = [None, UNKNOWN, *known.get(one.name, [])[:20]] if one.kind == "text" else [np.nan, *KINKS]
        changed = pd.concat([typical] * len(values), ignore_index=True)
        yield with_columns(changed, {one.name: pd.Series(values, dtype=get_dtype(one.kind))})


def compile_inputs(inputs: Any, fields: Sequence[Field], typical: pd.DataFrame) -> Callable[[Sequence[Value]], Floats]:
    """The fitted preprocessing as a function from a row's values to an array of shape (1, prepared columns)."""
    if type(inputs).__name__ == "MemberInputs":
        every = [compile_inputs(one, fields, typical) for one in inputs.parts]
        return lambda row: np.concatenate([one(row) for one in every], axis=1)
    if [name for name, _ in inputs.steps] != ["columns", "names"]:
        raise Unsupported
    place = {one.name: number for number, one in enumerate(fields)}
    parts = [
        compile_part(list_steps(step), [place[name] for name in names], list(names), typical)
        for _, step, names in inputs["columns"].transformers_
        if step != "drop" and len(names)
    ]
    return lambda row: np.concatenate([one(row) for one in parts])[None, :]


def list_steps(step: Any) -> list[Any]:
    """The transformers of values in a row; none where columns pass as they are."""
    if type(step).__name__ == "FunctionTransformer" and step.func is None:
        return []
    steps = [one for _, one in step.steps] if type(step).__name__ == "Pipeline" else [step]
    return [one for one in steps if type(one).__name__ != "DistinctNames"]


def compile_part(
    steps: list[Any], places: list[int], names: list[str], typical: pd.DataFrame
) -> Callable[[Sequence[Value]], Floats]:
    """One group of columns through its transformers."""
    if all(typical[name].dtype == np.float64 for name in names):
        functions = [compile_number_step(step) for step in steps]

        def numbers(row: Sequence[Value]) -> Floats:
            values = np.array([row[place] for place in places], dtype=np.float64)
            for function in functions:
                values = function(values)
            return values

        return numbers
    return compile_text_steps(steps, places, names, typical)


def compile_number_step(step: Any) -> Callable[[Floats], Floats]:
    """A fitted transformer of numbers as the same sum on one row."""
    kind = type(step).__name__
    if kind not in OF_NUMBERS:
        raise Unsupported
    if kind == "SimpleImputer":
        return imputed(step)
    if kind == "MinMaxScaler":
        low, high = step.feature_range
        return lambda row: (
            np.clip(row * step.scale_ + step.min_, low, high) if step.clip else row * step.scale_ + step.min_
        )
    centre = step.mean_ if kind == "StandardScaler" else step.center_
    return lambda row: (row - centre) / step.scale_


def imputed(step: Any) -> Callable[[Floats], Floats]:
    """Gaps filled, with a mark for each column that had gaps in fitting, where marks are wanted."""
    if np.isnan(step.statistics_.astype(float)).any():
        raise Unsupported
    filled = step.statistics_.astype(float)
    marked = step.indicator_.features_ if step.add_indicator else np.empty(0, dtype=np.int64)

    def function(row: Floats) -> Floats:
        gaps = np.isnan(row)
        return np.concatenate([np.where(gaps, filled, row), gaps[marked].astype(np.float64)])

    return function


def compile_text_steps(
    steps: list[Any], places: list[int], names: list[str], typical: pd.DataFrame
) -> Callable[[Sequence[Value]], Floats]:
    """Texts looked up in what the transformers themselves make of each known value, of none, and of another."""
    if not steps or any(type(step).__name__ not in OF_TEXTS for step in steps):
        raise Unsupported
    known = list_known_values(steps[0], names)

    def transform(rows: pd.DataFrame) -> Floats:
        for step in steps:
            rows = step.transform(rows)
        return as_numbers(rows)

    base = typical[names]
    start = transform(base)[0]
    tables = []
    for place, name in zip(places, names, strict=True):
        values = [None, UNKNOWN, *known[name]]
        repeated = pd.concat([base] * len(values), ignore_index=True)
        rows = with_columns(repeated, {name: pd.Series(values, dtype="str")})
        outcome = transform(rows)
        columns = np.flatnonzero((~same(outcome, outcome[0])).any(axis=0))
        tables.append((place, columns, dict(zip(values, outcome[:, columns], strict=True))))

    def function(row: Sequence[Value]) -> Floats:
        found: Floats = start.copy()
        for place, columns, table in tables:
            value = row[place]
            key = value if isinstance(value, str) else None
            found[columns] = table[key] if key in table else table[UNKNOWN]
        return found

    return function


def same(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    """Where two arrays hold the same, missing numbers being the same as each other."""
    return np.asarray((one == other) | (np.isnan(one) & np.isnan(other)))


def as_numbers(rows: Any) -> Floats:
    """Prepared columns as numbers: categories by their code, a missing one as NaN, as LightGBM reads them."""
    if not isinstance(rows, pd.DataFrame):
        return np.asarray(rows, dtype=np.float64)
    columns = [rows[name] for name in rows.columns]
    return np.column_stack(
        [codes(one) if isinstance(one.dtype, pd.CategoricalDtype) else one for one in columns]
    ).astype(np.float64)


def codes(column: pd.Series) -> Floats:
    """The place of each value among its column's categories; NaN for a missing one."""
    found = column.cat.codes.to_numpy(dtype=np.float64)
    return np.where(found < 0, np.nan, found)


def list_levels(inputs: Any) -> dict[str, list[str]]:
    """The texts that the preprocessing knows, by column."""
    found: dict[str, list[str]] = {}
    if type(inputs).__name__ == "MemberInputs":
        for one in inputs.parts:
            found |= list_levels(one)
        return found
    for _, step, names in inputs["columns"].transformers_:
        steps = list_steps(step) if step not in ("drop", "passthrough") else []
        if steps and type(steps[0]).__name__ in OF_TEXTS[:-1]:
            found |= list_known_values(steps[0], list(names))
    return found


def list_known_values(step: Any, names: list[str]) -> dict[str, list[str]]:
    """The texts that a transformer has learned, by column."""
    if hasattr(step, "levels_"):
        return {name: list(step.levels_[name]) for name in names}
    if hasattr(step, "frequent_"):
        return {name: list(step.frequent_[name]) for name in names}
    return {
        name: [str(value) for value in values if isinstance(value, str)]
        for name, values in zip(names, step.categories_, strict=True)
    }


def compile_estimator(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """A fitted estimator as a function of one prepared row."""
    kind = type(estimator).__name__
    if kind in ("LGBMClassifier", "LGBMRegressor"):
        return compile_lightgbm(estimator, task)
    if kind in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"):
        return compile_histogram(estimator, task)
    if kind == "LogisticRegression":
        return compile_logistic(estimator, task)
    if kind in ("Ridge", "Lasso", "ElasticNet"):
        weights, start = np.ravel(estimator.coef_), float(np.ravel(estimator.intercept_)[0])
        return lambda row: np.array([row[0] @ weights + start])
    if kind in ("AverageClassifier", "AverageRegressor"):
        return compile_average(estimator, task)
    return compile_other(estimator, task)


def compile_average(average: Any, task: str) -> Callable[[Floats], Scores]:
    """The weighted average of the members, each on its own columns of the prepared row."""
    members = [compile_estimator(one, task) for one in average.estimators]
    every = list(zip(members, average.list_columns(), average.weights, strict=True))

    def function(row: Floats) -> Scores:
        return np.asarray(sum(weight * member(row[:, columns]) for member, columns, weight in every))

    return function


def probabilities(found: Floats, estimator: Any, task: str) -> Scores:
    """The probabilities of one row in the shape of the task; raises NoWay where a class was never seen in fitting."""
    if list(estimator.classes_) != list(range(found.shape[1])):
        raise Unsupported
    return found[:, 1] if task == "binary" else found


def compile_lightgbm(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """LightGBM's trees on one thread, without its table."""
    booster = estimator.booster_
    if task != "regression" and list(estimator.classes_) != list(
        range(2 if task == "binary" else estimator.n_classes_)
    ):
        raise Unsupported
    return one_row(booster)


def compile_logistic(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """The linear scores through the logistic function, or its form for several classes."""
    from scipy.special import expit, softmax

    weights, start = estimator.coef_, estimator.intercept_
    if task == "binary":
        if list(estimator.classes_) != [0, 1]:
            raise Unsupported
        return lambda row: expit(weights @ row[0] + start)
    return lambda row: probabilities(softmax((weights @ row[0] + start)[None, :], axis=1), estimator, task)


def compile_histogram(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """scikit-learn's boosted trees, all of them walked down at once."""
    from scipy.special import expit, softmax

    if estimator.is_categorical_ is not None or task not in ("binary", "multiclass", "regression"):
        raise Unsupported
    boosted_trees = read_boosted_trees(estimator)
    start, walks = boosted_trees.start, [compile_trees(nodes) for nodes in boosted_trees.trees]
    if task == "regression" and estimator.loss != "squared_error":
        raise Unsupported

    def raw(row: Floats) -> Floats:
        return np.array([sum(one(row[0]), start[number]) for number, one in enumerate(walks)])

    if task == "regression":
        return raw
    if task == "binary":
        return lambda row: expit(raw(row))
    return lambda row: probabilities(softmax(raw(row)[None, :], axis=1), estimator, task)


def compile_trees(nodes: TreeNodes) -> Callable[[Floats], list[float]]:
    """The leaf's value in each tree, in their order."""
    roots = np.cumsum(nodes.sizes) - nodes.sizes
    here, shift = np.arange(len(nodes.value)), np.repeat(roots, nodes.sizes)
    left = np.where(nodes.is_leaf, here, nodes.left + shift)
    right = np.where(nodes.is_leaf, here, nodes.right + shift)

    def function(row: Floats) -> list[float]:
        gone, at = np.isnan(row), roots
        for _ in range(nodes.depth):
            asked = nodes.feature[at]
            goes_left = np.where(gone[asked], nodes.missing_left[at], row[asked] <= nodes.threshold[at])
            at = np.where(goes_left, left[at], right[at])
        return [float(one) for one in nodes.value[at]]

    return function


def compile_other(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """Any other estimator, on a table of the prepared numbers alone."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        raise Unsupported

    def table(row: Floats) -> pd.DataFrame:
        return pd.DataFrame(row, columns=names)

    if task in ("binary", "multiclass"):
        return lambda row: probabilities(np.asarray(estimator.predict_proba(table(row))), estimator, task)
    return lambda row: np.asarray(estimator.predict(table(row)), dtype=np.float64)
