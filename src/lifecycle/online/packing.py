"""The files of a release that make features of raw rows: definitions, what is known by then, and a proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.cleaning import Clean, Tables
from lifecycle.data.features.build import Features
from lifecycle.data.schema import Schema
from lifecycle.errors import CorruptFile, UnfitTable
from lifecycle.io.tables import decode_table, encode_table
from lifecycle.online.asked_columns import ObservedSteps, build_definitions, observe_steps
from lifecycle.online.definitions import (
    FEATURES,
    FeatureDefinitions,
    encode_definitions,
    find_moment,
    parse_definitions,
)
from lifecycle.online.features import OnlineFeatures, Proof, find_differences, load_features
from lifecycle.online.retention import find_needed_rows, read_times
from lifecycle.online.state import KnownState

ROWS, ASKED, ANSWERS = "rows.parquet", "asked.parquet", "answers.parquet"
TODO = "dvc checkout models/release, or dvc repro --force package"
# Rows on which is found what a question must have, and rows that prove the features.
SAMPLE, PROOF = 50, 100


def name_table(place: int) -> str:
    """The file of another raw table, by its place among them in the schema; a table may be called anything."""
    return f"table-{place}.parquet"


def list_others(schema: Schema, unit: str) -> list[str]:
    """The raw tables beside the units'."""
    return [name for name in schema.tables if name != unit]


def is_plain(schema: Schema, clean: Clean, features: Features) -> bool:
    """Whether the features are raw columns as they stand, so that raw rows are prepared ones."""
    raw = schema.tables.get(clean.unit, {})
    return not features.steps and not clean.steps and all(name in raw for name in features.keep)


@dataclass(frozen=True)
class PackedFeatures:
    """What a release keeps to make features of raw rows: files by name, what is in them, and the place of a row.

    `example` is the place in the units' raw table of a row that has the features of training when it is asked about.
    """

    definitions: FeatureDefinitions
    example: int
    files: dict[str, bytes]


def pack_features(
    raw: Tables, past: pd.DataFrame, made: pd.DataFrame, schema: Schema, clean: Clean, features: Features
) -> PackedFeatures:
    """The files that make the features of raw rows.

    `raw` are the raw tables of the data version as clean reads them, `past` the cleaned rows that features look back
    at, `made` the features of the table's rows, the newest of which become the proof. Raises UnfitTable for a feature
    that is another when it is made for a question alone.
    """
    if clean.unit not in raw:
        raise UnfitTable(
            f"the rows of table {clean.unit!r} are made of others, so none can be asked about as it stands",
            where="conf/clean/, key unit",
            todo="asked: prepared in conf/features/, and rows are asked with the model's features",
        )
    observed, sample = observe_steps(raw, clean), raw[clean.unit].tail(SAMPLE).reset_index(drop=True)
    definitions = build_definitions(observed, sample, schema, clean, features, find_horizon(past, schema))
    state = cut_state(observed, past, definitions, sample)
    online = OnlineFeatures(KnownState(definitions, *state, sample))
    places, expected = find_proof(online, raw[clean.unit], made)
    proof = Proof(raw[clean.unit].iloc[places].reset_index(drop=True), expected)
    files = {
        FEATURES: encode_definitions(definitions),
        ROWS: encode_table(state[0]),
        ASKED: encode_table(proof.rows),
        ANSWERS: encode_table(proof.features),
    }
    others = list_others(schema, clean.unit)
    files |= {name_table(place): encode_table(state[1][name]) for place, name in enumerate(others)}
    return PackedFeatures(definitions, int(places[0]), files)


def find_horizon(past: pd.DataFrame, schema: Schema) -> int:
    """The newest moment of earlier rows in microseconds since 1970, 0 where there is none."""
    moment = find_moment(schema)
    return int(read_times(past, moment).max(initial=0)) if moment else 0


