"""How rows hang together: what names a row, what orders the rows, which of them belong together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lifecycle.data.splits import explain_groups
from lifecycle.onboarding.infer import roles as rows
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.dates import DATED, DATES, is_about_time
from lifecycle.onboarding.infer.groups import GroupEvidence, find_groups
from lifecycle.onboarding.infer.request import NewRequest
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.onboarding.infer.time_hints import TimeHint, describe_count, describe_unread
from lifecycle.onboarding.infer.time_order import FOLDS, PERSON, RowTime, find_row_time
from lifecycle.onboarding.naming import names_a_row


@dataclass(frozen=True)
class RowStructure:
    """The id, the time and the group of the rows as found, with what else was seen.

    `groups` are columns that may be the group, the strongest first; `times` are columns of times that do not order
    the rows, `hints` says what columns that are not read as times seem to be.
    """

    id: tuple[str, str] | None = None
    time: RowTime | None = None
    group: GroupEvidence | None = None
    groups: tuple[GroupEvidence, ...] = ()
    times: tuple[str, ...] = ()
    hints: Mapping[str, TimeHint] = field(default_factory=dict)

    @property
    def unread(self) -> list[str]:
        """The columns that look like dates but are not read as such."""
        return [name for name, hint in self.hints.items() if hint.kind == "date"]

    @property
    def years(self) -> list[str]:
        """The columns that hold a year."""
        return [name for name, hint in self.hints.items() if hint.kind == "year"]


def find_structure(
    inferred: Mapping[str, ColumnInference], request: NewRequest, target: TargetInference | None, different: int
) -> RowStructure:
    """How the rows hang together; `different` is the number of rows that do not repeat another."""
    requested = {*request.roles.values(), request.restarting_id}
    free = {name: one for name, one in inferred.items() if name not in requested and not rows.LEFT_OVER.fullmatch(name)}
    hints = {name: hint for name, one in free.items() if (hint := find_hint(one))}
    readable = {name: one for name, one in free.items() if name not in hints or hints[name].kind == "year"}
    id = None if request.id else rows.find_id(readable, different)
    free.pop(id[0] if id else "", None)
    time = None if request.time else choose_time(free, request)
    groups = find_groups(inferred, {name: readable[name] for name in readable if name in free}, target)
    return RowStructure(
        id=id,
        time=time,
        group=choose_group(groups, inferred, request),
        groups=tuple(groups),
        times=tuple(name for name, one in free.items() if is_left_over_time(one, time)),
        hints=hints,
    )


def find_hint(column: ColumnInference) -> TimeHint | None:
    """What a column that is not read as times, and is not called an id but for a day's, seems to be."""
    if names_a_row(column.name) and not is_about_time(column.name, DATED, DATES):
        return None
    if column.type == "image":
        return None  # a day in a file's name is no time of the row
    if column.is_text:
        return describe_unread(column.name, column.texts.values, column.texts.counts)
    if column.type in ("integer", "number"):
        return describe_count(column.name, column.values.dropna().to_numpy(dtype=float), column.distinct)
    return None


def choose_time(columns: Mapping[str, ColumnInference], request: NewRequest) -> RowTime | None:
    """The time that orders the rows; where another split is asked for only one that sorts them."""
    time = find_row_time({name: one for name, one in columns.items() if one.type == "time"})
    return time if time and (time.sorted or request.split in (None, "ordered")) else None


def choose_group(
    groups: list[GroupEvidence], columns: Mapping[str, ColumnInference], request: NewRequest
) -> GroupEvidence | None:
    """The group whose evidence is strong enough and that makes parts, where no other split is asked for."""
    if request.group or request.part or (request.time and request.split != "grouped"):
        return None
    strong = [one for one in groups if one.is_group or request.split == "grouped"]
    strong = [one for one in strong if explain_groups(columns[one.name].texts.rows, FOLDS) is None]
    return strong[0] if strong and request.split in (None, "grouped", "ordered") else None


def is_left_over_time(column: ColumnInference, time: RowTime | None) -> bool:
    """Whether a column holds times that might order the rows but were not chosen to."""
    chosen = time is not None and time.name == column.name
    return column.type == "time" and not chosen and column.distinct > 1 and not PERSON.search(column.name)
