"""Which rows the model of an earlier revision has learned from."""

import pandas as pd

from lifecycle import paths
from lifecycle.data.columns import name_id_column
from lifecycle.data.dataset import is_among
from lifecycle.errors import LeakFound, UnfitTable
from lifecycle.io.tables import read_table
from lifecycle.versioning import revisions


def read_seen_ids(revision: str, key: str) -> pd.Series:
    """The ids, those of the column `key`, of the rows that the revision's model has learned from.

    Raises UnfitTable where the revision's rows have no such column, MissingFile where they are nowhere.
    """
    column = name_id_column(key)
    split = read_table(revisions.locate(revision, paths.SPLIT))
    parts = revisions.read_record(revision, paths.TRAINING)["model"]["parts"]
    if column not in split.columns:
        raise UnfitTable(
            f"the rows of {revision} have no column {key!r}",
            where=f"{revision}:{paths.SPLIT}",
            todo="name a revision of this problem",
        )
    return split.loc[split["part"].isin(parts), column].rename(key)


def must_not_have_seen(revision: str, known: pd.Series) -> None:
    """Raise LeakFound when a row that judges a model, of valid or test, is among those that one has learned from."""
    key = str(known.name)
    split, every = read_table(paths.SPLIT), read_table(paths.TABLE, [key])[key]
    train = split.loc[split["part"] == "train", name_id_column(key)]
    judging = every[~is_among(every, train)]
    count = int(is_among(judging, known).sum())
    if count:
        raise LeakFound(
            f"the model of {revision} has learned from {count:,} of the {len(judging):,} rows of valid and test",
            where="conf/model/continued.yaml, key warm_start_from",
            todo="name the revision of an earlier data version, whose rows end before this one's valid part",
        )
