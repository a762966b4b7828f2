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

from lifecycle import cli, config, stages, targets
from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Task
from lifecycle.data.schema import Column, Schema
from lifecycle.data.splits import FOLD, IN_TIME, PARTS, find_fold_positions
from lifecycle.evaluation.metric import compute_metric
from lifecycle.modeling.boosting_rounds import set_boosting_rounds
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.modeling.pipeline import (
    Dimension,
    Form,
    Inputs,
    Plan,
    Recipe,
    fit_pipeline,
    make_inputs,
    make_recipe,
    predict_scores,
)
from lifecycle.modeling.tuning import Candidate, tune_candidate
from lifecycle.options import Call
from lifecycle.serving.settings import Serve
from lifecycle.sources import interface

ROOT = Path(__file__).parents[2]
CONF = ROOT / "conf"
FILES = sorted(CONF.glob("*/*.yaml"))
TEXTS = ["a", "b", "c", "d"]
WORDS = ["late", "again", "broken", "box", "good", "thanks", "never", "arrived"]
TASKS = typing.get_args(Task)
CLASSES = {"binary": 2, "multiclass": 3}
PACKAGES = {"catboost": "catboost", "realmlp": "torch"}  # of extras, which fit a family
FEW = {"realmlp": {"n_epochs": 12}}  # of what a family spends its time on, where those are no rounds


@pytest.fixture(autouse=True)
def _at_the_top(monkeypatch):
    monkeypatch.chdir(ROOT)
    with threadpool_limits(1):
        yield


def names(group):
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


@functools.cache
def declared():
    """The class of each group, as the stages, the commands and the service declare it."""
    found = {}
    for package, module in [(one, module) for one in (stages, cli) for module in pkgutil.iter_modules(one.__path__)]:
        settings = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "Config", None)
        if not isinstance(settings, type):  # the runner beside the stages has a type variable of that name
            continue
        hints = typing.get_type_hints(settings)
        for group, every in config.list_groups(settings).items():
            found[group] = typing.get_args(hints[group])[-1] if every else hints[group]
    return found | {"serve": Serve}


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


def test_every_folder_is_a_group_of_a_stage_a_command_or_the_service():
    assert {path.parent.name for path in FILES} <= set(declared())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_option_composes_and_becomes_its_class(path):
    group = path.parent.name
    assert isinstance(load(group, path.stem), declared()[group])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_target_resolves(path):
    for target in mentioned(yaml.safe_load(path.read_text(encoding="utf-8"))):
        assert callable(targets.resolve(target, str(path)))


def examples(rows=400, task="binary", seed=0):
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
            "place": pd.Series(np.where(number % 13 == 0, None, place), dtype="str"),
            "gaps": pd.Series(generator.normal(size=rows)).mask(pd.Series(number % 7 == 0)),
            "nothing": np.full(rows, np.nan),
            "kind": pd.Series(kind, dtype="str"),
            "note": pd.Series(np.where(number % 11 == 0, None, np.array(sentences, dtype=object)), dtype="str"),
        }
    )
    asked = size + (place == "a") + 0.5 * generator.normal(size=rows)
    labels = {
        "binary": (asked > 0.3).astype(np.int64),
        "multiclass": np.digitize(asked, [-0.4, 0.6]).astype(np.int64),
        "regression": asked,
        "clustering": np.zeros(rows, dtype=np.int64),
    }
    return Dataset(features, labels[task], pd.DataFrame({"row": number}))


def strange():
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


def plan(task):
    return Plan(task=task, classes=CLASSES.get(task, 0), texts=("note",))


def made(option, task, arguments=(), rounds=40):
    """The recipe of a family for a task, in few rounds where it has rounds; skips one whose extra is not installed."""
    if option in PACKAGES:
        pytest.importorskip(PACKAGES[option])
    form = load("model", option).get_form(task)
    whole = make_recipe(option, form, load("inputs", form.inputs), plan(task), FEW.get(option, {}) | dict(arguments))
    return set_boosting_rounds(whole, rounds)


@functools.cache
def fitted(option, task):
    return fit_pipeline(made(option, task), examples(task=task), 1)


def answers(option, task, features, pipeline=None):
    return predict_scores(plan(task), pipeline or fitted(option, task), features)


FORM_KEYS = {"regression": "_numbers_", "clustering": "_clusters_"}


