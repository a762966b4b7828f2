"""What every option of conf/ promises: the folders are listed, so a new file is held to it as it is.

The contracts of `lifecycle.testing`, which a project holds its candidates to, for every model here; and what only the
engine's own options promise.
"""

import dataclasses
import inspect

import numpy as np
import pandas as pd
import pytest

from lifecycle import targets
from lifecycle.data.dataset import Dataset
from lifecycle.evaluation.metric import compute_metric
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.modeling.pipeline import Dimension, Form, Inputs, Plan, Recipe, make_inputs
from lifecycle.modeling.tuning import Candidate, tune_candidate
from lifecycle.options import Call
from lifecycle.sources import interface
from lifecycle.testing import cases
from lifecycle.testing.contracts import at_the_top  # noqa: F401
from lifecycle.testing.made_rows import make_dataset, make_predictions, make_strange_rows
from lifecycle.testing.model_contracts import *  # noqa: F403
from lifecycle.testing.models import make_plan
from lifecycle.testing.option_contracts import *  # noqa: F403
from lifecycle.testing.option_files import TASKS, list_metric_cases, list_options, list_tasks, load_option

PACKAGES = {"catboost": "catboost", "realmlp": "torch"}  # of extras, which fit a family
# Their bins and distances are those of the rows, however often a row counts.
BY_ROWS = {"calibration_error", "silhouette"}
GROUPS = ("inputs", "search", "source")


def list_every_group():
    return {f"{group}_option": lambda group=group: list_options(group) for group in GROUPS}


def list_counted_metrics():
    return [case for case in list_metric_cases() if case[0] not in BY_ROWS]


def pytest_generate_tests(metafunc):
    cases.parametrize(metafunc, {**cases.ENGINE, **list_every_group(), "counted_metric": list_counted_metrics})


@pytest.fixture(autouse=True)
def _with_the_packages_of_extras(request):
    """Skip a model whose extra is not installed."""
    for name in {"form", "portfolio_entry"} & set(request.fixturenames):
        if package := PACKAGES.get(request.getfixturevalue(name)[0]):
            pytest.importorskip(package)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_family(task):
    assert [option for option in list_options("model") if task in list_tasks(option)]


@pytest.mark.parametrize("task", TASKS)
def test_inputs_transform_to_a_table_and_back_from_a_file(inputs_option, task, tmp_path):
    if inputs_option in ("embeddings", "scaled_embeddings"):
        pytest.skip("its encoder is not in the repository; tests/contracts/test_learning.py makes one")
    asked = Recipe(
        option="x", estimator=Call(target="none"), inputs=load_option("inputs", inputs_option), plan=make_plan(task)
    )
    whole = make_dataset(300, task)
    one, again = (make_inputs(asked, whole.features, 1) for _ in range(2))
    for inputs in (one, again):
        inputs.fit_transform(whole.features, whole.labels)
    found = one.transform(make_strange_rows())
    assert len(found) == 3
    assert inputs_option == "passthrough" or all(is_number_or_category(column) for _, column in found.items())
    pd.testing.assert_frame_equal(again.transform(make_strange_rows()), found)
    write_model(tmp_path / "inputs.skops", {"inputs": one})
    pd.testing.assert_frame_equal(read_model(tmp_path / "inputs.skops")["inputs"].transform(make_strange_rows()), found)


def test_a_weight_is_how_often_a_metric_counts_a_row(counted_metric):
    option, task = counted_metric
    metric = load_option("metric", option)
    truth, _, mixed = make_predictions(task)
    times = np.arange(200) * 7 % 3
    rows = np.repeat(np.arange(200), times)
    expected = compute_metric(option, metric, truth[rows], mixed[rows], 0.5)
    assert compute_metric(option, metric, truth, mixed, 0.5, times.astype(float)) == pytest.approx(expected)


def test_a_search_runs_two_trials_of_a_tiny_model(search_option):
    asked = dataclasses.replace(load_option("search", search_option), trials=2, rows=60, values=0, final_values=0)
    form = Form(
        target="sklearn.linear_model.LogisticRegression",
        arguments={"C": 1.0},
        space={"C": Dimension(low=0.01, high=100.0, log=True)},
    )
    whole, rows = make_dataset(120), np.arange(120)
    validation = CrossValidation(
        Dataset(whole.features[["size"]], whole.labels, whole.context),
        [(rows[:60], rows[60:90]), (rows[:90], rows[90:])],
        ("roc_auc", load_option("metric", "roc_auc")),
        ("log_loss", load_option("metric", "log_loss")),
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


def test_a_source_gives_the_same_rows_twice_with_provenance(source_option):
    call = load_option("source", source_option)
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
