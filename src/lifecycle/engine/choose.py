"""The engines by the word in their option; another one is a module and a line here."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from lifecycle.engine.dask import open_cluster
from lifecycle.engine.local import open_threads
from lifecycle.engine.settings import Engine
from lifecycle.engine.tasks import RunTasks

ENGINES: Mapping[str, Callable[[Engine], AbstractContextManager[RunTasks]]] = {
    "threads": open_threads,
    "dask": open_cluster,
}


def open_engine(engine: Engine) -> AbstractContextManager[RunTasks]:
    """The engine as a function that runs tasks, until the context ends."""
    return ENGINES[engine.runs_on](engine)