def read_family(option):
    """What the file of a family says."""
    return yaml.safe_load((CONF / "model" / f"{option}.yaml").read_text(encoding="utf-8"))


def forms(option):
    """The tasks that a family says it has a form for."""
    return [task for task in TASKS if FORM_KEYS.get(task, "_classes_") in read_family(option)]


def count_portfolio(option, task):
    """How many sets of arguments a family says are tried as they stand, for the task or else for all."""
    said = read_family(option)
    own = said[FORM_KEYS.get(task, "_classes_")]
    return len(own.get("_portfolio_") or said.get("_portfolio_", []))


FORMS = [
    pytest.param(option, task, marks=pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"))
    for option in names("model")
    if option != "continued"  # it needs an earlier model: tests/test_warm_start.py
    for task in forms(option)
]


@pytest.mark.parametrize("option", names("model"))
def test_a_family_has_a_form_for_the_tasks_it_says_and_no_other(option):
    model = load("model", option)
    assert [task for task in TASKS if model.get_form(task)] == forms(option) != []
    assert {model.get_form(task).inputs for task in forms(option)} <= set(names("inputs"))


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_family(task):
    assert [option for option in names("model") if task in forms(option)]


@pytest.mark.parametrize(("option", "task"), FORMS)
def test_a_model_predicts_in_the_shape_of_its_task(option, task):
    scores = answers(option, task, examples(task=task).features)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()
    if task == "multiclass":
        assert scores.shape == (400, 3)
        assert scores.sum(axis=1) == pytest.approx(1)
    elif scores.ndim == 2:
        assert task == "regression"
        assert scores.shape == (400, 3)
        assert (np.diff(scores, axis=1) >= 0).all()
    else:
        assert scores.shape == (400,)
    if task in CLASSES:
        assert ((scores >= 0) & (scores <= 1)).all()
    if task == "clustering":
        assert (scores == scores.round()).all()
        assert scores.min() >= -1


@pytest.mark.parametrize(("option", "task"), FORMS)
def test_a_model_clones(option, task):
    pipeline = fitted(option, task)
    assert repr(clone(pipeline)) == repr(pipeline)


@pytest.mark.parametrize(("option", "task"), FORMS)
def test_a_model_refits_to_the_same_bytes(option, task, tmp_path):
    write_model(tmp_path / "one.skops", {"pipeline": fitted(option, task)})
    write_model(tmp_path / "two.skops", {"pipeline": fit_pipeline(made(option, task), examples(task=task), 1)})
    assert (tmp_path / "one.skops").read_bytes() == (tmp_path / "two.skops").read_bytes()


@pytest.mark.parametrize(("option", "task"), FORMS)
def test_a_model_survives_missing_and_unseen_values(option, task):
    scores = answers(option, task, strange())
    assert len(scores) == 3
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(("option", "task"), FORMS)
def test_a_model_comes_back_from_its_file_with_the_same_predictions(option, task, tmp_path):
    write_model(tmp_path / "model.skops", {"pipeline": fitted(option, task)})
    again = read_model(tmp_path / "model.skops")["pipeline"]
    asked = pd.concat([examples().features, strange()], ignore_index=True)
    assert (answers(option, task, asked, again) == answers(option, task, asked)).all()


def end(dimension, side):
    """The lowest or the highest value of what is searched."""
    if dimension.choices:
        return dimension.choices[0 if side == "low" else -1]
    value = getattr(dimension, side)
    return int(value) if dimension.integer else value


@pytest.mark.parametrize("side", ["low", "high"])
@pytest.mark.parametrize(("option", "task"), FORMS)
def test_a_model_takes_the_ends_of_what_is_searched(option, task, side):
    space = load("model", option).get_form(task).space
    asked = made(option, task, {name: end(one, side) for name, one in space.items()}, rounds=20)
    whole = examples(task=task)
    assert len(answers(option, task, whole.features[:5], fit_pipeline(asked, whole, 1))) == 5


@pytest.mark.parametrize(
    ("option", "task", "place"),
    [
        pytest.param(*one.values, place, marks=one.marks)
        for one in FORMS
        for place in range(count_portfolio(*one.values))
    ],
)
def test_a_model_takes_every_set_of_arguments_of_its_portfolio(option, task, place):
    portfolio = load("model", option).get_form(task).portfolio
    arguments, whole = portfolio[place], examples(task=task)
    assert len(portfolio) == count_portfolio(option, task)
    pipeline = fit_pipeline(made(option, task, arguments, rounds=20), whole, 1)
    assert pipeline["estimator"].get_params().items() >= arguments.items()
    assert np.isfinite(answers(option, task, whole.features[:5], pipeline)).all()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("option", names("inputs"))
def test_inputs_transform_to_a_table_and_back_from_a_file(option, task, tmp_path):
    if option in ("embeddings", "scaled_embeddings"):
        pytest.skip("its encoder is not in the repository; tests/contracts/test_learning.py makes one")
    asked = Recipe(option="x", estimator=Call(target="none"), inputs=load("inputs", option), plan=plan(task))
    whole = examples(300, task)
    one, again = (make_inputs(asked, whole.features, 1) for _ in range(2))
    for inputs in (one, again):
        inputs.fit_transform(whole.features, whole.labels)
    found = one.transform(strange())
    assert len(found) == 3
    assert option == "passthrough" or all(is_number_or_category(column) for _, column in found.items())
    pd.testing.assert_frame_equal(again.transform(strange()), found)
    write_model(tmp_path / "inputs.skops", {"inputs": one})
    pd.testing.assert_frame_equal(read_model(tmp_path / "inputs.skops")["inputs"].transform(strange()), found)


ROLES = {
    "row": Column(type="text", role="id", description=""),
    "at": Column(type="time", role="time", description=""),
    "day": Column(type="day", role="context", description=""),
    "customer": Column(type="category", role="group", description=""),
    "side": Column(type="category", role="part", description=""),
    "asked": Column(type="category", role="target", description="", categories=("no", "perhaps", "yes")),
}


def table_to_split(rows, kept):
    """Three rows a day with a column of every role that a split may ask for; the rows that are kept."""
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


@pytest.fixture(params=["every row", "a gap of days"])
def table(request):
    return table_to_split(600, lambda number: (number < 500) | (number >= (500 if "every" in request.param else 525)))


def parted(option, table, seed=1):
    return targets.call(load("split", option), "conf/split/", table, Schema(columns=ROLES, tables={}), seed)


def folds(found):
    return [find_fold_positions(found[name]) for name in found.columns if name.startswith(FOLD)]


@pytest.mark.parametrize("option", names("split"))
def test_a_split_gives_every_row_one_part_and_the_folds_that_are_asked_for(option, table):
    found = parted(option, table)
    asked = load("split", option).arguments["folds"]
    assert found.index.equals(table.index)
    assert set(found["part"]) == set(PARTS)
    assert list(found.columns) == ["part", *(f"{FOLD}{number + 1}" for number in range(asked))]
    assert len(found) == len(table)


@pytest.mark.parametrize("option", names("split"))
def test_folds_of_a_split_lie_in_the_train_part_and_judge_no_row_twice(option, table):
    found = parted(option, table)
    inside, judged = set(np.flatnonzero(found["part"] == "train")), []
    for train, valid in folds(found):
        assert len(train) > len(valid) / 2 > 0
        assert set(train) | set(valid) <= inside
        assert not set(train) & set(valid)
        judged += list(valid)
    assert len(judged) == len(set(judged))


@pytest.mark.parametrize("option", names("split"))
def test_a_split_is_the_same_under_one_seed(option, table):
    pd.testing.assert_frame_equal(parted(option, table), parted(option, table))


def splits(*targeted):
    """The splits whose files name one of these functions."""
    files = {
        name: yaml.safe_load((CONF / "split" / f"{name}.yaml").read_text(encoding="utf-8")) for name in names("split")
    }
    return [name for name, said in files.items() if said["_target_"] in targeted]


@pytest.mark.parametrize("option", splits(*IN_TIME))
def test_a_split_in_time_keeps_time_in_order(option, table):
    found = parted(option, table)
    times = table["at"].groupby(found["part"])
    assert times.max()["train"] < times.min()["valid"] <= times.max()["valid"] < times.min()["test"]
    for train, valid in folds(found):
        assert table["at"].iloc[train].max() < table["at"].iloc[valid].min()


@pytest.mark.parametrize("option", splits("lifecycle.data.splits.split_grouped"))
def test_a_split_in_groups_keeps_groups_together(option, table):
    for name, side in parted(option, table).items():
        assert (side.fillna("neither").groupby(table["customer"]).nunique() == 1).all(), name


def judged(task, rows=200):
    """Truth, perfect scores, and the same scores shuffled, where a perfect interval holds four rows of five."""
    generator = np.random.default_rng(0)
    codes, order = np.arange(rows) % 4, generator.permutation(rows)
    if task == "binary":
        truth, perfect = codes // 3, (codes // 3).astype(float)
    elif task == "multiclass":
        truth, perfect = codes, np.eye(5)[codes]
    elif task == "clustering":
        truth, perfect = generator.normal(size=(rows, 3)) + 9.0 * np.eye(4, 3)[codes], codes.astype(float)
    else:
        truth = generator.normal(50.0, 10.0, rows)
        low = np.where(np.arange(rows) % 5 == 0, 0.01, -0.1)
        perfect = np.stack([truth + low, truth, truth + 0.1], axis=1)
        # Who knows nothing of the row says wider intervals.
        return truth, perfect, perfect[order] + [-0.1, 0.0, 0.1]
    return truth, perfect, perfect[order]


METRICS = [
    (path.stem, task)
    for path in FILES
    if path.parent.name == "metric"
    for task in yaml.safe_load(path.read_text(encoding="utf-8"))["_tasks_"]
]
# Their bins and distances are those of the rows, however often a row counts.
BY_ROWS = {"calibration_error", "silhouette"}


@pytest.mark.parametrize(("option", "task"), METRICS)
def test_a_metric_ranks_perfect_above_shuffled(option, task):
    metric = load("metric", option)
    truth, perfect, mixed = judged(task)
    best, worse = (compute_metric(option, metric, truth, scores, 0.5) for scores in (perfect, mixed))
    assert metric.sign * best > metric.sign * worse


@pytest.mark.parametrize(("option", "task"), METRICS)
def test_weights_of_one_change_no_metric(option, task):
    metric = load("metric", option)
    truth, _, mixed = judged(task)
    expected = compute_metric(option, metric, truth, mixed, 0.5)
    assert compute_metric(option, metric, truth, mixed, 0.5, np.ones(200)) == pytest.approx(expected)


@pytest.mark.parametrize(("option", "task"), [pair for pair in METRICS if pair[0] not in BY_ROWS])
def test_a_weight_is_how_often_a_metric_counts_a_row(option, task):
    metric = load("metric", option)
    truth, _, mixed = judged(task)
    times = np.arange(200) * 7 % 3
    rows = np.repeat(np.arange(200), times)
    expected = compute_metric(option, metric, truth[rows], mixed[rows], 0.5)
    assert compute_metric(option, metric, truth, mixed, 0.5, times.astype(float)) == pytest.approx(expected)


@pytest.mark.parametrize(("option", "task"), METRICS)
def test_a_metric_takes_few_rows_and_absent_classes(option, task):
    metric = load("metric", option)
    truth, perfect, _ = judged(task)
    for rows in ([0], [0, 4], [0, 1], [2, 3], [1, 2, 3]):
        assert not np.isinf(compute_metric(option, metric, truth[rows], perfect[rows], 0.5))


@pytest.mark.parametrize("option", names("search"))
def test_a_search_runs_two_trials_of_a_tiny_model(option):
    asked = dataclasses.replace(load("search", option), trials=2, rows=60, values=0, final_values=0)
    form = Form(
        target="sklearn.linear_model.LogisticRegression",
        arguments={"C": 1.0},
        space={"C": Dimension(low=0.01, high=100.0, log=True)},
    )
    whole, rows = examples(120), np.arange(120)
    validation = CrossValidation(
        Dataset(whole.features[["size"]], whole.labels, whole.context),
        [(rows[:60], rows[60:90]), (rows[:90], rows[90:])],
        ("roc_auc", load("metric", "roc_auc")),
        ("log_loss", load("metric", "log_loss")),
    )

    def run():
        return tune_candidate(
            Candidate("tiny", form, Inputs(numeric=(), categorical=()), Plan()), validation, asked, 1, ignore
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
    origin = interface.describe_origin(call, "conf/source/")
    assert origin.source and origin.licence and origin.publisher


def is_number_or_category(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype)
