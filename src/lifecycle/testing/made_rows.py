"""Rows that are made up: with gaps, rare values and columns of every kind, the same on every run."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from lifecycle.arrays import Booleans, Floats, Integers, Labels
from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Task
from lifecycle.data.schema import Column, Schema

TEXTS = ["a", "b", "c", "d"]
WORDS = ["late", "again", "broken", "box", "good", "thanks", "never", "arrived"]
# A column of every role that a split may ask for.
TO_SPLIT = Schema(
    columns={
        "row": Column(type="text", role="id", description=""),
        "at": Column(type="time", role="time", description=""),
        "day": Column(type="day", role="context", description=""),
        "customer": Column(type="category", role="group", description=""),
        "side": Column(type="category", role="part", description=""),
        "asked": Column(type="category", role="target", description="", categories=("no", "perhaps", "yes")),
    },
    tables={},
)


def make_dataset(rows: int = 400, task: Task = "binary", seed: int = 0) -> Dataset:
    """Numbers, with gaps and a column of nothing else; texts, with gaps and a rare value; and free text."""
    generator = np.random.default_rng(seed)
    number = np.arange(rows)
    size = generator.normal(size=rows)
    place = np.array(TEXTS, dtype=object)[generator.integers(0, len(TEXTS), rows)]
    kind = np.where(number % 97 == 5, "rare", np.where(number % 2, "x", "y")).astype(object)
    sentences = [" ".join(words) for words in np.array(WORDS)[generator.integers(0, len(WORDS), (rows, 4))]]
    features = pd.DataFrame(
        {
            "size": size,
            "place": pd.Series(place, dtype="str").mask(pd.Series(number % 13 == 0)),
            "gaps": pd.Series(generator.normal(size=rows)).mask(pd.Series(number % 7 == 0)),
            "nothing": np.full(rows, np.nan),
            "kind": pd.Series(kind, dtype="str"),
            "note": pd.Series(sentences, dtype="str").mask(pd.Series(number % 11 == 0)),
        }
    )
    asked = size + (place == "a") + 0.5 * generator.normal(size=rows)
    return Dataset(features, make_labels(asked, task), pd.DataFrame({"row": number}))


def make_labels(asked: Floats, task: Task) -> Labels:
    """The labels of a task by a number that can be learned."""
    labels: dict[Task, Labels] = {
        "binary": (asked > 0.3).astype(np.int64),
        "multiclass": np.digitize(asked, [-0.4, 0.6]).astype(np.int64),
        "regression": asked,
        "clustering": np.zeros(len(asked), dtype=np.int64),
    }
    return labels[task]


def make_strange_rows() -> pd.DataFrame:
    """Rows to predict: one as known, one of missing values alone, and one of values never seen."""
    return pd.DataFrame(
        {
            "size": [0.5, np.nan, 1e9],
            "place": pd.Series(["a", None, "never seen"], dtype="str"),
            "gaps": [0.1, np.nan, -1e9],
            "nothing": [np.nan, np.nan, 5.0],
            "kind": pd.Series(["x", None, "new"], dtype="str"),
            "note": pd.Series(["box again", None, "unheard of"], dtype="str"),
        }
    )


def make_table_to_split(rows: int, kept: Callable[[Integers], Booleans]) -> pd.DataFrame:
    """Three rows a day with the columns of `TO_SPLIT`; the rows that are kept."""
    number = np.arange(rows)
    times = pd.Timestamp("2013-01-01T12:00Z") + pd.to_timedelta(number // 3, unit="D")
    made = {
        "row": [f"row {one}" for one in number],
        "at": times,
        "day": times.strftime("%Y-%m-%d"),
        "customer": [f"customer {one}" for one in number * 7 % 41],
        "side": np.array(["train", "valid", "train", "test", "train"])[number % 5],
        "asked": np.array(["no", "no", "perhaps", "yes"])[number * 3 % 4],
    }
    return pd.DataFrame(made)[kept(number)]


def make_predictions(task: Task, rows: int = 200) -> tuple[Labels, Floats, Floats]:
    """Truth, perfect scores, and the same scores shuffled, where a perfect interval holds four rows of five."""
    generator = np.random.default_rng(0)
    codes, order = np.arange(rows) % 4, generator.permutation(rows)
    if task == "binary":
        return codes // 3, (perfect := (codes // 3).astype(float)), perfect[order]
    if task == "multiclass":
        return codes, (perfect := np.eye(5)[codes]), perfect[order]
    if task == "clustering":
        points = generator.normal(size=(rows, 3)) + 9.0 * np.eye(4, 3)[codes]
        return points, (perfect := codes.astype(float)), perfect[order]
    truth = generator.normal(50.0, 10.0, rows)
    low = np.where(np.arange(rows) % 5 == 0, 0.01, -0.1)
    perfect = np.stack([truth + low, truth, truth + 0.1], axis=1)
    # Who knows nothing of the row says wider intervals.
    return truth, perfect, perfect[order] + np.array([-0.1, 0.0, 0.1])


def make_rows_to_learn(seed: int = 0, count: int = 90) -> pd.DataFrame:
    """Rows of numbers, categories and texts, all with gaps, and rare values."""
    random = np.random.default_rng(seed)
    number = pd.Series(np.arange(count))
    words = ["late", "again", "wet", "cold", "night", "fog"]
    return pd.DataFrame(
        {
            "size": random.lognormal(size=count),
            "gaps": pd.Series(random.normal(size=count)).mask(number % 7 == 0),
            "boolean": (random.normal(size=count) > 0).astype(float),
            "place": pd.Series(random.choice(["a", "b", "c"], count), dtype="str").mask(number % 13 == 0),
            "kind": pd.Series(np.where(number % 31 == 5, "rare", "common"), dtype="str"),
            "note": pd.Series([" ".join(random.choice(words, 3)) for _ in number], dtype="str").mask(number % 11 == 0),
        }
    )


def replace_later_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The table with other rows from the 60th on: far numbers, unseen values and missing ones."""
    later = make_rows_to_learn(7)[60:].assign(size=1e6, gaps=np.nan, place="never seen", note="unheard of words")
    return pd.concat([table[:60], later], ignore_index=True)
