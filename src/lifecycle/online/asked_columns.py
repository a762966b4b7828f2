"""What a question must have: the raw columns, cleaning steps and cleaned columns that features are made from.

Each is found by leaving it out: what nothing later misses is not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from lifecycle import targets
from lifecycle.data.cells.years import find_years
from lifecycle.data.cleaning import Clean, Tables
from lifecycle.data.columns import with_columns
from lifecycle.data.features.build import Features
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import LifecycleError
from lifecycle.online.definitions import HISTORY, FeatureDefinitions, find_moment, is_own
from lifecycle.online.raw_rows import WHERE, clean_rows, list_other_tables, run_steps, type_columns
from lifecycle.options import Call
from lifecycle.target_kinds import FEATURE, STEP

# What a function raises that misses a column.
MISSING = (KeyError, AttributeError, LifecycleError, ValueError, TypeError)


# Steps that are about labels alone.
OF_LABELS = ("lifecycle.data.steps.feedback.merge_labels",)


@dataclass(frozen=True)
class StepEffect:
    """What a cleaning step does: the columns that it adds to the units' table and those whose values it changes.

    `rows` is whether it changes which rows there are, `others` whether it changes the other tables.
    """

    added: frozenset[str]
    altered: frozenset[str]
    rows: bool
    others: bool


@dataclass(frozen=True)
class ObservedSteps:
    """What the cleaning steps do: the raw tables, those after all steps, and the effect of each step."""

    raw: Tables
    made: Tables
    effects: Sequence[StepEffect]


def find_needed_columns(table: pd.DataFrame, features: Features, schema: Schema) -> tuple[str, ...]:
    """The columns of the cleaned table that features are made from, in the schema's order; `table` has a few rows."""
    needed = {*features.keep}
    for step in features.steps:
        needed |= find_columns_of_step(table, step)
    moment = find_moment(schema)
    needed |= {moment} if moment and any(step.target in HISTORY for step in features.steps) else set()
    return tuple(name for name in schema.columns if name in needed)


def find_past_columns(features: Features, schema: Schema) -> tuple[str, ...]:
    """The columns of earlier rows that features look back at, and those by which rows are rejected or sorted."""
    looked_at = {schema.id, schema.time, schema.target}
    for step in features.steps:
        if step.target in HISTORY:
            looked_at |= {step.arguments["value"], step.arguments["known_at"], *step.arguments["by"]}
    every = any(is_own(step) for step in features.steps)
    return tuple(name for name, column in schema.columns.items() if every or name in looked_at or may_reject(column))


def may_reject(column: Column) -> bool:
    """Whether a value of the column, or a missing one, is a reason to reject the row."""
    limited = column.low is not None or column.high is not None or bool(column.categories)
    return column.missing == "reject" or (column.outside == "reject" and limited)


def find_ruled_columns(asked: Sequence[str], schema: Schema) -> tuple[str, ...]:
    """The asked columns by which a row is rejected, as it was in training, also where no feature is made from them."""
    later = ("id", "target", "forbidden")
    found = {name: schema.columns[name] for name in asked if name in schema.columns}
    return tuple(name for name, column in found.items() if column.role not in later and may_reject(column))


def find_columns_of_step(table: pd.DataFrame, step: Call) -> set[str]:
    """The columns of the asked row that a feature step reads."""
    if step.target in HISTORY:
        return {*step.arguments["by"], str(step.arguments["prediction_time"])}
    named = {text for text in list_texts(step.arguments) if text in table}

    def runs(names: Iterable[str]) -> bool:
        return does_run(lambda: targets.call(step, "conf/features/", table[[*names]], table, kind=FEATURE))

    start = named if runs(named) else set(map(str, table.columns))
    return leave_out(start, runs)


