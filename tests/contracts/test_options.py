"""What every option of conf/ promises: the folders are listed, so a new file is held to it as it is."""

import dataclasses
import functools
import importlib
import inspect
import pkgutil
import typing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from lifecycle import config, metrics, stages, targets
from lifecycle.examples import Examples
from lifecycle.files.model import read_model, write_model
from lifecycle.options import Call
from lifecycle.pipeline import (
    Dimension,
    Inputs,
    Model,
    build,
    chances,
    make_inputs,
    recipe,
    steady,
    with_rounds,
)
from lifecycle.schema import Schema
from lifecycle.search import tune
from lifecycle.split import PARTS
from lifecycle.stages.collect import sibling

ROOT = Path(__file__).parents[2]
CONF = ROOT / "conf"
FILES = sorted(CONF.glob("*/*.yaml"))
TEXTS = ["a", "b", "c", "d"]


@pytest.fixture(autouse=True)
def _at_the_top(monkeypatch):
    monkeypatch.chdir(ROOT)
    with threadpool_limits(1):
        yield


def names(group):
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


@functools.cache
def declared():
    """The class of each group, as the stages declare it."""
    found = {}
    for module in pkgutil.iter_modules(stages.__path__):
        stage = importlib.import_module(f"lifecycle.stages.{module.name}")
        hints = typing.get_type_hints(stage.Config)
        for group, every in config.groups(stage.Config).items():
            found[group] = typing.get_args(hints[group])[-1] if every else hints[group]
    return found


@functools.cache
def load(group, option):
    """The option as its class."""
    one = dataclasses.make_dataclass("One", [(group, declared()[group])])
    return getattr(config.load(one, [f"{group}={option}"]), group)


def mentioned(value):
    """Every `_target_` in a YAML record."""
    if isinstance(value, dict):
        own = [value["_target_"]] if "_target_" in value else []
        return own + [target for entry in value.values() for target in mentioned(entry)]
    return [target for entry in value for target in mentioned(entry)] if isinstance(value, list) else []


def test_every_folder_is_a_group_of_some_stage():
    assert {path.parent.name for path in FILES} <= set(declared())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_option_composes_and_becomes_its_class(path):
    group = path.parent.name
    assert isinstance(load(group, path.stem), declared()[group])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_target_resolves(path):
    for target in mentioned(yaml.safe_load(path.read_text(encoding="utf-8"))):
        assert callable(targets.resolve(target, str(path)))


def examples(rows=400, seed=0):
    """Numbers, with gaps and a column of nothing else, and texts, with gaps and a rare value."""
    generator = np.random.default_rng(seed)
    number = np.arange(rows)
    size = generator.normal(size=rows)
    place = np.array(TEXTS, dtype=object)[generator.integers(0, len(TEXTS), rows)]
    kind = np.where(number % 97 == 5, "rare", np.where(number % 2, "x", "y")).astype(object)
    features = pd.DataFrame(
        {
            "size": size,
            "place": pd.Series(np.where(number % 13 == 0, None, place), dtype="str"),
            "gaps": pd.Series(generator.normal(size=rows)).mask(pd.Series(number % 7 == 0)),
            "nothing": np.full(rows, np.nan),
            "kind": pd.Series(kind, dtype="str"),
        }
    )
    labels = (size + (place == "a") + 0.5 * generator.normal(size=rows) > 0.3).astype(np.int64)
    return Examples(features, labels, pd.DataFrame({"row": number}))


def strange():
    """Rows to predict: one as known, one of missing values alone, and one of values never seen."""
    return pd.DataFrame(
        {
            "size": [0.5, np.nan, 1e9],
            "place": pd.Series(["a", None, "never seen"], dtype="str"),
            "gaps": [0.1, np.nan, -1e9],
            "nothing": [np.nan, np.nan, 5.0],
            "kind": pd.Series(["x", None, "new"], dtype="str"),
        }
    )


