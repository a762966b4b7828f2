"""The contract tests of a project: of each file of its conf/, of its candidates, and of its dvc.yaml.

    # tests/test_contracts.py
    from lifecycle.testing.contracts import *  # noqa: F403

Models are fitted only for the candidates in params.yaml, on a few rows that are made up; every other option has to
compose, and the callables that it names have to be there.
"""

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits

from lifecycle.testing import cases, model_contracts, option_contracts, pipeline_contracts, step_contracts
from lifecycle.testing.model_contracts import *  # noqa: F403
from lifecycle.testing.option_contracts import *  # noqa: F403
from lifecycle.testing.pipeline_contracts import *  # noqa: F403
from lifecycle.testing.step_contracts import *  # noqa: F403

__all__ = ["at_the_top", "pytest_generate_tests"]
__all__ += option_contracts.__all__
__all__ += model_contracts.__all__
__all__ += step_contracts.__all__
__all__ += pipeline_contracts.__all__


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test the cases of the project; raises CollectError where it has no conf/."""
    cases.parametrize(metafunc, cases.PROJECT)


@pytest.fixture(autouse=True)
def at_the_top(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The project's top folder as the working folder, and one thread: rows are few."""
    monkeypatch.chdir(cases.find_top(request.config.rootpath))
    with threadpool_limits(1):
        yield
