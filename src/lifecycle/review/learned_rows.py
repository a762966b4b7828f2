"""Which rows a version's released model has learned from."""

import pandas as pd

from lifecycle import paths
from lifecycle.modeling.warm_start import read_seen_ids
from lifecycle.versioning.version import Version


def read_learned_ids(version: Version, key: str) -> pd.Index:
    """The ids of the rows that the model learned from, those of the model that it started from too.

    `key` is the column of the ids. Rows that the training window leaves out count as learned from.
    """
    split = version.read_table(paths.SPLIT)
    parts = version.read_record(paths.TRAINING)["model"]["parts"]
    learned = split.loc[split["part"].isin(parts)].iloc[:, 0]
    if start := find_starting_point(version):
        learned = pd.concat([learned, read_seen_ids(start, key)]).drop_duplicates()
    ids: pd.Index = pd.Index(learned)
    return ids


def find_starting_point(version: Version) -> str | None:
    """The commit whose model the version's winner starts from; None where it starts from nothing."""
    if not version.read_text(paths.WINNER).strip():
        return None
    start = version.read_record(paths.WINNER)["recipe"]["estimator"]["arguments"].get("warm_start_from")
    return None if start is None else str(start)
