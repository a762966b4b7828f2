"""The engine `local`: tasks on threads of this process, as many at a time as there are processors."""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from lifecycle.engine.settings import Engine
from lifecycle.engine.tasks import Result, RunTasks, Task
from lifecycle.io.processor import processors


@contextmanager
def open_threads(engine: Engine) -> Iterator[RunTasks]:
    """The engine, which needs nothing opened."""
    yield run_locally


def run_locally(function: Callable[..., Result], tasks: Sequence[Task]) -> Generator[Result]:
    """The results in the order of the tasks; who stops early waits for the tasks that run, and starts no other."""
    with ThreadPoolExecutor(processors()) as pool:
        results = pool.map(lambda task: function(task.data, *task.arguments), tasks)
        try:
            yield from results
        finally:
            pool.shutdown(cancel_futures=True)
