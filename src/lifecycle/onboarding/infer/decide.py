"""From a table of text to everything that the five files say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from lifecycle.data.problem import Task
from lifecycle.data.schema import Role, Type
from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer import cleaning_steps, missing_codes, target, test_table
from lifecycle.onboarding.infer import roles as rows
from lifecycle.onboarding.infer.column_types import Kind, kinds_of
from lifecycle.onboarding.infer.leakage import extent, giveaways
from lifecycle.onboarding.infer.notes import Chosen, Note, Step
from lifecycle.onboarding.infer.request import Asked, must_fit
from lifecycle.onboarding.infer.target import Answer
from lifecycle.onboarding.infer.test_table import Seen
from lifecycle.reporting.text import counted, listed, pasted, shown

NEARLY = 0.995  # from this share of one value on, a column says next to nothing
FEATURES: tuple[Type, ...] = ("number", "integer", "boolean", "category", "text")
SEED = 1


@dataclass(frozen=True)
class Decisions:
    """The table's columns with their roles, the steps that type them, and the task with its split."""

    asked: Asked
    rows: int
    task: Task
    task_why: str
    answer: Answer | None
    columns: tuple[Chosen, ...]
    kinds: Mapping[str, Kind]
    steps: tuple[Step, ...]
    feature_steps: tuple[Step, ...]
    split: str
    split_why: str
    seen: Seen | None
    notes: tuple[Note, ...]

    def named(self, *roles: Role) -> list[str]:
        """The columns with one of the roles."""
        return [column.name for column in self.columns if column.role in roles]

    def first(self, role: Role) -> str | None:
        """The column with the role, where there is one."""
        return next(iter(self.named(role)), None)


Roles = dict[str, tuple[Role, str]]


def decide(table: pd.DataFrame, asked: Asked, seed: int = SEED) -> Decisions:
    """All decisions on a table whose columns are text.

    Raises ConfigError for a wish that the table cannot fulfil, and UnfitTable where the table has no use or
    something in it can be read in two ways.
    """
    must_have_rows(table, asked)
    must_fit(asked, [str(name) for name in table.columns])
    kinds = kinds_of(table, asked.formats, asked.decimal)
    found = target.answer(kinds[asked.target], asked.task) if asked.target else None
    repeats = rows.duplicates(table)
    copies = rows.duplicates(table.drop(columns=made_part(asked))) if asked.test else repeats
    roles = roles_of(kinds, asked, len(table) - copies)
    away = forbidden(kinds, roles, found, seed)
    roles |= {name: ("forbidden", why) for name, why in away.items()}
    must_have_features(kinds, roles, asked)
    columns = (*(chosen(kinds[name], *roles[name], found, asked) for name in kinds), *cleaning_steps.made(kinds, roles))
    task: Task = found.task if found else "clustering"
    split, split_why = parted(roles, task)
    again = seen_again(kinds, roles, asked)
    return Decisions(
        asked=asked,
        rows=len(table),
        task=task,
        task_why=task_why(asked, found),
        answer=found,
        columns=columns,
        kinds=kinds,
        steps=tuple(cleaning_steps.cleaning(kinds, columns, found, asked, again)),
        feature_steps=tuple(cleaning_steps.calendar(kinds, columns)),
        split=split,
        split_why=split_why,
        seen=again,
        notes=(*parted_notes(kinds, asked, again), *notes(kinds, roles, found, repeats, away)),
    )


def made_part(asked: Asked) -> list[str]:
    """The column that says which of two tables a row is from, where there are two."""
    return [str(asked.part)] if asked.test else []


def seen_again(kinds: Mapping[str, Kind], roles: Roles, asked: Asked) -> Seen | None:
    """How rows of the test part are told that stand in train too, where the test part is a table of its own."""
    if not asked.test:
        return None
    columns = [name for name in kinds if roles[name][0] in ("feature", "target")]
    return test_table.seen_in_train(
        kinds, columns, asked, next((name for name in kinds if roles[name][0] == "id"), None)
    )


def parted_notes(kinds: Mapping[str, Kind], asked: Asked, again: Seen | None) -> Iterator[Note]:
    """What the person should know of a test part in a table of its own."""
    if again and asked.part:
        yield from test_table.notes(again, asked, int((kinds[asked.part].values == "test").sum()))


