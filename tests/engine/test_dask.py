"""The engine `dask`: the bytes of the engine `local`, with any number of workers, also when one is killed."""

import os
import signal
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from builders.tuned import BOOSTED, FOREST, to_bytes, tune

from lifecycle.config import must_be_option
from lifecycle.engine.dask import open_cluster
from lifecycle.engine.local import run_locally
from lifecycle.engine.settings import Engine, Tls
from lifecycle.engine.tasks import Task
from lifecycle.errors import LifecycleError, TooLarge, UnknownName

pytest.importorskip("distributed", reason="the engine dask is not tried: pip install 'lifecycle[dask]'")
pytestmark = pytest.mark.slow


def own(workers):
    return open_cluster(Engine(option="dask", runs_on="dask", workers=workers))


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_gives_the_bytes_of_this_process(workers):
    expected = [to_bytes(tune(run_locally, form)) for form in (BOOSTED, FOREST)]
    with own(workers) as run_tasks:
        assert [to_bytes(tune(run_tasks, form)) for form in (BOOSTED, FOREST)] == expected


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("workers", 0, "workers is 0"),
        ("memory", "much", "memory is 'much', which is no size"),
        ("tls", Tls(ca="no-ca.pem", certificate="no.pem", key="no.pem"), "no-ca.pem is not there"),
    ],
)
def test_a_value_that_dask_cannot_take_is_named(key, value, error):
    address = "tls://head:8786" if key == "tls" else None
    engine = replace(Engine(option="dask", runs_on="dask", address=address), **{key: value})
    with pytest.raises(LifecycleError, match=error) as caught, open_cluster(engine):
        pass
    assert caught.value.where.startswith(f"conf/engine/dask.yaml, key {key}")


def test_a_killed_worker_changes_no_byte():
    killed = []

    def kill(number, trial):
        if number == 1:
            pids = run_tasks.__self__.client.run(os.getpid)
            killed.append(min(pids.values()))
            os.kill(killed[0], signal.SIGKILL)

    with own(2) as run_tasks:
        found = to_bytes(tune(run_tasks, watch=kill))
    assert len(killed) == 1
    assert found == to_bytes(tune(run_locally))


def test_a_task_that_kills_every_worker_is_given_up():
    with own(1) as run_tasks, pytest.raises(TooLarge, match="each worker that ran it was killed") as caught:
        list(run_tasks(os._exit, [Task(3, ())]))
    assert caught.value.where == "conf/engine/dask.yaml, key memory, if it was for their memory"


def test_an_error_of_ours_comes_back_in_its_three_lines():
    with own(1) as run_tasks, pytest.raises(UnknownName) as caught:
        list(run_tasks(must_be_option, [Task("engine", ("dusk",))]))
    with pytest.raises(UnknownName) as here:
        must_be_option("engine", "dusk")
    assert str(caught.value) == str(here.value)


def test_a_scheduler_of_its_own_listens_on_loopback_alone():
    with own(1) as run_tasks:
        client = run_tasks.__self__.client
        info = client.scheduler_info()
        addresses = [info["address"], *info["workers"], *(one["nanny"] for one in info["workers"].values())]
        assert {urlsplit(address).hostname for address in addresses} == {"127.0.0.1"}
