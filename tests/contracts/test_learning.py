"""What every step that learns promises: it learns from the train rows alone, and only while it is fitted.

Every option of conf/inputs/, conf/reduce/ and conf/augment/ is held to it; the folders are listed.
"""

import json
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from lifecycle import targets
from lifecycle.errors import WrongValue
from lifecycle.files.model import read_model, write_model
from lifecycle.options import Call
from lifecycle.pipeline import Plan, seeded, steps

CONF = Path(__file__).parents[2] / "conf"
KINDS = {"numeric": ["size", "gaps", "flag"], "categorical": ["place", "kind"], "text": ["note"]}
TRAIN, VALID, TEST = slice(0, 60), slice(60, 75), slice(75, 90)
CLASSES, NUMBERS = Plan(), Plan(task="regression", classes=0)
WORDS = ["late", "again", "wet", "cold", "night", "fog"]


def names(group):
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def calls(group, option, key):
    """The steps under a key of an option, which may not have it."""
    read = yaml.safe_load((CONF / group / f"{option}.yaml").read_text(encoding="utf-8"))
    return tuple(
        Call(target=step["_target_"], arguments={name: step[name] for name in step if name != "_target_"})
        for step in read.get(key, [])
    )


@pytest.fixture(autouse=True)
def _beside_an_encoder(tmp_path, monkeypatch):
    """A folder with a frozen text encoder where conf/inputs/meaning.yaml expects it, and one thread: rows are few."""
    folder = tmp_path / "models" / "encoder"
    folder.mkdir(parents=True)
    vocabulary = {word: number for number, word in enumerate(["[UNK]", *WORDS])}
    model = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    tokenizer = {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "model": model}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    vectors = np.random.default_rng(0).normal(size=(len(vocabulary), 4)).astype("<f4").tobytes()
    matrix = {"embeddings": {"dtype": "F32", "shape": [len(vocabulary), 4], "data_offsets": [0, len(vectors)]}}
    header = json.dumps(matrix).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + vectors)
    monkeypatch.chdir(tmp_path)
    with threadpool_limits(1):
        yield


def rows(seed=0, count=90):
    """Rows of numbers, categories and texts, all with gaps, and rare values."""
    random = np.random.default_rng(seed)
    number = pd.Series(np.arange(count))
    return pd.DataFrame(
        {
            "size": random.lognormal(size=count),
            "gaps": pd.Series(random.normal(size=count)).mask(number % 7 == 0),
            "flag": (random.normal(size=count) > 0).astype(float),
            "place": pd.Series(random.choice(["a", "b", "c"], count), dtype="str").mask(number % 13 == 0),
            "kind": pd.Series(np.where(number % 31 == 5, "rare", "common"), dtype="str"),
            "note": pd.Series([" ".join(random.choice(WORDS, 3)) for _ in number], dtype="str").mask(number % 11 == 0),
        }
    )


LABELS = (rows()["size"].to_numpy() > 1).astype(np.int64)


def permuted(table):
    """The table with its valid and test rows in another order."""
    later = np.random.default_rng(1).permutation(np.arange(60, 90))
    return table.iloc[[*range(60), *later]].reset_index(drop=True)


def replaced(table):
    """The table with other valid and test rows: far numbers, unseen values and missing ones."""
    later = rows(7)[60:].assign(size=1e6, gaps=np.nan, place="never seen", note="unheard of words")
    return pd.concat([table[:60], later], ignore_index=True)


def inputs(option, plan=CLASSES):
    """The unfitted preprocessing of an option, with one chain per kind of column."""
    if option == "meaning":
        pytest.importorskip("tokenizers")
        pytest.importorskip("safetensors")
    chains = [(kind, steps(calls("inputs", option, kind), plan, 1), columns) for kind, columns in KINDS.items()]
    kept = [(kind, chain, columns) for kind, chain, columns in chains if kind != "text" or chain != "passthrough"]
    return ColumnTransformer(kept, verbose_feature_names_out=False).set_output(transform="pandas")


def reduced(option, plan=CLASSES):
    """Filled numbers and categories, then the unfitted reduction of an option."""
    reduction = [seeded(call, "conf/reduce/", plan, 1) for call in calls("reduce", option, "steps")]
    return make_pipeline(inputs("scaled", plan), *reduction).set_output(transform="pandas")


MAKERS = [
    *(pytest.param(inputs, option, id=f"inputs-{option}") for option in names("inputs")),
    *(pytest.param(reduced, option, id=f"reduce-{option}") for option in names("reduce")),
]
every_step = pytest.mark.parametrize(("make", "option"), MAKERS)


def learned(fitted, folder):
    """What was learned, as the bytes of its model file."""
    write_model(folder / "learned.skops", {"pipeline": fitted})
    return (folder / "learned.skops").read_bytes()


