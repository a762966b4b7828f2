"""The steps that learn before a model does, those of conf/inputs/ and conf/reduce/, fitted on rows that are made up."""

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


def read_calls(group: str, option: str, key: str) -> tuple[Call, ...]:
    """The steps under a key of an option, which may not have it."""
    return tuple(
        Call(target=step["_target_"], arguments={name: step[name] for name in step if name != "_target_"})
        for step in read_option(group, option).get(key, [])
    )


def make_inputs(option: str, table: pd.DataFrame, plan: Plan = CLASSES) -> Any:
    """The unfitted preprocessing of an option, with one chain per kind of column that the table has."""
    chains = [
        (kind, make_steps(read_calls("inputs", option, kind), plan, 1), [name for name in names if name in table])
        for kind, names in KINDS.items()
    ]
    kept = [one for one in chains if one[2] and (one[0] not in EMBEDDED or one[1] != "passthrough")]
    return ColumnTransformer(kept, verbose_feature_names_out=False).set_output(transform="pandas")


def make_learning_step(group: str, option: str, table: pd.DataFrame, plan: Plan = CLASSES) -> Any:
    """The unfitted steps of an option: of a reduction behind filled numbers and categories."""
    if group == "inputs":
        return make_inputs(option, table, plan)
    reduction = [make_seeded(call, "conf/reduce/", plan, 1) for call in read_calls("reduce", option, "steps")]
    return make_pipeline(make_inputs("scaled", table, plan), *reduction).set_output(transform="pandas")
