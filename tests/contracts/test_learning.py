"""What every step that learns promises: it learns from the train rows alone, and only while it is fitted.

Every option of conf/inputs/, conf/reduce/, conf/augment/ and conf/model/ is held to it; the folders are listed.
"""

import dataclasses
import json
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from builders import encoders
from PIL import Image
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from lifecycle import config, paths, targets
from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import ConfigError, WrongValue
from lifecycle.io.records import write_json
from lifecycle.io.tables import read_table, write_table
from lifecycle.modeling.cross_validation import prepare_fold
from lifecycle.modeling.pipeline import Inputs, Model, Plan, Recipe, make_recipe
from lifecycle.modeling.training import Training
from lifecycle.options import Call
from lifecycle.stages import train
from lifecycle.testing import cases
from lifecycle.testing.made_rows import make_rows_to_learn, replace_later_rows
from lifecycle.testing.step_contracts import *  # noqa: F403
from lifecycle.testing.step_contracts import LABELS, must_not_look_at_its_neighbours
from lifecycle.testing.steps import KINDS, TEST, TRAIN, VALID, make_inputs, make_learning_step, read_calls

CONF = Path(__file__).parents[2] / "conf"
PACKAGES = {"catboost": "catboost", "realmlp": "torch"}  # of extras, which fit a family
FEW = {"catboost": {"iterations": 40}, "realmlp": {"n_epochs": 6}}  # the others have few as they stand
NUMBERS = Plan(task="regression", classes=0)
WORDS = ["late", "again", "wet", "cold", "night", "fog"]
EMBEDDED = {"note": "text", "photo": "image"}
NEEDED = dict.fromkeys(("embeddings", "scaled_embeddings"), ("tokenizers", "safetensors"))


def names(group):
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


@pytest.fixture(autouse=True)
def _beside_an_encoder(tmp_path, monkeypatch):
    """Frozen encoders and images where conf/inputs/ expects them; one thread: rows are few."""
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
    encoders.write_vit(tmp_path / "models" / "image_encoder")
    for name, color in PHOTOS.items():
        write_photo(tmp_path / "data" / "images" / name, color)
    for name in ("conf", "params.yaml"):
        (tmp_path / name).symlink_to(CONF.parent / name)
    monkeypatch.chdir(tmp_path)
    with threadpool_limits(1):
        yield


PHOTOS = {"red.png": (200, 10, 10), "more/green.png": (10, 200, 10), "blue.png": (10, 10, 200)}


def write_photo(path, color):
    """An image of one color."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 12), color).save(path)


def must_have_packages(option):
    """Skip the test unless the packages are there that an option needs."""
    for package in NEEDED.get(option, ()):
        pytest.importorskip(package)


def rows(seed=0):
    """Rows of numbers, categories, texts and images, all with gaps, and rare values."""
    table = make_rows_to_learn(seed)
    photos = pd.Series([[*PHOTOS][place % 2] for place in range(len(table))], dtype="str")
    return table.assign(photo=photos.mask(np.arange(len(table)) % 9 == 0))


def permuted(table):
    """The table with its valid and test rows in another order."""
    later = np.random.default_rng(1).permutation(np.arange(60, 90))
    return table.iloc[[*range(60), *later]].reset_index(drop=True)


def replaced(table):
    """The table with other valid and test rows: far numbers, unseen values and missing ones."""
    changed = replace_later_rows(table)
    return changed.assign(photo=[*table["photo"][:60], *["blue.png"] * 30])


@pytest.fixture
def rows_to_learn(learning_step):
    """As a project's, with images beside; skipped where a package of an extra is not there that the option needs."""
    must_have_packages(learning_step[1])
    return rows(), replaced(rows())


def pytest_generate_tests(metafunc):
    cases.parametrize(metafunc, cases.ENGINE)


def test_numbers_can_be_learned_towards(learning_step, rows_to_learn):
    table, numbers = rows(), rows()["size"].to_numpy()
    fitted = make_learning_step(*learning_step, table, NUMBERS).fit(table[TRAIN], numbers[TRAIN])
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
    with pytest.raises(ConfigError, match="the steps learn from the rows that they transform"):
        must_not_look_at_its_neighbours(peeking.fit(table[TRAIN]), table[VALID], "conf/inputs/x.yaml")


