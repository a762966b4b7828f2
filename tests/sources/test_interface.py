from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from lifecycle.options import Call
from lifecycle.sources import interface
from lifecycle.sources.batches import Batch, Origin

WHERE = "conf/source/"


def read(*, rows: int, through: date | None = None) -> Iterator[Batch]:
    """The batches of two months, and one that holds the last day that was offered."""
    for month in ("2013-01", "2013-02"):
        yield Batch("orders", pd.Period(month, freq="M"), pd.DataFrame({"order": range(rows)}))
    yield Batch("days", None, pd.DataFrame({"through": [str(through)]}))


def describe_origin(*, rows: int) -> Origin:
    """Where the rows come from."""
    return Origin(f"a till with {rows} rows", "CC0 1.0", "the shop")


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of the project with a source."""
    module = ModuleType("lifecycle.sources.till")
    for function in (read, describe_origin):
        function.__module__ = module.__name__
        setattr(module, function.__name__, function)
    monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
    return module


@pytest.fixture
def source(till: ModuleType) -> Call:
    """The source as configuration names it."""
    return Call(target="lifecycle.sources.till.read", arguments={"rows": 2})


def test_a_source_gets_those_offered_arguments_that_it_accepts(source: Call) -> None:
    batches = list(interface.read_batches(source, WHERE, through=date(2013, 2, 28), stored=None, buffers=None))
    assert [batch.name for batch in batches] == ["orders/2013-01.parquet", "orders/2013-02.parquet", "days/all.parquet"]
    assert batches[2].rows["through"].to_list() == ["2013-02-28"]


def test_the_origin_is_that_of_the_function_beside_it(source: Call) -> None:
    assert interface.describe_origin(source, WHERE) == Origin("a till with 2 rows", "CC0 1.0", "the shop")


def test_without_a_function_of_its_own_versions_end_with_the_months(source: Call) -> None:
    assert interface.list_version_ends(source, WHERE, date(2013, 1, 31), today=date(2013, 5, 1)) == [date(2013, 2, 28)]


def test_a_function_of_its_own_lists_the_versions_ends(till: ModuleType, source: Call) -> None:
    def list_version_ends(*, rows: int, after: date, today: date) -> list[Any]:
        return [after, today, rows]

    list_version_ends.__module__ = till.__name__
    setattr(till, "list_version_ends", list_version_ends)  # noqa: B010
    found = interface.list_version_ends(source, WHERE, date(2013, 1, 31), today=date(2013, 5, 1), stored=None)
    assert found == [date(2013, 1, 31), date(2013, 5, 1), 2]


def test_a_source_that_does_not_say_so_is_outside(source: Call) -> None:
    assert not interface.is_bundled(source, WHERE)


@pytest.mark.parametrize("answer", [True, False])
def test_a_source_says_whether_its_rows_come_with_the_environment(till: ModuleType, source: Call, answer: bool) -> None:
    def is_bundled(*, rows: int) -> bool:
        return rows == 2 and answer

    is_bundled.__module__ = till.__name__
    setattr(till, "is_bundled", is_bundled)  # noqa: B010
    assert interface.is_bundled(source, WHERE) is answer


@pytest.mark.parametrize(
    ("target", "arguments", "bundled"),
    [
        ("lifecycle.sources.bundled.read", {"name": "wine"}, True),
        ("lifecycle.sources.generated.read", {"rows": 9, "months": 1, "seed": 1}, True),
        ("lifecycle.sources.files.read", {"tables": {"a": {"path": "a.csv", "format": "csv"}}}, False),
    ],
)
def test_files_are_outside_and_so_are_labels_that_come_with_them(
    target: str, arguments: dict[str, Any], bundled: bool
) -> None:
    inner = {"_target_": target, **arguments}
    labels = {"source": inner, "batches": [], "folder": "data/feedback"}
    assert interface.is_bundled(Call(target=target, arguments=arguments), WHERE) is bundled
    assert interface.is_bundled(Call(target="lifecycle.sources.feedback.read", arguments=labels), WHERE) is bundled
