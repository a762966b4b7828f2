"""The fitted preprocessing of one row, as plain functions of its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.columns import with_columns
from lifecycle.release.fields import Field, Value

THRESHOLD = 1e-7  # how near to an end of its column a number counts as beyond it (scikit-learn's BOUNDS_THRESHOLD)
UNKNOWN = "\x00no such value"
# Transformers of numbers, and of texts those that treat each column by itself.
OF_NUMBERS = (
    "SimpleImputer",
    "StandardScaler",
    "MinMaxScaler",
    "RobustScaler",
    "StableQuantileTransformer",
    "SmoothClip",
    "Arithmetic",
    "Bins",
)
OF_TEXTS = (
    "KnownCategories",
    "RareGrouped",
    "Counts",
    "OrdinalEncoder",
    "OneHotEncoder",
    "TargetEncoder",
    "StandardScaler",
)
OF_PAIRS = "Crosses"  # of texts: what it adds is made of two of them


class Unsupported(Exception):
    """A pipeline that cannot be taken apart into functions of one row."""


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
    if kind == "StableQuantileTransformer":
        return ranked(step)
    if kind == "SmoothClip":
        return lambda row: np.asarray(step.clip(row))
    if kind in ("Arithmetic", "Bins"):
        return lambda row: np.asarray(step.extend(row[None, :])[0])
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


def ranked(step: Any) -> Callable[[Floats], Floats]:
    """Each number by its place among the quantiles of its column, as the distribution asked for.

    The place is the mean of the first and the last at which the number may stand (scikit-learn's QuantileTransformer).
    """
    from scipy.special import ndtri

    curves = step.curves_
    places, quantiles = curves.references_, np.ascontiguousarray(curves.quantiles_.T)
    backwards = -quantiles[:, ::-1]
    normal = curves.output_distribution == "normal"
    reach = THRESHOLD if normal else 0.0
    tail = THRESHOLD - np.spacing(1.0)
    lowest, highest = ndtri(tail), ndtri(1 - tail)

    def function(row: Floats) -> Floats:
        found = np.array(
            [
                0.5 * (np.interp(value, up, places) - np.interp(-value, down, -places[::-1]))
                for value, up, down in zip(row, quantiles, backwards, strict=True)
            ]
        )
        found[row + reach >= quantiles[:, -1]] = 1.0
        found[row - reach <= quantiles[:, 0]] = 0.0
        return np.clip(ndtri(found), lowest, highest) if normal else found

    return function


def compile_text_steps(
    steps: list[Any], places: list[int], names: list[str], typical: pd.DataFrame
) -> Callable[[Sequence[Value]], Floats]:
    """Texts looked up in what the transformers themselves make of each known value, of none, and of another."""
    if steps and type(steps[0]).__name__ == OF_PAIRS:
        return compile_crosses(steps, places, names, typical)
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


def compile_crosses(
    steps: list[Any], places: list[int], names: list[str], typical: pd.DataFrame
) -> Callable[[Sequence[Value]], Floats]:
    """Texts with the crosses that the first step makes of them, each then looked up by itself."""
    crosses, crossed = steps[0], steps[0].transform(typical[names])
    look_up = compile_text_steps(steps[1:], list(range(crossed.shape[1])), list(crossed.columns), crossed)
    return lambda row: look_up(crosses.extend([row[place] for place in places]))


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
        if steps and type(steps[0]).__name__ in (OF_PAIRS, *OF_TEXTS[:-1]):
            found |= list_known_values(steps[0], list(names))
    return found


def list_known_values(step: Any, names: list[str]) -> dict[str, list[str]]:
    """The texts that a transformer has learned, by column."""
    if hasattr(step, "levels_"):
        return {name: list(step.levels_[name]) for name in names}
    if hasattr(step, "values_"):
        return {name: list(step.values_[name]) for name in names}
    if hasattr(step, "frequent_"):
        return {name: list(step.frequent_[name]) for name in names}
    return {
        name: [str(value) for value in values if isinstance(value, str)]
        for name, values in zip(names, step.categories_, strict=True)
    }