def augmented(option, labels, seed=1):
    """Prepared train rows after the steps of an option."""
    table = make_inputs("scaled", rows()).fit(rows()[TRAIN], LABELS[TRAIN]).transform(rows()[TRAIN])
    for step in read_calls("augment", option, "steps"):
        table, labels = targets.call(step, "conf/augment/", table, labels, seed=seed)
    return table, labels


@pytest.mark.parametrize("option", names("augment"))
def test_augmented_rows_are_the_same_twice_and_have_the_same_columns(option):
    before = make_inputs("scaled", rows()).fit(rows()[TRAIN], LABELS[TRAIN]).transform(rows()[TRAIN])
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
    except WrongValue as rejection:
        assert "the labels are numbers" in rejection.what
    else:
        assert len(table) == len(labels) and labels.dtype == numbers.dtype


# What the train stage learns, from files in which the valid and test rows are others or stand in another order.

ROLES = {"row": ("text", "id"), "late": ("boolean", "target")}
FEATURES = dict.fromkeys(KINDS["numeric"], "number") | dict.fromkeys(KINDS["categorical"], "category")
PARTS = ["train"] * 60 + ["valid"] * 15 + ["test"] * 15
DUMMY = Call(target="sklearn.dummy.DummyClassifier")
LOGISTIC = Call(target="sklearn.linear_model.LogisticRegression", arguments={"max_iter": 500})


def load(group, option, declared):
    """An option of conf/ as its class."""
    one = dataclasses.make_dataclass("One", [(group, declared)])
    return getattr(config.load(one, [f"{group}={option}"]), group)


def of_inputs(option):
    """The chains of an option, before an estimator that takes whatever comes."""
    must_have_packages(option)
    plan = Plan(texts=("note",), images=("photo",))
    return Recipe(option=option, estimator=DUMMY, inputs=load("inputs", option, Inputs), plan=plan)


def of_group(group, option):
    """The steps of an option behind filled columns, before an estimator that tells their rows and columns."""
    plan = Plan(**{group: read_calls(group, option, "steps")})
    return Recipe(option=option, estimator=LOGISTIC, inputs=load("inputs", "scaled", Inputs), plan=plan)


def of_model(option, kind):
    """A candidate with its own arguments and its own chains, for a kind of task; in few rounds and epochs."""
    if option in PACKAGES:
        pytest.importorskip(PACKAGES[option])
    task = {"classes": "binary", "numbers": "regression", "clusters": "clustering"}[kind]
    form = load("model", option, Model).get_form(task)
    plan = Plan(task=task, classes=2 if kind == "classes" else 0)
    return make_recipe(option, form, load("inputs", form.inputs, Inputs), plan, FEW.get(option, {}))


def forms():
    """Each candidate with each kind of task that it has a form for; `continued` learns from an earlier revision."""
    kinds = ("classes", "numbers", "clusters")
    read = {name: yaml.safe_load((CONF / "model" / f"{name}.yaml").read_text(encoding="utf-8")) for name in MODELS}
    return [(name, kind) for name, keys in read.items() for kind in kinds if f"_{kind}_" in keys]


MODELS = [name for name in names("model") if name != "continued"]
RECIPES = [
    *(pytest.param(of_inputs, (option,), id=f"inputs-{option}") for option in names("inputs")),
    *(pytest.param(of_group, ("reduce", option), id=f"reduce-{option}") for option in names("reduce")),
    *(pytest.param(of_group, ("augment", option), id=f"augment-{option}") for option in names("augment")),
    *(pytest.param(of_model, one, id=f"model-{'-'.join(one)}") for one in forms()),
]
every_recipe = pytest.mark.parametrize(("make", "options"), RECIPES)


