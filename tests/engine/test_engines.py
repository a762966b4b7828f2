"""An engine may finish tasks in any order and any place; which one it is stands in params.yaml or the environment."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders.tuned import BOOSTED, FOREST, to_bytes, tune

from lifecycle.engine.choose import open_engine
from lifecycle.engine.local import run_locally
from lifecycle.engine.settings import Engine, Tls, read_engine
from lifecycle.engine.tasks import Task
from lifecycle.errors import ConfigError, LifecycleError, WrongValue

TOP = Path(__file__).parents[2]
DASK = Engine(option="dask", runs_on="dask")


class Shuffled:
    """An engine that finishes the tasks in another order, each on data of its own, as other processes do."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.orders: list[list[int]] = []

    def __call__(self, function: Callable[..., Any], tasks: Sequence[Task]) -> Generator[Any]:
        order = self.random.sample(range(len(tasks)), len(tasks))
        self.orders.append(order)
        found = {place: self.run(function, tasks[place]) for place in order}
        yield from (found[place] for place in range(len(tasks)))

    def run(self, function: Callable[..., Any], task: Task) -> Any:
        import pickle

        function, data, arguments = pickle.loads(pickle.dumps((function, task.data, task.arguments)))
        return pickle.loads(pickle.dumps(function(data, *arguments)))


@pytest.mark.parametrize("form", [BOOSTED, FOREST], ids=["boosted", "forest"])
def test_results_that_come_in_another_order_are_those_of_this_process(form: Any) -> None:
    expected = to_bytes(tune(run_locally, form))
    engines = [Shuffled(1), Shuffled(2)]
    assert [to_bytes(tune(engine, form)) for engine in engines] == [expected, expected]
    assert engines[0].orders != engines[1].orders
    assert all(len(order) > 1 for order in engines[0].orders)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the options of the engine, and params.yaml without one."""
    (tmp_path / "conf").mkdir()
    shutil.copytree(TOP / "conf/engine", tmp_path / "conf/engine")
    (tmp_path / "params.yaml").write_text("seed: 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("LIFECYCLE_ENGINE", "LIFECYCLE_ENGINE_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_a_word_it_is_this_process(project: Path) -> None:
    assert read_engine() == Engine(option="local", runs_on="threads")


def test_the_word_of_params_picks_an_option(project: Path) -> None:
    (project / "params.yaml").write_text("engine: dask\n", encoding="utf-8")
    assert read_engine() == DASK


def test_the_environment_is_before_params(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "params.yaml").write_text("engine: local\n", encoding="utf-8")
    monkeypatch.setenv("LIFECYCLE_ENGINE", "dask")
    monkeypatch.setenv("LIFECYCLE_ENGINE_ADDRESS", "tcp://127.0.0.1:8786")
    assert read_engine() == Engine(option="dask", runs_on="dask", address="tcp://127.0.0.1:8786")


def test_a_file_that_comes_with_a_pull_request_names_no_scheduler(project: Path) -> None:
    (project / "params.yaml").write_text("engine: dask\n", encoding="utf-8")
    with (project / "conf/engine/dask.yaml").open("a", encoding="utf-8") as stream:
        stream.write("address: tls://elsewhere:8786\n")
    with pytest.raises(WrongValue, match="whoever can change a file could have code run here") as caught:
        read_engine()
    assert caught.value.where == "conf/engine/dask.yaml, key address"
    assert caught.value.todo.endswith("export LIFECYCLE_ENGINE_ADDRESS=tls://elsewhere:8786")


def test_a_variable_that_names_no_option_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECYCLE_ENGINE", "dusk")
    with pytest.raises(ConfigError) as caught:
        read_engine()
    assert str(caught.value) == (
        "error: engine: there is no option 'dusk'\nwhere: LIFECYCLE_ENGINE in the environment\nnext:  use 'dask'"
    )


def test_no_stage_knows_the_engine() -> None:
    stages = yaml.safe_load((TOP / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    named = [name for name, stage in stages.items() if "${engine" in str(stage) or "conf/engine" in str(stage)]
    taken = [name for name, stage in stages.items() if "engine" in stage.get("params", [])]
    assert (named, taken) == ([], [])


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError) as caught, open_engine(DASK):
        pass
    assert str(caught.value) == (
        "error: this engine needs the package distributed, which is not installed\n"
        "where: conf/engine/dask.yaml, picked by engine: in params.yaml or LIFECYCLE_ENGINE\n"
        'next:  pip install "lifecycle[dask]"; or engine: local, which gives the same bytes'
    )


FILES = Tls(ca="ca.pem", certificate="own.pem", key="own-key.pem")


@pytest.mark.parametrize(
    "engine",
    [
        Engine(option="dask", runs_on="dask", address="tcp://head:8786"),
        Engine(option="dask", runs_on="dask", address="tls://head:8786"),
        Engine(option="dask", runs_on="dask", address="tcp://head:8786", tls=FILES),
    ],
    ids=["plain", "no_files", "plain_with_files"],
)
def test_an_address_elsewhere_is_encrypted_or_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", sys)
    with pytest.raises(LifecycleError, match="another machine, and nothing encrypts") as caught, open_engine(engine):
        pass
    assert caught.value.where == "conf/engine/dask.yaml, key tls, and LIFECYCLE_ENGINE_ADDRESS in the environment"
