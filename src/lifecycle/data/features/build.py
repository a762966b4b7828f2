"""Features from the table: columns passed on, and steps that are row-wise or look back in time."""

from typing import Literal

import pandas as pd

from lifecycle import targets
from lifecycle.data.cleaning import REASON
from lifecycle.data.columns import name_free_column
from lifecycle.data.schema import Schema
from lifecycle.errors import WrongValue
from lifecycle.options import Call, options
from lifecycle.target_kinds import FEATURE


@options
class Features:
    """The columns that are features as they are, and the steps that compute more.

    Each step is a function `(table, past, **arguments) -> columns`. `past` is the table with the rows
    that were rejected for one of the reasons in `past`, which are part of the history all the same. A release is
    `asked` in raw rows, from which it makes these features, or else in prepared rows of them.
    """

    keep: tuple[str, ...]
    past: tuple[str, ...]
    steps: tuple[Call, ...]
    asked: Literal["raw", "prepared"] = "raw"


def build_features(
    table: pd.DataFrame, rejected: pd.DataFrame, features: Features, schema: Schema, where: str
) -> pd.DataFrame:
    """The row's id and its features, in the order of the configuration; raises as `compute_features` does."""
    return compute_features(table, join_history(table, rejected, features, schema), features, schema, where)


def compute_features(
    table: pd.DataFrame, past: pd.DataFrame, features: Features, schema: Schema, where: str
) -> pd.DataFrame:
    """The ids of the rows of a table and their features by this past, in the order of the configuration.

    Raises WrongValue for a kept column that is no feature in the schema, or for a repeated feature name.
    """
    for name in features.keep:
        if name not in schema.columns_with_role("feature"):
            role = schema.columns[name].role if name in schema.columns else "absent"
            raise WrongValue(
                f"{name!r} may not reach the model: in the schema it is {role}",
                where=f"{where}, key keep",
                todo=f"remove {name} from keep, or give it role: feature in conf/schema/",
            )
    parts = [table[[schema.id, *features.keep]]]
    for number, step in enumerate(features.steps):
        parts.append(targets.call(step, f"{where}, key steps.{number}", table, past, kind=FEATURE))
    combined = pd.concat(parts, axis=1)
    repeated = combined.columns[combined.columns.duplicated()].tolist()
    if repeated:
        raise WrongValue(
            f"made twice: {', '.join(repeated)}", where=f"{where}, key steps", todo="give one another name:"
        )
    return combined


def join_history(table: pd.DataFrame, rejected: pd.DataFrame, features: Features, schema: Schema) -> pd.DataFrame:
    """The table and the rejected rows that are part of the history, as a past in its order."""
    reason = name_free_column(REASON, schema.columns)
    happened = rejected[rejected[reason].isin(features.past)].drop(columns=reason)
    return sort_past(pd.concat([table, happened]) if len(happened) else table, schema)


def sort_past(past: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The past by time and id, so that the content decides which of two facts known at one instant is the later."""
    return past.sort_values([name for name in (schema.time, schema.id) if name], kind="stable", ignore_index=True)


def find_steps_by_column(table: pd.DataFrame, features: Features, where: str) -> dict[str, Call]:
    """The step that computes each column, determined by running the steps on these rows."""
    return {
        str(name): step
        for number, step in enumerate(features.steps)
        for name in targets.call(step, f"{where}, key steps.{number}", table, table, kind=FEATURE).columns
    }
