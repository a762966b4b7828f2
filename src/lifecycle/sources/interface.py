"""A source as `conf/source/` names it: its rows, where they come from, and where its versions end."""

import inspect
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from lifecycle import targets
from lifecycle.options import Call
from lifecycle.sources import batches
from lifecycle.sources.batches import Batch, Origin


def read_batches(source: Call, where: str, **offered: Any) -> Iterable[Batch]:
    """Its batches; of what is offered it is given what it takes.

    Offered are the version's last day `through`, the batches `held` of a table, and `spools` for what comes once.
    """
    batches: Iterable[Batch] = targets.call(source, where, **select_accepted(source, where, offered))
    return batches


def describe_origin(source: Call, where: str) -> Origin:
    """Where its rows come from, by the function `describe_origin` beside it."""
    origin: Origin = targets.call(name_sibling(source, "describe_origin"), where)
    return origin


def list_version_ends(source: Call, where: str, after: date, **offered: Any) -> list[date]:
    """The last days of the versions that it has after a day, in order; none where no day decides what it gives.

    By the function `list_version_ends` beside it, which is given what it takes of `today` and the batches `held` of a table;
    without one, the ends of its batches' months.
    """
    if not hasattr(inspect.getmodule(targets.resolve(source.target, where)), "list_version_ends"):
        return [day for day in batches.list_month_ends(targets.call(source, where)) if day > after]
    own = name_sibling(source, "list_version_ends")
    days: list[date] = targets.call(own, where, after=after, **select_accepted(own, where, offered))
    return days


def name_sibling(source: Call, name: str) -> Call:
    """The function `name` beside the one that reads, with the same arguments."""
    return replace(source, target=f"{source.target.rpartition('.')[0]}.{name}")


def select_accepted(source: Call, where: str, offered: dict[str, Any]) -> dict[str, Any]:
    """What the callable takes of what is offered."""
    takes = inspect.signature(targets.resolve(source.target, where)).parameters
    return {name: value for name, value in offered.items() if name in takes}
