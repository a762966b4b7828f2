"""The data of both versions: batches, schema, rejected rows, and columns whose values shifted."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.data.schema import Schema
from lifecycle.review.config_diff import flat
from lifecycle.review.versions import Gaps, Side
from lifecycle.statistics.binning import align_counts, count_by_bin, find_upper_ends
from lifecycle.statistics.distances import total_variation_distance

# The share of rows that has to move to another tenth or category before a column is told of.
SHIFT = 0.1


def data(base: Side, head: Side, schema: Schema, problem: str, gaps: Gaps) -> dict[str, Any]:
    """What is told of the data: `batches`, `quality`, `schema` and `shifted` columns."""
    path = paths.CONF / "schema" / f"{problem}.yaml"
    declared = [gaps.attempt(side, "the schema", lambda one: dict(one.record(path))) for side in (base, head)]
    before, after = ({} if one is None else one.get("columns", {}) for one in declared)
    return {
        "batches": batches(base, head, gaps),
        "quality": qualities(base, head, gaps),
        "schema": columns(before, after) if None not in declared else [],
        "shifted": gaps.attempt(base, "the values of columns", lambda one: shifted(one, head, schema)) or [],
    }


def batches(base: Side, head: Side, gaps: Gaps) -> dict[str, Any]:
    """Batches and rows of both, and the batches that came, went or have other bytes."""
    told = [gaps.attempt(side, "batches", provenance) for side in (base, head)]
    before, after = ({one["batch"]: one for one in entries or []} for entries in told)
    if None in told:
        return {}
    return {
        "count": {"base": len(before), "head": len(after)},
        "rows": {"base": total(before), "head": total(after)},
        "added": [entry(after[name]) for name in sorted(after.keys() - before.keys())],
        "removed": [entry(before[name]) for name in sorted(before.keys() - after.keys())],
        "changed": [
            entry(after[name])
            for name in sorted(before.keys() & after.keys())
            if before[name]["sha256"] != after[name]["sha256"]
        ],
    }


def provenance(side: Side) -> list[dict[str, Any]]:
    """The batches of a side."""
    return list(side.record(paths.PROVENANCE)["batches"])


def entry(batch: Mapping[str, Any]) -> dict[str, Any]:
    """A batch's name and rows."""
    return {"batch": batch["batch"], "rows": batch["rows"]}


def total(known: Mapping[str, Mapping[str, Any]]) -> int:
    """The rows of all batches."""
    return int(sum(one["rows"] for one in known.values()))


def qualities(base: Side, head: Side, gaps: Gaps) -> list[dict[str, Any]]:
    """The numbers of the quality report that differ, by name: rows kept and rejected, reasons, shares of missing."""
    before, after = (
        gaps.attempt(side, "rejected rows", lambda one: flat(one.record(paths.QUALITY))) for side in (base, head)
    )
    if before is None or after is None:
        return []
    return [
        {"name": name, "base": before.get(name), "head": after.get(name)}
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def columns(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The columns of the schema that came, went or are declared otherwise."""
    found = [f"{name} added" for name in sorted(after.keys() - before.keys())]
    found += [f"{name} removed" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        old, new = flat(before[name]), flat(after[name])
        keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        found += [f"{name}: {key} {old.get(key)} → {new.get(key)}" for key in keys]
    return found


def shifted(base: Side, head: Side, schema: Schema) -> list[dict[str, Any]]:
    """The features and the target whose values lie elsewhere in head's rows than in base's, the furthest first.

    Where head has rows that base has not, those alone are held against base's rows.
    """
    before, after = (side.table(paths.TABLE) for side in (base, head))
    if before.equals(after):
        return []
    known = before[schema.id] if schema.id in before else pd.Series(dtype="str")
    new = after[~after[schema.id].isin(known)]
    rows = new if len(new) else after
    names = [name for name in schema.named("feature", "target") if name in before and name in after]
    found = {name: moved(before[name], rows[name]) for name in names}
    told = sorted((name for name in found if found[name] >= SHIFT), key=lambda name: (-found[name], name))
    return [{"column": name, "moved": found[name], "rows": len(rows)} for name in told]


def moved(before: pd.Series, after: pd.Series) -> float:
    """The share of rows that would have to change value to look alike, 0 to 1: the total variation distance.

    Numbers are counted in the bins of base's values; a missing value is a level of its own.
    """
    if pd.api.types.is_numeric_dtype(before) and not pd.api.types.is_bool_dtype(before):
        numbers = [one.astype("float64").to_numpy() for one in (before, after)]
        upper_ends = find_upper_ends(np.sort(numbers[0][~np.isnan(numbers[0])]))
        counts = [np.append(count_by_bin(one, upper_ends), np.isnan(one).sum()) for one in numbers]
    else:
        texts = (one.astype("str").fillna("(missing)").value_counts() for one in (before, after))
        counts = list(align_counts(*(one.to_dict() for one in texts)))
    return total_variation_distance(*counts)