def cut_state(
    observed: ObservedSteps, past: pd.DataFrame, definitions: FeatureDefinitions, sample: pd.DataFrame
) -> tuple[pd.DataFrame, Tables]:
    """The units' raw rows and the other tables, without what no question from now on can need."""
    unit, name = definitions.unit, definitions.schema.id
    units = observed.raw[unit]
    others = {other: observed.raw[other] for other in list_others(definitions.schema, unit)}
    tables = KnownState(definitions, units.head(0), others, sample).tables
    if not definitions.has_past:
        return units.head(0), tables
    ids = observed.made[unit][name].reindex(units.index).astype("str")
    needed = past[name][find_needed_rows(past, definitions, definitions.horizon)].astype("str")
    return units[ids.isin(needed).to_numpy()].reset_index(drop=True), tables


def find_proof(
    online: OnlineFeatures, units: pd.DataFrame, made: pd.DataFrame
) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
    """The places of raw rows that ask as they did when they were train rows, and their features.

    The newest rows are taken whose moment is not too old for what is kept. Raises UnfitTable where the features
    that they get now differ from those that they had, and where there are none.
    """
    definitions = online.definitions
    name = definitions.schema.id
    rows = units.tail(20 * PROOF).reset_index(drop=True)
    ids = online.state.name_rows(rows)
    found = online.compute(rows[[*definitions.asked]])
    there = ids.iloc[found.places].reset_index(drop=True)
    known = made.set_index(made[name].astype("str")).drop(columns=name)
    asked = rows[[*definitions.asked]].iloc[found.places].reset_index(drop=True)
    single = ~asked.duplicated(keep="last")  # a row that was collected again with its label asks as before
    unclear = there.where(single).duplicated(keep=False)
    chosen = np.flatnonzero((there.isin(known.index) & single & ~unclear).to_numpy())[-PROOF:]
    if not len(chosen):
        first = found.rejected.iloc[0] if len(found.rejected) else {"field": name, "got": "ids of no train row"}
        raise UnfitTable(
            f"none of the newest {len(rows):,} rows can be asked about alone: {first['field']} is {first['got']}",
            where=f"conf/clean/ and conf/features/, raw table {definitions.unit}",
            todo="asked: prepared in conf/features/, and rows are asked with the model's features",
        )
    expected = known.loc[there.iloc[chosen]].reset_index(drop=True)
    must_agree(found.features.iloc[chosen].reset_index(drop=True), expected, definitions)
    return found.places[chosen] + max(len(units) - 20 * PROOF, 0), expected


def must_agree(given: pd.DataFrame, expected: pd.DataFrame, definitions: FeatureDefinitions) -> None:
    """Raise UnfitTable unless the features are the same to the bit."""
    wrong = find_differences(given, expected)
    if wrong:
        raise UnfitTable(
            f"features differ when a row is asked about alone: {', '.join(wrong[:5])}",
            where=f"conf/features/, {len(wrong)} of {expected.shape[1]} features of {len(expected)} rows; a step must "
            "use its own row, other tables, or what was known by its prediction time",
            todo=f"take the step that makes {wrong[0]} out of conf/features/, or write asked: prepared there",
        )


def unpack_features(files: Mapping[str, bytes], where: str) -> OnlineFeatures:
    """The online features of a release's files, proven; raises CorruptFile for what does not fit together."""
    try:
        record = json.loads(files[FEATURES])
    except (ValueError, RecursionError) as cause:
        raise CorruptFile(f"{FEATURES} is not valid JSON ({cause})", where=where, todo=TODO) from cause
    definitions = parse_definitions(record, f"{where}/{FEATURES}")
    names = list_others(definitions.schema, definitions.unit)
    tables = {name: decode(files, name_table(place), where) for place, name in enumerate(names)}
    proof = Proof(decode(files, ASKED, where), decode(files, ANSWERS, where))
    return load_features(definitions, decode(files, ROWS, where), tables, proof, where)


def decode(files: Mapping[str, bytes], name: str, where: str) -> pd.DataFrame:
    """One table of a release's files."""
    return decode_table(files[name], f"{where}/{name}", TODO)