def list_texts(value: object) -> Iterable[str]:
    """Every text in the arguments of a step."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from list_texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from list_texts(one)


def does_run(work: Callable[[], object]) -> bool:
    """Whether a function runs on a table that has not every column."""
    try:
        work()
    except MISSING:
        return False
    return True


def leave_out(names: set[str], runs: Callable[[set[str]], bool]) -> set[str]:
    """The names without those that are not missed, tried one by one in alphabetical order."""
    kept = set(names)
    for name in sorted(names):
        if runs(kept - {name}):
            kept.discard(name)
    return kept


def observe_steps(raw: Tables, clean: Clean) -> ObservedSteps:
    """What each cleaning step does to the raw tables of a data version."""
    effects, tables = [], raw
    for place, step in enumerate(clean.steps):
        made: Tables = targets.call(step, f"{WHERE}, key steps.{place}", tables, kind=STEP)
        effects.append(compare_tables(tables, made, clean.unit))
        tables = made
    return ObservedSteps(raw, tables, effects)


def compare_tables(before: Tables, after: Tables, unit: str) -> StepEffect:
    """What a step has done, by the tables before and after it."""
    others = any(after.get(name) is not rows for name, rows in before.items() if name != unit)
    others |= any(name not in before for name in after)
    old, new = before[unit], after[unit]
    if not new.index.equals(old.index):
        return StepEffect(frozenset(map(str, new.columns)), frozenset(), rows=True, others=others)
    added = frozenset(str(name) for name in new.columns if name not in old.columns)
    kept = [name for name in old.columns if name in new.columns]
    altered = frozenset(str(name) for name in kept if new[name] is not old[name] and not new[name].equals(old[name]))
    return StepEffect(added, altered | {str(name) for name in old.columns} - set(map(str, kept)), False, others)


Run = Callable[[tuple[int, ...], frozenset[str]], object]


def find_asked_steps(
    effects: Sequence[StepEffect], clean: Clean, needed: Sequence[str], target: str | None, run: Run
) -> tuple[int, ...]:
    """The places of the steps whose columns are needed; `run` makes them by some steps, without some raw columns.

    A step is not needed where none of its columns is, and all goes on without the step and without those columns.
    """
    kept = [
        place
        for place, effect in enumerate(effects)
        if (effect.added or effect.altered or effect.rows)
        and (target in needed or clean.steps[place].target not in OF_LABELS)
    ]
    for place in reversed(kept.copy()):
        without, touched = tuple(one for one in kept if one != place), effects[place].added | effects[place].altered
        if not touched & set(needed) and does_run(partial(run, without, effects[place].altered)):
            kept.remove(place)
    return tuple(kept)


def find_asked_columns(
    definitions: FeatureDefinitions, sample: pd.DataFrame, worlds: Sequence[Tables]
) -> tuple[str, ...]:
    """The raw columns of the units' table without which the needed ones cannot be made, in the sample's order."""

    def runs(names: set[str]) -> bool:
        rows = sample[[name for name in sample.columns if name in names]]
        return does_run(lambda: make_columns(definitions, rows, worlds))

    kept = {name for name in sample.columns if name in definitions.needed}
    if not runs(kept):
        kept = leave_out(set(map(str, sample.columns)), runs)
    return tuple(name for name in sample.columns if name in kept)


def make_columns(definitions: FeatureDefinitions, rows: pd.DataFrame, worlds: Sequence[Tables]) -> pd.DataFrame:
    """The needed columns of raw rows in their types; raises what a step raises that misses a column."""
    return type_columns(run_steps(definitions, definitions.steps, rows, worlds), definitions.schema, definitions.needed)


def find_nullable(definitions: FeatureDefinitions, sample: pd.DataFrame, worlds: Sequence[Tables]) -> tuple[str, ...]:
    """The raw columns that may be missing: without their values no row is rejected that was not before."""
    before = len(clean_rows(definitions, sample, worlds).places)

    def may_be_missing(name: str) -> bool:
        blank = with_columns(sample, {name: sample[name].mask(sample[name].notna())})
        try:
            return len(clean_rows(definitions, blank, worlds).places) == before
        except MISSING:
            return False

    return tuple(name for name in definitions.asked if may_be_missing(name))


def build_definitions(
    observed: ObservedSteps, sample: pd.DataFrame, schema: Schema, clean: Clean, features: Features, horizon: int
) -> FeatureDefinitions:
    """What a question must have, found on a sample of the units' raw rows.

    The id is asked for, or made, only where that takes no other column than the features do.
    """
    effects = observed.effects
    others = {name: rows for name, rows in observed.raw.items() if name != clean.unit}
    few = type_columns(observed.made[clean.unit].head(len(sample)), schema, list(schema.columns))
    draft = FeatureDefinitions(
        schema=schema,
        clean=clean,
        features=features,
        asked=(),
        identity=(),
        nullable=(),
        makes_id=False,
        steps=tuple(range(len(effects))),
        other_steps=tuple(place for place, effect in enumerate(effects) if effect.others),
        identity_steps=(),
        past_steps=(),
        needed=find_needed_columns(few, features, schema),
        past_columns=find_past_columns(features, schema),
        horizon=horizon,
        years=find_years(observed.raw.values()),
    )
    named = limit_to(draft, effects, others, sample, (schema.id,))
    earlier = limit_to(draft, effects, others, sample, draft.past_columns)
    without = limit_to(draft, effects, others, sample, draft.needed)
    makes_id = schema.id not in observed.raw[clean.unit] and set(named.asked) <= set(without.asked)
    wanted = (schema.id, *draft.needed) if makes_id else draft.needed
    found = limit_to(draft, effects, others, sample, wanted) if makes_id else without
    ruled = find_ruled_columns(found.asked, schema)
    checked = limit_to(draft, effects, others, sample, tuple(dict.fromkeys([*wanted, *ruled])))
    needed = {*draft.needed, *(ruled if checked.asked == found.asked else ())}
    found = replace(
        checked if checked.asked == found.asked else found,
        needed=tuple(name for name in schema.columns if name in needed),
        identity=named.asked,
        makes_id=makes_id,
        identity_steps=named.steps,
        past_steps=draft.steps if clean.rejected else earlier.steps,
    )
    worlds = list_other_tables(found, others, sample)
    return replace(found, nullable=find_nullable(found, sample[[*found.asked]], worlds))


def limit_to(
    draft: FeatureDefinitions,
    effects: Sequence[StepEffect],
    others: Tables,
    sample: pd.DataFrame,
    wanted: tuple[str, ...],
) -> FeatureDefinitions:
    """The definitions with the steps and the raw columns that these cleaned columns need."""
    draft = replace(draft, needed=wanted)

    def run(steps: tuple[int, ...], gone: frozenset[str]) -> pd.DataFrame:
        chosen = replace(draft, steps=steps)
        rows = sample[[name for name in sample.columns if name not in gone]]
        return make_columns(chosen, rows, list_other_tables(chosen, others, rows))

    draft = replace(draft, steps=find_asked_steps(effects, draft.clean, wanted, draft.schema.target, run))
    worlds = list_other_tables(draft, others, sample)
    return replace(draft, asked=find_asked_columns(draft, sample, worlds))
