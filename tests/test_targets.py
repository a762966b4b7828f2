"""Callables named in YAML: the allow-list, and arguments checked before the call."""

import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from lifecycle import targets
from lifecycle.errors import ForbiddenTarget, UnknownName, WrongValue
from lifecycle.options import Call

WHERE = "conf/model/mine.yaml"


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "builtins.eval",
        "eval",
        "",
        "subprocess.run",
        "pickle.loads",
        "pandas.read_pickle",
        "joblib.load",
        "numpy.load",
        "sklearn.datasets.fetch_openml",
        "sklearn.metricsx.f1_score",
        "lifecycle.modeling.persistence.read_model",
        "lightgbm.Booster",
        "sklearn.metrics.__dir__",
    ],
)
def test_whatever_is_not_on_the_list_is_rejected(target: str) -> None:
    with pytest.raises(ForbiddenTarget) as caught:
        targets.resolve(target, WHERE)
    assert str(caught.value) == (
        f"error: _target_ {target!r} is not on the allow-list\nwhere: {WHERE}\nnext:  name a callable of an"
        " allowed module, or of a package that pyproject.toml lists under [tool.lifecycle]"
    )


def test_what_a_projects_module_imports_is_not_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "src" / "orders_of_a_test"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "steps.py").write_text("from os import system\n\n\ndef add(table):\n    return table\n")
    (tmp_path / "pyproject.toml").write_text('[tool.lifecycle]\npackages = ["orders_of_a_test"]\n')
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    monkeypatch.chdir(tmp_path)
    assert targets.resolve("orders_of_a_test.steps.add", WHERE)("t") == "t"
    for target in ("orders_of_a_test.steps.system", "another_package.steps.add"):
        with pytest.raises(ForbiddenTarget):
            targets.resolve(target, WHERE)


@pytest.mark.parametrize("name", ["sklearn.svm.SVC", "shop", "shopping.models.Own", "os.system", ""])
def test_an_estimator_of_another_package_is_none_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(f'[tool.lifecycle]\npackages = ["shop"]\nestimators = ["{name}"]\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WrongValue) as caught:
        targets.list_project_estimators()
    assert (
        str(caught.value).splitlines()[0] == f"error: estimators names {name!r}, which is in no package of the project"
    )


def test_a_rejected_module_is_not_even_imported(tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "intruder.py").write_text("raise SystemExit('ran')")
    with pytest.raises(ForbiddenTarget):
        targets.resolve("intruder.run", WHERE)
    assert "intruder" not in sys.modules


def test_an_allowed_name_is_found() -> None:
    assert targets.resolve("sklearn.linear_model.LogisticRegression", WHERE) is LogisticRegression
    assert targets.resolve("lightgbm.LGBMClassifier", WHERE).__name__ == "LGBMClassifier"


def test_a_name_that_a_module_lacks_has_the_nearest_suggested() -> None:
    with pytest.raises(UnknownName) as caught:
        targets.resolve("sklearn.linear_model.LogisticRegresion", WHERE)
    assert caught.value.what.endswith("sklearn.linear_model has no 'LogisticRegresion'")
    assert caught.value.todo == "use 'LogisticRegression'"


def test_a_module_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownName, match=r"module 'sklearn\.svm\.nowhere' cannot be imported"):
        targets.resolve("sklearn.svm.nowhere.SVC", WHERE)


def test_an_unknown_argument_has_the_nearest_suggested() -> None:
    with pytest.raises(UnknownName) as caught:
        targets.call(Call(target="sklearn.linear_model.LogisticRegression", arguments={"max_itr": 5}), WHERE)
    assert str(caught.value) == (
        "error: sklearn.linear_model.LogisticRegression takes no argument 'max_itr'\n"
        f"where: {WHERE}, key max_itr\nnext:  use 'max_iter'"
    )


