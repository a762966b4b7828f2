"""Model files: the same model gives the same bytes anywhere, and nothing in a file is executed."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders.model_files import write_twice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.modeling.persistence import read_model, write_model

ESTIMATORS: dict[str, Any] = {
    "logistic": LogisticRegression(),
    "decision_tree": DecisionTreeClassifier(max_depth=3, random_state=1),
    "random_forest": RandomForestClassifier(4, max_depth=4, random_state=1),
    "mlp": make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=5, early_stopping=True, random_state=1)),
    "hist_gradient_boosting": HistGradientBoostingClassifier(max_iter=8, random_state=1),
    "lightgbm": LGBMClassifier(
        n_estimators=8,
        random_state=1,
        subsample=0.8,
        subsample_freq=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    ),
}


def rows() -> tuple[np.ndarray, np.ndarray]:
    """300 rows of three numbers, and a label that the first one mostly decides."""
    random = np.random.default_rng(1)
    numbers = random.normal(size=(300, 3))
    return numbers, numbers[:, 0] + random.normal(size=300) > 0


def write_all(folder: Path) -> dict[str, Any]:
    """Fit each estimator and write it to the folder, whatever it warns of."""
    numbers, label = rows()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, estimator in ESTIMATORS.items():
            write_model(folder / f"{name}.skops", {"pipeline": estimator.fit(numbers, label), "name": name})
    return ESTIMATORS


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same models written by two processes with another hash seed and another number of threads."""
    return write_twice(Path(__file__), (tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")))


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.slow
def test_hash_seed_and_threads_change_no_byte(folders: list[Path], name: str) -> None:
    one, two = (folder / f"{name}.skops" for folder in folders)
    assert one.read_bytes() == two.read_bytes()


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The models fitted in this process, and the folder that they were written to."""
    folder = tmp_path_factory.mktemp("fitted")
    return folder, write_all(folder)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_loaded_model_predicts_the_same(fitted: tuple[Path, dict[str, Any]], name: str) -> None:
    folder, models = fitted
    loaded = read_model(folder / f"{name}.skops")
    assert loaded["name"] == name
    numbers, _ = rows()
    np.testing.assert_array_equal(loaded["pipeline"].predict_proba(numbers), models[name].predict_proba(numbers))


def test_threads_are_no_part_of_the_file_and_equal_numbers_stay(tmp_path: Path) -> None:
    numbers, label = rows()
    model = HistGradientBoostingClassifier(max_iter=1, random_state=1).fit(numbers, label)
    for threads in (2, 64):
        model._bin_mapper.n_threads = threads
        write_model(tmp_path / f"{threads}.skops", {"before": threads, "model": model, "after": threads})
        loaded = read_model(tmp_path / f"{threads}.skops")
        assert (loaded["before"], loaded["after"]) == (threads, threads)
        assert loaded["model"]._bin_mapper.n_threads == 1


class Planted:
    """A type that is on nobody's list, and that tells when it is made."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("executed",))


def test_a_type_that_is_not_trusted_is_rejected_and_not_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "planted.skops", {"pipeline": Planted()})
    with pytest.raises(CorruptFile, match="holds types that are not trusted") as caught:
        read_model(tmp_path / "planted.skops")
    assert len(str(caught.value).splitlines()) == 3
    assert not (tmp_path / "executed").exists()


def test_a_file_cut_anywhere_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.skops"
    write_model(path, {"numbers": np.arange(9.0)})
    full = path.read_bytes()
    for end in range(0, len(full), 11):
        path.write_bytes(full[:end])
        with pytest.raises(CorruptFile, match="cannot be read as a model") as caught:
            read_model(path)
        assert len(str(caught.value).splitlines()) == 3


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_changed_byte_is_rejected_or_changes_nothing(tmp_path: Path, place: int, byte: int) -> None:
    path = tmp_path / "a.skops"
    write_model(path, {"numbers": np.arange(9.0), "name": "x"})
    content = bytearray(path.read_bytes())
    content[place % len(content)] = byte
    path.write_bytes(bytes(content))
    try:
        loaded = read_model(path)
    except CorruptFile:
        return
    assert loaded["name"] == "x"
    np.testing.assert_array_equal(loaded["numbers"], np.arange(9.0))


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        read_model(tmp_path / "nothing.skops")