@pytest.mark.parametrize("change", [permuted, replaced])
@every_step
def test_valid_and_test_rows_change_nothing_that_is_learned(make, option, change, tmp_path):
    table = rows()
    one = make(option).fit(table[TRAIN], LABELS[TRAIN])
    other = make(option).fit(change(table)[TRAIN], LABELS[TRAIN])
    assert learned(one, tmp_path) == learned(other, tmp_path)
    pd.testing.assert_frame_equal(one.transform(table[TEST]), other.transform(table[TEST]), check_exact=True)


@every_step
def test_rows_that_are_transformed_are_not_learned_from(make, option, tmp_path):
    table = rows()
    fitted = make(option).fit(table[TRAIN], LABELS[TRAIN])
    before, bytes_before = fitted.transform(table[TEST]), learned(fitted, tmp_path)
    fitted.transform(replaced(table)[VALID])
    assert learned(fitted, tmp_path) == bytes_before
    pd.testing.assert_frame_equal(fitted.transform(table[TEST]), before, check_exact=True)


def must_not_look_at_its_neighbours(fitted, table):
    """Hold each row's result against that among other rows: equal but for how a sum is rounded."""
    together = fitted.transform(table)
    alone = pd.concat([fitted.transform(table.iloc[[row]]) for row in range(len(table))])
    pd.testing.assert_frame_equal(alone, together, rtol=1e-9, atol=1e-9)


@every_step
def test_a_row_does_not_depend_on_those_transformed_with_it(make, option):
    table = rows()
    fitted = make(option).fit(table[TRAIN], LABELS[TRAIN])
    must_not_look_at_its_neighbours(fitted, replaced(table)[55:70])


@every_step
def test_it_clones_and_comes_back_from_its_file(make, option, tmp_path):
    table = rows()
    fitted = clone(make(option)).fit(table[TRAIN], LABELS[TRAIN])
    bytes_before = learned(fitted, tmp_path)
    loaded = read_model(tmp_path / "learned.skops")["pipeline"]
    strange = replaced(table)[55:70]
    pd.testing.assert_frame_equal(loaded.transform(strange), fitted.transform(strange), check_exact=True)
    assert list(fitted.get_feature_names_out()) == list(fitted.transform(strange).columns)
    assert learned(make(option).fit(table[TRAIN], LABELS[TRAIN]), tmp_path) == bytes_before


@every_step
def test_the_number_of_threads_changes_nothing(make, option, tmp_path):
    table = rows()
    one = make(option).fit(table[TRAIN], LABELS[TRAIN])
    with threadpool_limits(3, user_api="openmp"):
        other = make(option).fit(table[TRAIN], LABELS[TRAIN])
        again = other.transform(table[TEST])
    assert learned(one, tmp_path) == learned(other, tmp_path)
    pd.testing.assert_frame_equal(one.transform(table[TEST]), again, check_exact=True)


@every_step
def test_numbers_can_be_learned_towards(make, option):
    table, numbers = rows(), rows()["size"].to_numpy()
    fitted = make(option, NUMBERS).fit(table[TRAIN], numbers[TRAIN])
    assert len(fitted.transform(table[TEST])) == 15


class Peeking(TransformerMixin, BaseEstimator):
    """Scales by the rows that it transforms."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X / X.max()


@pytest.mark.parametrize("peeking", [Peeking(), FunctionTransformer(lambda X: X.rank())], ids=["scale", "rank"])
def test_a_step_that_looks_at_other_rows_is_caught(peeking):
    table = rows()[["size"]]
    with pytest.raises(AssertionError):
        must_not_look_at_its_neighbours(peeking.fit(table[TRAIN]), table[VALID])


def augmented(option, labels, seed=1):
    """Prepared train rows after the steps of an option."""
    table = inputs("scaled").fit(rows()[TRAIN], LABELS[TRAIN]).transform(rows()[TRAIN])
    for step in calls("augment", option, "steps"):
        table, labels = targets.call(step, "conf/augment/", table, labels, seed=seed)
    return table, labels


@pytest.mark.parametrize("option", names("augment"))
def test_augmented_rows_are_the_same_twice_and_have_the_same_columns(option):
    before = inputs("scaled").fit(rows()[TRAIN], LABELS[TRAIN]).transform(rows()[TRAIN])
    one, labels = augmented(option, LABELS[TRAIN])
    other, again = augmented(option, LABELS[TRAIN])
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert (labels == again).all()
    assert len(one) == len(labels) > 0
    assert list(one.columns) == list(before.columns)
    assert labels.dtype == LABELS.dtype and set(labels) == {0, 1}


@pytest.mark.parametrize("option", names("augment"))
def test_augmenting_towards_numbers_works_or_says_that_it_cannot(option):
    numbers = rows()["size"].to_numpy()[TRAIN]
    try:
        table, labels = augmented(option, numbers)
    except WrongValue as refusal:
        assert "the labels are numbers" in refusal.what
    else:
        assert len(table) == len(labels) and labels.dtype == numbers.dtype