def must_have_rows(table: pd.DataFrame, asked: Asked) -> None:
    """Raise UnfitTable for a table without rows or columns, or with a name that YAML cannot hold."""
    if table.empty:
        raise UnfitTable(
            f"the table has {counted(len(table), 'row')} and {counted(table.shape[1], 'column')}",
            where=f"the data of {asked.name}",
            todo="check --data, --table or --query: there is nothing to decide on",
        )
    names = [str(name) for name in table.columns]
    bad = [name for name in names if name in (missing_codes.UNWRITABLE, "_target_") or not name.strip()]
    bad += sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if bad:
        raise UnfitTable(
            f"{shown(bad[0])!r} cannot be a column's name: empty, twice there, or of a meaning of its own in conf/",
            where=f"the header of the data of {asked.name}",
            todo="rename the column in the source",
        )


def must_have_features(kinds: Mapping[str, Kind], roles: Roles, asked: Asked) -> None:
    """Raise UnfitTable when no column may reach the model."""
    if all(role != "feature" for role, _ in roles.values()):
        kept = {name: role for name, role in roles.items() if role[0] != "target"}
        others = [f"{shown(name)} is {role} ({kinds[name].why}; {why})" for name, (role, why) in kept.items()]
        raise UnfitTable(
            f"no column is left to learn from{': ' if others else ''}{'; '.join(others[:3])}",
            where=f"the data of {asked.name}, {counted(len(roles), 'column')}",
            todo="read a table with more columns or rows",
        )


def roles_of(kinds: Mapping[str, Kind], asked: Asked, different: int) -> Roles:
    """The role of each column with its reason, leaks aside; `different` is the number of different rows."""
    roles: Roles = {column: (role, asked.why(role)) for role, column in asked.roles.items()}
    roles |= {asked.anew: ("context", "counts the rows of each table anew")} if asked.anew else {}
    must_be_roles(kinds, asked)
    rest = {name: kind for name, kind in kinds.items() if name not in roles}
    if asked.id is None and (named := rows.identity(rest, different)):
        roles[named[0]] = ("id", named[1])
    if asked.time is None and (ordered := rows.order(rest)):
        roles[ordered[0]] = ("time", ordered[1])
    twins = rows.twins({name: kind for name, kind in rest.items() if name not in roles})
    for name, kind in rest.items():
        roles.setdefault(name, role_of(kind, twins.get(name)))
    return roles


def must_be_roles(kinds: Mapping[str, Kind], asked: Asked) -> None:
    """Raise UnfitTable where a column asked for as time or part is none."""
    if asked.time and kinds[asked.time].type != "time":
        raise UnfitTable(
            f"{shown(asked.time)!r} holds {kinds[asked.time].why}: no times",
            where=f"column {shown(asked.time)}, --time",
            todo=f"say how to read it: {pasted('--format-of', asked.time, '%Y-%m-%d')} (or seconds, milliseconds)",
        )
    if asked.part:
        values = set(kinds[asked.part].texts.values)
        if not {"train", "test"} <= values <= {"train", "valid", "test"}:
            raise UnfitTable(
                f"{shown(asked.part)!r} must say train, valid or test; it holds {listed(sorted(values))}",
                where=f"column {shown(asked.part)}, --part",
                todo="leave out --part, or write train, valid and test in the source",
            )


def role_of(kind: Kind, twin: str | None) -> tuple[Role, str]:
    """The role of a column that neither was asked for nor names or orders the rows."""
    reason = says_nothing(kind) or (f"the same as {shown(twin)} in every row" if twin is not None else "")
    return ("context", reason) if reason or (reason := unfit(kind)) else ("feature", known(kind))


def unfit(kind: Kind) -> str:
    """Why a column that tells rows apart may still not reach a model; else nothing."""
    if kind.type == "time":
        return f"a time; the rows do not stand in its order: {pasted('--time', kind.name)} to part by it"
    if rows.is_running(kind):
        return "counts the rows without a gap"
    if rows.names_a_group(kind):
        return f"names what rows belong to: {pasted('--group', kind.name)} to keep them together"
    if rows.nearly_names_rows(kind):
        return nearly(kind)
    if kind.type == "category" and rows.once(kind) > 0.5:
        return f"{rows.once(kind):.0%} of its values stand in one row only"
    return ""


