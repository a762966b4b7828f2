"""How raw rows become features: what a release keeps of the configuration, and how it is read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from lifecycle import config
from lifecycle.data.cells.reading import Reading
from lifecycle.data.cells.years import YEARS, Years
from lifecycle.data.cleaning import Clean
from lifecycle.data.features.build import Features
from lifecycle.data.schema import Schema, Type
from lifecycle.io.plain_text import escape_hidden
from lifecycle.options import Call, options

FEATURES = "features.json"
HISTORY = frozenset(
    f"lifecycle.data.features.history.{name}" for name in ("average_recent", "find_latest", "lag_values")
)
# Moments that lie up to this long before the newest fact are answered, in microseconds: seven days.
SLACK = 7 * 24 * 3_600_000_000


@options
class FeatureDefinitions:
    """The schema, the cleaning steps and the feature steps, and which of them a question needs.

    `asked` are the raw columns of the units' table that a question must have, `identity` those that the id is made
    of, `nullable` those that may be missing; with `makes_id` a question's own columns are enough for its id.
    `steps` are the places of the cleaning steps that a question needs for its own row, `other_steps` those that
    change the other tables; `needed` are the columns of the cleaned table that features are made from. Earlier rows
    need `past_columns`, which `past_steps` make, and ids `identity_steps`. `horizon` is the newest moment of the rows
    that the release knows, in microseconds since 1970. Questions and events have times of the `years` alone.
    """

    schema: Schema
    clean: Clean
    features: Features
    asked: tuple[str, ...]
    identity: tuple[str, ...]
    nullable: tuple[str, ...]
    makes_id: bool
    steps: tuple[int, ...]
    other_steps: tuple[int, ...]
    identity_steps: tuple[int, ...]
    past_steps: tuple[int, ...]
    needed: tuple[str, ...]
    past_columns: tuple[str, ...]
    horizon: int
    years: Years = YEARS

    @property
    def unit(self) -> str:
        """The raw table whose rows are asked about."""
        return self.clean.unit

    def find_readings(self, table: str) -> dict[str, tuple[Type, Reading]]:
        """How a raw table's cells are read before the first step, by column: of tables with the units' columns."""
        schema, types = self.schema, self.schema.tables[table]
        if types != schema.tables[self.unit]:
            return {}
        found = {name: schema.find_reading(name) for name in types if name in schema.columns}
        return {name: (schema.columns[name].type, reading) for name, reading in found.items() if reading is not None}

    def list_types(self, table: str) -> dict[str, Type]:
        """The types of a raw table's columns once its cells are read."""
        return {**self.schema.tables[table], **{name: kind for name, (kind, _) in self.find_readings(table).items()}}

    @property
    def moment(self) -> str | None:
        """The column with the moment of asking: of the role prediction_time, else time."""
        return find_moment(self.schema)

    @property
    def past_schema(self) -> Schema:
        """The schema of the earlier rows that features look back at."""
        return replace(self.schema, columns={name: self.schema.columns[name] for name in self.past_columns})

    @property
    def has_past(self) -> bool:
        """Whether features may look back at earlier rows: the engine's history steps do, a project's own may."""
        return any(step.target in HISTORY or is_own(step) for step in self.features.steps)


def find_moment(schema: Schema) -> str | None:
    """The column with the moment of asking; None where rows have no time."""
    return schema.find_column("prediction_time") or schema.time


def is_own(step: Call) -> bool:
    """Whether a step is none of the engine's."""
    return not step.target.startswith("lifecycle.")


def encode_definitions(definitions: FeatureDefinitions) -> bytes:
    """The definitions as JSON."""
    return escape_hidden(json.dumps(asdict(definitions), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse_definitions(record: Any, where: str) -> FeatureDefinitions:
    """The definitions of a release's file; raises CorruptFile for what is none."""
    return config.from_record(FeatureDefinitions, record, where=where, todo="dvc repro --force package")


def list_keys(definitions: FeatureDefinitions) -> Mapping[str, tuple[str, ...]]:
    """The columns that identify a row, by raw table: only rows of these can become known later."""
    others = {name: other.key for name, other in definitions.clean.tables.items()}
    return others | {definitions.unit: definitions.identity}
