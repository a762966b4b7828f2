"""Columns that give the target away: they would make a model that is right here and useless later."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lifecycle.data.leakage import PAIRED, Label, Limits, Suspect, columns_and_pairs, combined, equal, plain_numbers
from lifecycle.onboarding.infer.column_types import Kind
from lifecycle.onboarding.infer.target import Answer
from lifecycle.reporting.text import shown

ROWS = 20_000
LIMITS = Limits(column=0.98, pair=0.98, order=0.75, duplicates=0.01, rows=ROWS)  # as in conf/leaks/default.yaml


def giveaways(kinds: Mapping[str, Kind], features: Sequence[str], found: Answer, seed: int) -> dict[str, str]:
    """The features that give the target away, each with the reason; at most `ROWS` rows are looked at."""
    rows = np.flatnonzero(found.there)
    drawn = np.sort(np.random.default_rng(seed).permutation(len(rows))[:ROWS])
    table = pd.DataFrame({name: plain(kinds[name]).iloc[rows[drawn]] for name in features}).reset_index(drop=True)
    signs = columns_and_pairs(table, found.coded()[drawn], LIMITS)
    alone = {sign.columns[0]: sign.strength for sign in signs if sign.kind == "column"}
    reasons = {sign.columns[0]: by_itself(sign, found) for sign in signs if sign.kind == "column" and sign.fails}
    single = set(reasons)
    for sign in signs:
        if sign.kind != "column" and sign.fails and says_more(sign, alone, single):
            reasons |= {name: together(sign, table, found.coded()[drawn], found) for name in sign.columns}
    return reasons


def plain(kind: Kind) -> pd.Series:
    """The values as leaks are looked for: numbers, flags, or text."""
    return kind.values.astype("str") if kind.is_text else kind.values


def says_more(sign: Suspect, alone: Mapping[str, float], single: set[str]) -> bool:
    """Whether a pair says what neither column says alone: beside one that fails by itself it must say everything."""
    if any(alone[name] == 1 for name in sign.columns):
        return False
    return sign.strength == 1 or not single.intersection(sign.columns)


def measured(sign: Suspect, found: Answer) -> str:
    """The strength with what it is."""
    if found.task == "regression":
        return f"rank correlation {2 * sign.strength - 1:.3f}"
    return f"ROC-AUC {sign.strength:.3f}" + (" between any two classes" if found.task == "multiclass" else "")


def by_itself(sign: Suspect, found: Answer) -> str:
    """Why one column is forbidden."""
    return f"tells {shown(found.name)} by itself: {measured(sign, found)}"


def together(sign: Suspect, table: pd.DataFrame, label: Label, found: Answer) -> str:
    """Why two columns are forbidden."""
    one, two = (shown(name) for name in sign.columns)
    both = f"{one} {'+' if sign.kind == 'sum' else '-'} {two}"
    first, second = (plain_numbers(table[name]) for name in sign.columns)
    if equal(combined(sign.kind, first, second)[None, :], label)[0]:
        return f"{both} = {shown(found.name)} in every row" + ("" if sign.kind == "sum" else ", or its negative")
    return f"{both} tells {shown(found.name)}: {measured(sign, found)}"


def extent(rows: int, numeric: int) -> str:
    """What was looked at, where that was not everything; else nothing."""
    said = [f"{ROWS:,} of {rows:,} rows, drawn at random"] if rows > ROWS else []
    said += [f"pairs among the {PAIRED} strongest of {numeric:,} numeric columns"] if numeric > PAIRED else []
    return "; ".join(said)
