"""The steps that learn before a model does, those of conf/inputs/ and conf/reduce/, fitted on rows that are made up."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

from lifecycle.modeling.pipeline import Plan, make_seeded, make_steps
from lifecycle.options import Call
from lifecycle.testing.option_files import read_option

TRAIN, VALID, TEST = slice(0, 60), slice(60, 75), slice(75, 90)
KINDS = {"numeric": ["size", "gaps", "boolean"], "categorical": ["place", "kind"], "text": ["note"], "image": ["photo"]}
EMBEDDED = ("text", "image")  # kinds whose columns are left out where an option has no steps for them
CLASSES = Plan()
# What a reduction stands behind, whatever the project's conf/inputs/ has: filled numbers of one scale, and categories.
FILLED: Mapping[str, tuple[Call, ...]] = {
    "numeric": (
        Call(
            target="sklearn.impute.SimpleImputer",
            arguments={"strategy": "median", "keep_empty_features": True, "add_indicator": True},
        ),
        Call(target="lifecycle.modeling.transformers.numeric.SmoothClip"),
        Call(target="sklearn.preprocessing.StandardScaler"),
    ),
    "categorical": (
        Call(
            target="sklearn.preprocessing.OneHotEncoder",
            arguments={"handle_unknown": "infrequent_if_exist", "min_frequency": 0.01, "sparse_output": False},
        ),
    ),
}


def read_calls(group: str, option: str, key: str) -> tuple[Call, ...]:
    """The steps under a key of an option, which may not have it."""
    return tuple(
        Call(target=step["_target_"], arguments={name: step[name] for name in step if name != "_target_"})
        for step in read_option(group, option).get(key, [])
    )


def make_inputs(option: str, table: pd.DataFrame, plan: Plan = CLASSES) -> Any:
    """The unfitted preprocessing of an option, with one chain per kind of column that the table has."""
    return make_chains({kind: read_calls("inputs", option, kind) for kind in KINDS}, table, plan)


def make_chains(steps: Mapping[str, tuple[Call, ...]], table: pd.DataFrame, plan: Plan) -> Any:
    """The unfitted steps for each kind of column that the table has."""
    chains = [
        (kind, make_steps(steps.get(kind, ()), plan, 1), [name for name in names if name in table])
        for kind, names in KINDS.items()
    ]
    kept = [one for one in chains if one[2] and (one[0] not in EMBEDDED or one[1] != "passthrough")]
    return ColumnTransformer(kept, verbose_feature_names_out=False).set_output(transform="pandas")


def make_learning_step(group: str, option: str, table: pd.DataFrame, plan: Plan = CLASSES) -> Any:
    """The unfitted steps of an option: of a reduction behind filled numbers and categories."""
    if group == "inputs":
        return make_inputs(option, table, plan)
    reduction = [make_seeded(call, "conf/reduce/", plan, 1) for call in read_calls("reduce", option, "steps")]
    return make_pipeline(make_chains(FILLED, table, plan), *reduction).set_output(transform="pandas")