def schema_of(made):
    """The schema of the rows; a number is asked for in a regression, and nothing where rows are grouped."""
    kinds = ROLES | {name: (kind, "feature") for name, kind in (EMBEDDED | FEATURES).items()}
    kinds["late"] = {"regression": ("number", "target"), "clustering": ("boolean", "context")}.get(
        made.plan.task, kinds["late"]
    )
    columns = {name: Column(type=kind, role=role, description="") for name, (kind, role) in kinds.items()}
    return Schema(columns=columns, tables={})


def numbered(table):
    """The rows with an id and a label of their own."""
    return table.assign(row=[f"r{place}" for place in range(len(table))], late=LABELS)


def learned_by_the_stage(made, table):
    """The bytes of both models that the train stage writes from files with these rows."""
    schema = schema_of(made)
    write_table(paths.TABLE, table[list(schema.columns)])
    write_table(paths.FEATURES, table[["row", *FEATURES, *EMBEDDED]])
    parts = pd.DataFrame({"row": [f"r{place}" for place in range(90)], "part": PARTS})
    write_table(paths.SPLIT, parts[parts["part"] != "test"])
    write_table(paths.SEALED, parts[parts["part"] == "test"])
    write_json(paths.WINNER, {"candidate": made.option, "recipe": dataclasses.asdict(made)})
    target = None if made.plan.task == "clustering" else "late"
    problem = dataclasses.replace(load("problem", "generated", Problem), task=made.plan.task, target=target)
    train.run(train.Config(problem=problem, schema=schema, training=Training(parts=("train",)), seed=1))
    return paths.VALIDATION_MODEL.read_bytes(), paths.MODEL.read_bytes(), paths.TRAINING.read_bytes()


def others(table):
    """Other valid and test rows, in another order, with the opposite labels."""
    changed = numbered(replaced(table))
    changed.loc[60:, "late"] = 1 - changed.loc[60:, "late"]
    return permuted(changed)


def must_learn_from_train_alone(made):
    """Hold what the stage learns against what it learns beside other valid and test rows."""
    assert learned_by_the_stage(made, numbered(rows())) == learned_by_the_stage(made, others(rows()))


@every_recipe
@pytest.mark.slow
def test_the_stage_learns_nothing_from_valid_and_test_rows(make, options):
    must_learn_from_train_alone(make(*options))


@every_recipe
@pytest.mark.slow
def test_a_fold_learns_nothing_from_its_valid_rows(make, options):
    made, fold = make(*options), (np.arange(0, 60), np.arange(60, 90))
    table = rows()
    labels = LABELS.astype(float) if made.plan.task == "regression" else LABELS
    chosen = [*FEATURES, *EMBEDDED]
    one = prepare_fold(made, Dataset(table[chosen], labels, table), fold, 90, 1)
    changed = others(table)
    other = prepare_fold(made, Dataset(changed[chosen], changed["late"].to_numpy(), changed), fold, 90, 1)
    pd.testing.assert_frame_equal(one.train, other.train, check_exact=True)
    assert (one.train_labels == other.train_labels).all()


def peeking(fit):
    """The transformer's `fit` on all rows that the features' file has, the test part's too."""

    def peek(self, X, y=None, **more):
        every = read_table(paths.FEATURES)
        return fit(self, every.reindex(columns=X.columns, fill_value=0.0).fillna(0.0).astype("float64"), None, **more)

    return peek


def test_the_stage_learns_from_each_train_row():
    made, changed = of_inputs("standard"), numbered(rows())
    before = learned_by_the_stage(made, changed)
    changed.loc[0, "size"] += 1.0
    validation_model, model, _ = learned_by_the_stage(made, changed)
    assert validation_model != before[0] and model != before[1]


def test_a_transformer_that_looks_at_every_row_is_caught(monkeypatch):
    monkeypatch.setattr(StandardScaler, "fit", peeking(StandardScaler.fit))
    with pytest.raises(AssertionError):
        must_learn_from_train_alone(of_inputs("standard"))


@pytest.mark.slow
def test_a_stage_that_reads_every_part_is_caught(monkeypatch):
    read = train.read_dataset
    monkeypatch.setattr(train, "read_dataset", lambda schema, *parts: read(schema, "train", "valid"))
    with pytest.raises(AssertionError):
        must_learn_from_train_alone(of_inputs("standard"))
