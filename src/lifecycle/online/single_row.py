"""One raw row to its features in plain Python: the same steps as for tables, prepared once for many rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.data.cells.plain import KINDS
from lifecycle.data.cleaning import Tables
from lifecycle.data.schema import Column
from lifecycle.online.definitions import HISTORY, FeatureDefinitions
from lifecycle.online.history_steps import name_features
from lifecycle.online.known_rows import is_missing
from lifecycle.online.raw_rows import clean_rows, run_steps
from lifecycle.online.row_rules import Convert, Rejection, Rule, convert_to_float, pass_on, prepare_rule
from lifecycle.online.row_steps.calendar import RowFeatures
from lifecycle.online.row_steps.kinds import MISSING, Kinds, Row, RowStep
from lifecycle.online.row_steps.registry import prepare_features, prepare_step
from lifecycle.online.row_steps.tables import compute_as_table, run_as_table
from lifecycle.online.timelines import Timelines


@dataclass(frozen=True)
class RowResult:
    """The features of one raw row in plain values, its id and its moment; or why it is rejected.

    Every number is a float, NaN where it is missing. The id is empty where the row has none.
    """

    id: str
    moment: int | None
    features: Mapping[str, Any]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True)
class AsTables:
    """What the steps need that only know tables: raw rows as an example, and the earlier rows as they are by now."""

    example: pd.DataFrame
    past: Callable[[], pd.DataFrame]


@dataclass(frozen=True)
class PreparedStep:
    """A cleaning step for one row, by its place among all, and what it was prepared with: columns, other tables."""

    place: int
    given: Kinds
    others: Tables
    step: RowStep

    def is_still_right(self, kinds: Kinds, tables: Tables) -> bool:
        """Whether it would be prepared in the same way with these columns and other tables."""
        return self.given == kinds and all(tables.get(name) is table for name, table in self.others.items())


@dataclass(frozen=True)
class CompiledRow:
    """What makes the features of one raw row.

    `asked` is a raw row in which everything is missing, `rules` are those of the needed columns, `kept` the columns
    that are features and what converts them, `parts` the features that a row gives by itself, `names` all features in
    their order, `id` and `moment` the columns with these.
    """

    definitions: FeatureDefinitions
    timelines: Timelines
    asked: Row
    steps: tuple[PreparedStep, ...]
    rules: tuple[Rule, ...]
    kept: tuple[tuple[str, Convert], ...]
    parts: tuple[RowFeatures, ...]
    names: tuple[str, ...]
    id: str
    moment: str | None
    as_tables: AsTables | None

    def __call__(self, raw: Mapping[str, Any]) -> RowResult:
        """The features of a raw row of plain values.

        Raises OverflowError for a value that only a table can tell, such as a time in the year 0.
        """
        row: Row = {**self.asked, **raw}
        for prepared in self.steps:
            prepared.step.change(row)
        rejections: list[Rejection] = []
        for rule in self.rules:
            rule(row, rejections)
        features = {} if rejections else self._compute_features(row)
        id = row.get(self.id)
        moment = row[self.moment] if self.moment else None
        return RowResult("" if is_missing(id) else str(id), moment, features, tuple(rejections))

    def _compute_features(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = self.timelines.compute(row)
        for part in self.parts:
            found.update(part.compute(row))
        for name, convert in self.kept:
            found[name] = convert(row[name])
        return {name: found[name] for name in self.names}

    def with_tables(self, worlds: Sequence[Tables]) -> CompiledRow | None:
        """The same with other tables: only the steps whose own table is another one are prepared anew."""
        return compile_row(self.definitions, worlds, self.timelines, self.steps, self.as_tables)


def compile_row(
    definitions: FeatureDefinitions,
    worlds: Sequence[Tables],
    timelines: Timelines,
    before: Sequence[PreparedStep] = (),
    as_tables: AsTables | None = None,
) -> CompiledRow | None:
    """What makes the features of one raw row; None where a type or a rule needs a table.

    `worlds` are the other tables before each cleaning step; steps of `before` are taken over where theirs is the same.
    A step that has no way for one row of its own is done `as_tables`; without that there is no way either.
    """
    kinds = list_asked_kinds(definitions)
    asked = {name: MISSING[kind] for name, kind in kinds.items()}
    steps = prepare_steps(definitions, kinds, worlds, {one.place: one for one in before}, as_tables)
    if steps is None:
        return None
    kinds = steps[-1].step.kinds if steps else kinds
    rules, parts = prepare_rules(definitions, kinds), prepare_parts(definitions, worlds, as_tables)
    if rules is None or parts is None or definitions.clean.rejected in kinds:
        return None
    kept = tuple((name, choose_conversion(definitions.schema.columns[name])) for name in definitions.features.keep)
    names = (*definitions.features.keep, *list_step_features(definitions, parts))
    moment = definitions.moment if definitions.has_past and definitions.moment in definitions.needed else None
    return CompiledRow(
        definitions=definitions,
        timelines=timelines,
        asked=asked,
        steps=steps,
        rules=rules,
        kept=kept,
        parts=tuple(parts.values()),
        names=names,
        id=definitions.schema.id,
        moment=moment,
        as_tables=as_tables,
    )


def list_asked_kinds(definitions: FeatureDefinitions) -> Kinds:
    """The kinds of the raw columns that are asked for, and of the id where it is one that may be given."""
    types, id = definitions.list_types(definitions.unit), definitions.schema.id
    names = [*definitions.asked, *([id] if id in types else [])]
    return {name: KINDS[types[name]] for name in names}


def prepare_steps(
    definitions: FeatureDefinitions,
    kinds: Kinds,
    worlds: Sequence[Tables],
    before: Mapping[int, PreparedStep],
    as_tables: AsTables | None,
) -> tuple[PreparedStep, ...] | None:
    """The cleaning steps that a question needs for its own row; None if there is one that cannot be done for a row."""
    prepared: list[PreparedStep] = []
    for place in definitions.steps:
        known = before.get(place)
        if known is None or not known.is_still_right(kinds, worlds[place]):
            known = prepare_at(definitions, place, kinds, worlds, as_tables)
        if known is None:
            return None
        prepared.append(known)
        kinds = known.step.kinds
    return tuple(prepared)


def prepare_at(
    definitions: FeatureDefinitions, place: int, kinds: Kinds, worlds: Sequence[Tables], as_tables: AsTables | None
) -> PreparedStep | None:
    """The cleaning step at a place: by itself or, where it has no way for one row, on a table of that row."""
    call, tables = definitions.clean.steps[place], worlds[place]
    step, other = prepare_step(call, definitions.unit, kinds, tables), call.arguments.get("other")
    if step is not None:
        return PreparedStep(place, kinds, {other: tables[other]} if other else {}, step)
    if as_tables is None:
        return None
    places = [one for one in definitions.steps if one <= place]
    after = run_steps(definitions, places, as_tables.example[[*definitions.asked]], worlds)
    step = run_as_table(call, definitions.unit, kinds, tables, after)
    return PreparedStep(place, kinds, tables, step) if step else None


def prepare_rules(definitions: FeatureDefinitions, kinds: Kinds) -> tuple[Rule, ...] | None:
    """The rules of the needed columns and of the id; None if there is one that cannot be done for a row."""
    schema = definitions.schema
    names = dict.fromkeys([*definitions.needed, *([schema.id] if schema.id in kinds else [])])
    if not set(names) <= set(kinds):
        return None
    found = [prepare_rule(name, schema.columns[name], kinds[name], schema.find_reading(name)) for name in names]
    rules = [rule for rule in found if rule]
    return tuple(rules) if len(rules) == len(found) else None


def prepare_parts(
    definitions: FeatureDefinitions, worlds: Sequence[Tables], as_tables: AsTables | None
) -> dict[int, RowFeatures] | None:
    """The feature steps beside those of the history, by place; None if there is one that cannot be done for a row."""
    steps = {place: step for place, step in enumerate(definitions.features.steps) if step.target not in HISTORY}
    found = {place: prepare_features(step, definitions.schema) for place, step in steps.items()}
    if as_tables is not None and not all(found.values()):
        few = clean_rows(definitions, as_tables.example[[*definitions.asked]], worlds).table
        found |= {
            place: compute_as_table(step, definitions.schema, few, as_tables.past)
            for place, step in steps.items()
            if found[place] is None
        }
    parts = {place: part for place, part in found.items() if part}
    return parts if len(parts) == len(found) else None


def list_step_features(definitions: FeatureDefinitions, parts: Mapping[int, RowFeatures]) -> Iterator[str]:
    """The names of the features that steps make, in the order of the steps."""
    for place, step in enumerate(definitions.features.steps):
        yield from parts[place].names if place in parts else name_features(step)


def choose_conversion(column: Column) -> Convert:
    """What turns a column's plain values into those of a feature: a number is a float."""
    return convert_to_float if KINDS[column.type] in ("number", "integer") else pass_on
