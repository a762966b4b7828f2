"""The interface of a source in `conf/source/`: batches, origin, ends of versions, and whether it is bundled."""

import inspect
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from lifecycle import targets
from lifecycle.options import Call
from lifecycle.sources import batches
from lifecycle.sources.batches import Batch, Origin
from lifecycle.target_kinds import SOURCE, SOURCE_PART


def read_batches(source: Call, where: str, **offered: Any) -> Iterable[Batch]:
    """The batches of the source, called with those offered arguments that its function accepts.

    Offered are the version's last day `through`, the stored batches `stored` of a table, and `buffers` for streams.
    """
    batches: Iterable[Batch] = targets.call(source, where, kind=SOURCE, **select_accepted(source, where, offered))
    return batches


def describe_origin(source: Call, where: str) -> Origin:
    """The origin of the rows, by the function `describe_origin` in the source's module."""
    origin: Origin = targets.call(name_sibling(source, "describe_origin"), where, kind=SOURCE_PART)
    return origin


def is_bundled(source: Call, where: str) -> bool:
    """Whether the rows come with the environment or with the code, so that they can be read again anywhere.

    By the function `is_bundled` in the source's module; a source without it reads from outside, which may have moved,
    changed or closed since.
    """
    own = name_sibling(source, "is_bundled")
    return has_sibling(source, "is_bundled", where) and bool(targets.call(own, where, kind=SOURCE_PART))


def list_version_ends(source: Call, where: str, after: date, **offered: Any) -> list[date]:
    """The last days of the source's versions after a day, in order; none if no day limits its rows.

    By the function `list_version_ends` in the source's module, called with what it accepts of `today` and the
    stored batches `stored` of a table; without that function, the ends of the batches' months.
    """
    if not has_sibling(source, "list_version_ends", where):
        return [day for day in batches.list_month_ends(targets.call(source, where, kind=SOURCE)) if day > after]
    own = name_sibling(source, "list_version_ends")
    days: list[date] = targets.call(own, where, kind=SOURCE_PART, after=after, **select_accepted(own, where, offered))
    return days


def has_sibling(source: Call, name: str, where: str) -> bool:
    """Whether the source's module has a function `name`."""
    return hasattr(inspect.getmodule(targets.resolve(source.target, where, SOURCE)), name)


def name_sibling(source: Call, name: str) -> Call:
    """The function `name` in the source's module, with the same arguments."""
    return replace(source, target=f"{source.target.rpartition('.')[0]}.{name}")


def select_accepted(source: Call, where: str, offered: dict[str, Any]) -> dict[str, Any]:
    """Those offered arguments that the function accepts."""
    takes = inspect.signature(targets.resolve(source.target, where)).parameters
    return {name: value for name, value in offered.items() if name in takes}
