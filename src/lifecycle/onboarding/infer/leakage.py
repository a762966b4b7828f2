"""Columns that give the target away: they would make a model that is right here and useless later."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lifecycle.data.leakage import PAIRED, Label, LeakLimits, LeakSign, check_columns_and_pairs, combine, equals_label, convert_to_numbers
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.reporting.text import shorten_text

ROWS = 20_000
LIMITS = LeakLimits(column=0.98, pair=0.98, order=0.75, duplicates=0.01, rows=ROWS)  # as in conf/leaks/default.yaml


def find_leaking_features(kinds: Mapping[str, ColumnInference], features: Sequence[str], found: TargetInference, seed: int) -> dict[str, str]:
    """The features that give the target away, each with the reason; at most `ROWS` rows are looked at."""
    rows = np.flatnonzero(found.there)
    drawn = np.sort(np.random.default_rng(seed).permutation(len(rows))[:ROWS])
    table = pd.DataFrame({name: convert_for_search(kinds[name]).iloc[rows[drawn]] for name in features}).reset_index(drop=True)
    signs = check_columns_and_pairs(table, found.coded()[drawn], LIMITS)
    alone = {sign.columns[0]: sign.strength for sign in signs if sign.kind == "column"}
    reasons = {sign.columns[0]: explain_column(sign, found) for sign in signs if sign.kind == "column" and sign.fails}
    single = set(reasons)
    for sign in signs:
        if sign.kind != "column" and sign.fails and adds_to_columns(sign, alone, single):
            reasons |= {name: explain_pair(sign, table, found.coded()[drawn], found) for name in sign.columns}
    return reasons


def convert_for_search(kind: ColumnInference) -> pd.Series:
    """The values as leaks are looked for: numbers, flags, or text."""
    return kind.values.astype("str") if kind.is_text else kind.values


def adds_to_columns(sign: LeakSign, alone: Mapping[str, float], single: set[str]) -> bool:
    """Whether a pair says what neither column says alone: beside one that fails by itself it must say everything."""
    if any(alone[name] == 1 for name in sign.columns):
        return False
    return sign.strength == 1 or not single.intersection(sign.columns)


def format_strength(sign: LeakSign, found: TargetInference) -> str:
    """The strength with what it is."""
    if found.task == "regression":
        return f"rank correlation {2 * sign.strength - 1:.3f}"
    return f"ROC-AUC {sign.strength:.3f}" + (" between any two classes" if found.task == "multiclass" else "")


def explain_column(sign: LeakSign, found: TargetInference) -> str:
    """Why one column is forbidden."""
    return f"tells {shorten_text(found.name)} by itself: {format_strength(sign, found)}"


def explain_pair(sign: LeakSign, table: pd.DataFrame, label: Label, found: TargetInference) -> str:
    """Why two columns are forbidden."""
    one, two = (shorten_text(name) for name in sign.columns)
    both = f"{one} {'+' if sign.kind == 'sum' else '-'} {two}"
    first, second = (convert_to_numbers(table[name]) for name in sign.columns)
    if equals_label(combine(sign.kind, first, second)[None, :], label)[0]:
        return f"{both} = {shorten_text(found.name)} in every row" + ("" if sign.kind == "sum" else ", or its negative")
    return f"{both} tells {shorten_text(found.name)}: {format_strength(sign, found)}"


def describe_search(rows: int, numeric: int) -> str:
    """What was looked at, where that was not everything; else nothing."""
    said = [f"{ROWS:,} of {rows:,} rows, drawn at random"] if rows > ROWS else []
    said += [f"pairs among the {PAIRED} strongest of {numeric:,} numeric columns"] if numeric > PAIRED else []
    return "; ".join(said)