def nearly(kind: Kind) -> str:
    """Why a column called an id is not the one that names the rows."""
    again = len(kind.values) - kind.missing - kind.distinct
    gaps = [f"repeated in {counted(again, 'row')}"] if again else []
    gaps += [f"missing in {counted(kind.missing, 'row')}"] if kind.missing else []
    if not gaps:
        return "names rows rather than says something of them"
    return f"called an id, but {' and '.join(gaps)}: mend that and give {pasted('--id', kind.name)}"


def says_nothing(kind: Kind) -> str:
    """Why a column tells rows not apart: empty, constant or nearly so; else nothing."""
    if not kind.distinct:
        return "empty"
    first = shown(kind.texts.values[kind.texts.counts.argmax()])
    if kind.distinct == 1:
        return f"constant: {first}" + (" or missing" if kind.missing else "")
    if rows.commonest(kind) >= NEARLY:
        return f"nearly constant: {rows.commonest(kind):.2%} are {first}"
    return ""


def known(kind: Kind) -> str:
    """A word on a feature: how much of it is missing."""
    share = kind.missing / len(kind.values)
    percent = f" ({share:.1%})" if share >= 0.001 else ""
    return "nothing speaks against it" + (f"; {kind.missing:,} missing{percent}" if kind.missing else "")


def forbidden(kinds: Mapping[str, Kind], roles: Roles, found: Answer | None, seed: int) -> dict[str, str]:
    """The features that give the target away, with reasons."""
    features = [name for name in kinds if roles[name][0] == "feature"]
    return giveaways(kinds, features, found, seed) if found and features else {}


def chosen(kind: Kind, role: Role, why: str, found: Answer | None, asked: Asked) -> Chosen:
    """One column of the schema."""
    raw = kind.name not in made_part(asked)
    if role == "target" and found:
        return Chosen(kind.name, found.type, role, found.why, why, categories=found.classes)
    reject = role in ("id", "time", "group", "part")
    if role in ("group", "part"):
        return Chosen(kind.name, "category", role, "kept as text" if raw else "train or test", why, raw, reject=reject)
    if role == "id" and kind.type != "integer":
        return Chosen(kind.name, "text", role, "kept as text", why, reject=reject)
    return Chosen(kind.name, kind.type, role, kind.why, why, reject=reject)


def parted(roles: Roles, task: Task) -> tuple[str, str]:
    """The split, and why: by what rows share first, by time next, else at random."""
    by: dict[str, str] = {role: name for name, (role, _) in roles.items()}
    if "part" in by:
        return "given", f"{shown(by['part'])} says the part of each row"
    if "group" in by:
        return "grouped", f"rows of one {shown(by['group'])} stay in one part"
    if "time" in by:
        return "ordered", f"the last rows by {shown(by['time'])} are the test, as the model will meet later rows"
    if task in ("binary", "multiclass"):
        return "stratified", "no time and no group: at random, each class alike in every part"
    return "random", "no time and no group: at random"


def task_why(asked: Asked, found: Answer | None) -> str:
    """Why this task."""
    if found is None:
        return "no --target, and none is guessed: rows are put into groups that are alike"
    return "asked for with --task" if asked.task else f"{shown(found.name)}: {found.why}"


def notes(
    kinds: Mapping[str, Kind], roles: Roles, found: Answer | None, repeats: int, away: Mapping[str, str]
) -> Iterator[Note]:
    """What the person should know, beyond the columns' own reasons."""
    yield from target.notes(found) if found else ()
    total = len(next(iter(kinds.values())).values)
    named = any(role == "id" for role, _ in roles.values())
    if repeats:
        done = (
            "clean rejects a repeated id" if named else "they stay; the split stops where too many stand in two parts"
        )
        yield Note(f"{counted(repeats, 'row')} equal to an earlier one in every column", done)
    if not named:
        yield Note("no column names a row", "rows are numbered; give --id COLUMN if one does")
    if any(role == "time" for role, _ in roles.values()):
        yield Note("times are read as UTC unless they say otherwise", "change zone: in conf/clean/ if they are local")
    if away:
        yield Note(
            f"forbidden: {listed(name for name in kinds if name in away)}",
            "give role: feature in conf/schema/ only if known at the moment asked",
        )
    numeric = sum(
        kinds[name].type in ("number", "integer", "boolean") for name, (role, _) in roles.items() if role != "target"
    )
    if found and (said := extent(total, numeric)):
        yield Note(f"looked for giveaways in {said}", "the split looks again")
