"""A release as those see it who show no key where there is one: without a row of the training data.

The pages and the OpenAPI document stay public, since a person opens a page before there is anywhere to enter a key, and
since names, types and ranges are what a client is written against. Their example is the row of a real object, though.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lifecycle.release.fields import Field
from lifecycle.release.raw_contract import RawContract, RawField
from lifecycle.release.release import Release, get_typical_value

TYPICAL = "x-typical"


def hide_rows(release: Release) -> Release:
    """The release with an example of typical values: medians and listed or frequent values, none of one row's own.

    A value that is not known without a row is null, so the example may be no complete row.
    """
    agreed = release.contract
    typical = {one.name: choose_value(one, get_typical_value(agreed, one.name)) for one in agreed.fields}
    raw = {"question": choose_raw_values(release.raw, typical)} if release.raw else {}
    schema = hide_values(agreed.schema, typical)
    return replace(release, contract=replace(agreed, schema=schema), example={"request": typical} | raw)


def choose_value(one: Field, typical: Any) -> Any:
    """A feature's typical value; null for a text that is not among the listed ones, which may be one row's own."""
    return None if one.kind == "text" and typical not in one.categories else typical


def choose_raw_values(raw: RawContract, typical: Mapping[str, Any]) -> dict[str, Any]:
    """A value of each raw column."""
    return {one.name: choose_raw_value(one, typical) for one in raw.fields}


def choose_raw_value(one: RawField, typical: Mapping[str, Any]) -> Any:
    """The first of the values that a column often has, or the typical one of a feature that it is as it stands."""
    if one.known:
        return one.known[0]
    plain = one.reading is None and one.type in ("number", "integer", "boolean")
    return typical.get(one.name) if plain else None


def hide_values(schema: Mapping[str, Any], typical: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with these typical values."""
    entries = {name: entry | {TYPICAL: typical[name]} for name, entry in schema["properties"].items()}
    return {**schema, "properties": entries}
