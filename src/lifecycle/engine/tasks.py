"""What an engine is: a function that runs tasks and returns their results in the order of the tasks."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Task:
    """A call of a function: `data` is large and the same object in several tasks, `arguments` are small."""

    data: Any
    arguments: tuple[Any, ...]


class RunTasks(Protocol):
    """Runs `function(data, *arguments)` for each task; what ends early, by `close`, leaves no task behind.

    The function is one of a module, and does not depend on where or when it runs. An error of a task is raised in the
    place of its result.
    """

    def __call__(self, function: Callable[..., Result], tasks: Sequence[Task]) -> Generator[Result]:
        """The results in the order of the tasks, each as soon as it and those before it are there."""