@functools.cache
def fitted(option):
    return refitted(option)


def refitted(option):
    model, whole = load("model", option), examples()
    made = with_rounds(recipe(model, load("inputs", model.inputs), {}), 40)
    with steady(made):
        return build(made, whole.features, 1).fit(whole.features, whole.labels)


MODELS = [
    pytest.param(option, marks=pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"))
    for option in names("model")
]


@pytest.mark.parametrize("option", MODELS)
def test_a_model_predicts_chances(option):
    whole = examples()
    chance = chances(fitted(option), whole.features)
    assert chance.shape == (400,)
    assert ((chance >= 0) & (chance <= 1)).all()


@pytest.mark.parametrize("option", MODELS)
def test_a_model_clones(option):
    pipeline = fitted(option)
    assert repr(clone(pipeline)) == repr(pipeline)


@pytest.mark.parametrize("option", MODELS)
def test_a_model_refits_to_the_same_bytes(option, tmp_path):
    write_model(tmp_path / "one.skops", {"pipeline": fitted(option)})
    write_model(tmp_path / "two.skops", {"pipeline": refitted(option)})
    assert (tmp_path / "one.skops").read_bytes() == (tmp_path / "two.skops").read_bytes()


@pytest.mark.parametrize("option", MODELS)
def test_a_model_survives_missing_and_unseen_values(option):
    chance = chances(fitted(option), strange())
    assert np.isfinite(chance).all()


@pytest.mark.parametrize("option", MODELS)
def test_a_model_comes_back_from_its_file_with_the_same_predictions(option, tmp_path):
    write_model(tmp_path / "model.skops", {"pipeline": fitted(option)})
    again = read_model(tmp_path / "model.skops")["pipeline"]
    asked = pd.concat([examples().features, strange()], ignore_index=True)
    assert (chances(again, asked) == chances(fitted(option), asked)).all()


@pytest.mark.parametrize("option", MODELS)
def test_a_model_takes_the_ends_of_what_is_searched(option):
    model, whole = load("model", option), examples()
    for end in ("low", "high"):
        arguments = {}
        for name, one in model.space.items():
            value = one.choices[0 if end == "low" else -1] if one.choices else getattr(one, end)
            arguments[name] = int(value) if one.whole and not one.choices else value
        made = with_rounds(recipe(model, load("inputs", model.inputs), arguments), 20)
        with steady(made):
            build(made, whole.features, 1).fit(whole.features, whole.labels)


@pytest.mark.parametrize("option", names("inputs"))
def test_inputs_transform_to_a_table_and_back_from_a_file(option, tmp_path):
    tree = Model(target="sklearn.dummy.DummyClassifier", option="x", rank=1, inputs=option)
    made = recipe(tree, load("inputs", option), {})
    whole = examples(300)
    pipeline = build(made, whole.features, 1).fit(whole.features, whole.labels)
    found = pipeline["inputs"].transform(strange())
    assert len(found) == 3
    assert all(is_number_or_category(column) for _, column in found.items())
    again = make_inputs(made, whole.features, 1)
    again.fit_transform(whole.features, whole.labels)
    pd.testing.assert_frame_equal(again.transform(strange()), found)
    write_model(tmp_path / "model.skops", {"pipeline": pipeline})
    loaded = read_model(tmp_path / "model.skops")["pipeline"]["inputs"]
    pd.testing.assert_frame_equal(loaded.transform(strange()), found)


def table_of(schema: Schema, days=200, each=3):
    """A table with every column of the schema, over so many days."""
    number = np.arange(days * each)
    times = pd.Timestamp("2013-01-01T12:00Z") + pd.to_timedelta(number // each, unit="D")
    made = {
        "number": number % 17 * 1.0,
        "whole": pd.array(number % 12 + 1, dtype="Int64"),
        "text": [f"row {one}" for one in number],
        "category": np.array(TEXTS)[number % 4],
        "time": times,
        "day": times.strftime("%Y-%m-%d"),
        "flag": pd.array(number % 3 == 0, dtype="boolean"),
    }
    return pd.DataFrame({name: made[column.type] for name, column in schema.columns.items()})


def fitting_schema(call):
    """The first schema that has the columns that a split names."""
    loaded = [load("schema", option) for option in names("schema")]
    wanted = {value for value in call.arguments.values() if isinstance(value, str)}
    return next(schema for schema in loaded if wanted <= set(schema.columns))


@pytest.mark.parametrize("option", names("split"))
@pytest.mark.parametrize("gap", [0, 25])
def test_a_split_covers_every_row_once_and_keeps_time_in_order(option, gap):
    call = load("split", option)
    schema = fitting_schema(call)
    table = table_of(schema)
    table = table[~table.index.isin(range(500, 500 + gap))]
    parts = targets.call(call, "conf/split/", table)
    assert parts.index.equals(table.index)
    assert set(parts) == set(PARTS)
    times = table[schema.time].groupby(parts)
    assert times.max()["train"] < times.min()["valid"] <= times.max()["valid"] < times.min()["test"]
    pd.testing.assert_series_equal(parts, targets.call(call, "conf/split/", table))


@pytest.mark.parametrize("option", names("metric"))
def test_a_metric_ranks_perfect_above_shuffled(option):
    metric = load("metric", option)
    labels = np.arange(200) % 4 // 3
    perfect, mixed = labels.astype(float), np.random.default_rng(0).permutation(labels).astype(float)
    best, worse = (metrics.value(option, metric, labels, chance, 0.5) for chance in (perfect, mixed))
    assert metric.sign * best > metric.sign * worse
    weights = np.ones(200)
    assert metrics.value(option, metric, labels, mixed, 0.5, weights) == pytest.approx(worse)


@pytest.mark.parametrize("option", names("search"))
def test_a_search_runs_two_trials_of_a_tiny_model(option):
    asked = dataclasses.replace(load("search", option), trials=2, folds=2, rows=60)
    model = Model(
        target="sklearn.linear_model.LogisticRegression",
        arguments={"C": 1.0},
        option="tiny",
        rank=1,
        inputs="none",
        space={"C": Dimension(low=0.01, high=100.0, log=True)},
    )
    whole, rows = examples(120), np.arange(120)
    whole = Examples(whole.features[["size"]], whole.labels, whole.context)
    folds = [(rows[:60], rows[60:90]), (rows[:90], rows[90:])]
    auc, loss = load("metric", "roc_auc"), load("metric", "log_loss")

    def run():
        return tune(
            model,
            Inputs(numeric=(), categorical=()),
            whole,
            folds,
            asked,
            ("auc", auc),
            ("loss", loss),
            1,
            ignore,
        )

    def ignore(number, trial):
        pass

    found = run()
    assert len(found) == (2 if asked.sampler else 1)
    assert found[0].arguments == {"C": 1.0}
    assert found == run()


@pytest.mark.parametrize("option", names("source"))
def test_a_source_gives_the_same_rows_twice_with_provenance(option):
    call = load("source", option)
    takes = inspect.signature(targets.resolve(call.target, "conf/source/")).parameters
    less = {"share": 0.05} if "share" in takes else {}
    call = Call(target=call.target, arguments=call.arguments | less)
    first, second = (list(targets.call(call, "conf/source/")) for _ in range(2))
    assert [batch.name for batch in first] == [batch.name for batch in second]
    assert len({batch.name for batch in first}) == len(first) > 0
    for one, other in zip(first, second, strict=True):
        assert len(one.rows) > 0
        pd.testing.assert_frame_equal(one.rows, other.rows)
    origin = targets.call(Call(target=sibling(call.target, "origin")), "conf/source/")
    assert origin.source and origin.licence and origin.publisher


def is_number_or_category(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype)