@pytest.fixture
def lamp(monkeypatch) -> str:
    """A function of this package's sources, with one argument for code and two for YAML."""
    module = ModuleType("lifecycle.sources.lamp")
    code = "def glow(table, *, watts: float, colours: tuple[str, ...] = ()):\n    return table, watts, colours\n"
    exec(code, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return "lifecycle.sources.lamp.glow"


def test_configured_arguments_join_those_of_the_code(lamp: str) -> None:
    asked = Call(target=lamp, arguments={"watts": 3, "colours": ["red"]})
    assert targets.call(asked, WHERE, "t") == ("t", 3, ["red"])


def test_a_missing_argument_is_named(lamp: str) -> None:
    with pytest.raises(WrongValue) as caught:
        targets.call(Call(target=lamp), WHERE, "t")
    assert caught.value.what == f"{lamp} needs the argument 'watts'"
    assert caught.value.todo == "add the key watts: to this option"


def test_a_wrong_type_shows_the_value(lamp: str) -> None:
    with pytest.raises(WrongValue, match="watts is 'many': Input should be a valid number") as caught:
        targets.call(Call(target=lamp, arguments={"watts": "many"}), WHERE, "t")
    assert caught.value.where == f"{WHERE}, key watts"


@pytest.mark.parametrize("name", ["table", "watts"])
def test_yaml_cannot_give_what_the_code_gives(lamp: str, name: str) -> None:
    with pytest.raises(UnknownName, match=f"takes no argument '{name}'"):
        targets.call(Call(target=lamp, arguments={name: 1.0}), WHERE, "t", watts=2.0)


def test_lightgbm_takes_the_extra_names_it_documents_and_no_others() -> None:
    made = targets.call(Call(target="lightgbm.LGBMClassifier", arguments={"verbose": -1}), WHERE)
    assert made.get_params()["verbose"] == -1
    with pytest.raises(UnknownName, match="takes no argument 'num_leafs'"):
        targets.call(Call(target="lightgbm.LGBMClassifier", arguments={"num_leafs": 3}), WHERE)


def test_a_step_is_called_with_its_yaml() -> None:
    asked = Call(
        target="lifecycle.data.steps.values.rename_columns", arguments={"table": "rows", "columns": {"new": "old"}}
    )
    found = targets.call(asked, WHERE, {"rows": pd.DataFrame({"old": [1]})})
    assert list(found["rows"].columns) == ["new"]


@pytest.mark.parametrize(
    "value", [{"_target_": "os.system"}, [{"deep": {"_target_": "sklearn.svm.SVC"}}], {"a": [{"_target_": 1}]}]
)
def test_an_argument_of_a_library_builds_nothing(value: object) -> None:
    asked = Call(target="sklearn.ensemble.AdaBoostClassifier", arguments={"estimator": value})
    with pytest.raises(ForbiddenTarget) as caught:
        targets.call(asked, WHERE)
    assert str(caught.value) == (
        "error: estimator of sklearn.ensemble.AdaBoostClassifier holds a _target_ of its own\n"
        f"where: {WHERE}, key estimator\nnext:  take estimator: out"
    )


def test_an_argument_names_no_folder_of_pickles() -> None:
    asked = Call(target="sklearn.cluster.FeatureAgglomeration", arguments={"memory": "models/planted"})
    with pytest.raises(ForbiddenTarget, match=r"memory of .* holds 'models/planted', whose files would be unpickled"):
        targets.call(asked, WHERE)
    without = Call(target="sklearn.cluster.FeatureAgglomeration", arguments={"memory": None, "n_clusters": 3})
    assert targets.call(without, WHERE).get_params()["n_clusters"] == 3


def test_a_module_of_tests_is_not_even_imported() -> None:
    with pytest.raises(ForbiddenTarget):
        targets.resolve("sklearn.ensemble.tests.test_bagging.DummySizeEstimator", WHERE)
    assert "sklearn.ensemble.tests.test_bagging" not in sys.modules
