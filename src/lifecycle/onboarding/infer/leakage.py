"""Target leakage: columns that predict the target too well to be known at the prediction time."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lifecycle.data.leakage import (
    PAIRED,
    Label,
    LeakLimits,
    LeakSign,
    check_columns_and_pairs,
    combine,
    convert_to_numbers,
    equals_label,
)
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.reporting.text import shorten_text

ROWS = 20_000
LIMITS = LeakLimits(column=0.98, pair=0.98, order=0.75, duplicates=0.01, rows=ROWS)  # as in conf/leaks/default.yaml


def find_leaking_features(
    inferred: Mapping[str, ColumnInference], features: Sequence[str], target: TargetInference, seed: int
) -> dict[str, str]:
    """The features that leak the target, each with the reason; at most `ROWS` rows are checked."""
    rows = np.flatnonzero(target.there)
    sample = np.sort(np.random.default_rng(seed).permutation(len(rows))[:ROWS])
    table = pd.DataFrame(
        {name: convert_for_search(inferred[name]).iloc[rows[sample]] for name in features}
    ).reset_index(drop=True)
    signs = check_columns_and_pairs(table, target.coded()[sample], LIMITS)
    single = {sign.columns[0]: sign.strength for sign in signs if sign.kind == "column"}
    reasons = {sign.columns[0]: explain_column(sign, target) for sign in signs if sign.kind == "column" and sign.fails}
    failing = set(reasons)
    for sign in signs:
        if sign.kind != "column" and sign.fails and adds_to_columns(sign, single, failing):
            reasons |= {name: explain_pair(sign, table, target.coded()[sample], target) for name in sign.columns}
    return reasons


def convert_for_search(column: ColumnInference) -> pd.Series:
    """The values in the types of the leak check: numbers, booleans, or text."""
    return column.values.astype("str") if column.is_text else column.values


def adds_to_columns(sign: LeakSign, single: Mapping[str, float], failing: set[str]) -> bool:
    """Whether a pair predicts more than its columns alone; beside one that fails it must predict perfectly."""
    if any(single[name] == 1 for name in sign.columns):
        return False
    return sign.strength == 1 or not failing.intersection(sign.columns)


def format_strength(sign: LeakSign, target: TargetInference) -> str:
    """The strength with the name of the statistic."""
    if target.task == "regression":
        return f"rank correlation {2 * sign.strength - 1:.3f}"
    return f"ROC-AUC {sign.strength:.3f}" + (" between any two classes" if target.task == "multiclass" else "")


def explain_column(sign: LeakSign, target: TargetInference) -> str:
    """Why one column is forbidden."""
    return f"tells {shorten_text(target.name)} on its own: {format_strength(sign, target)}"


def explain_pair(sign: LeakSign, table: pd.DataFrame, label: Label, target: TargetInference) -> str:
    """Why two columns are forbidden."""
    one, two = (shorten_text(name) for name in sign.columns)
    both = f"{one} {'+' if sign.kind == 'sum' else '-'} {two}"
    first, second = (convert_to_numbers(table[name]) for name in sign.columns)
    if equals_label(combine(sign.kind, first, second)[None, :], label)[0]:
        return f"{both} = {shorten_text(target.name)} in every row" + (
            "" if sign.kind == "sum" else ", or its negative"
        )
    return f"{both} tells {shorten_text(target.name)}: {format_strength(sign, target)}"


def describe_search(rows: int, numeric: int) -> str:
    """The rows and pairs that were checked, if not all; otherwise empty."""
    limits = [f"{ROWS:,} of {rows:,} rows, drawn at random"] if rows > ROWS else []
    limits += [f"pairs among the {PAIRED} strongest of {numeric:,} numeric columns"] if numeric > PAIRED else []
    return "; ".join(limits)
