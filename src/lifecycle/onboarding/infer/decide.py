"""From a table of text to everything that the five files say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from lifecycle.data.problem import Task
from lifecycle.data.schema import Role, Type
from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer import cleaning_steps, missing_codes, target, test_table
from lifecycle.onboarding.infer import roles as rows
from lifecycle.onboarding.infer.column_types import ColumnInference, infer_columns
from lifecycle.onboarding.infer.leakage import describe_search, find_leaking_features
from lifecycle.onboarding.infer.notes import ColumnPlan, Note, PlannedStep
from lifecycle.onboarding.infer.request import NewRequest, must_fit
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.onboarding.infer.test_table import TestOverlap
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text

NEARLY = 0.995  # from this share of one value on, a column says next to nothing
FEATURES: tuple[Type, ...] = ("number", "integer", "boolean", "category", "text")
SEED = 1


@dataclass(frozen=True)
class ProblemInference:
    """The table's columns with their roles, the steps that type them, and the task with its split."""

    asked: NewRequest
    rows: int
    task: Task
    task_why: str
    answer: TargetInference | None
    columns: tuple[ColumnPlan, ...]
    kinds: Mapping[str, ColumnInference]
    steps: tuple[PlannedStep, ...]
    feature_steps: tuple[PlannedStep, ...]
    split: str
    split_why: str
    seen: TestOverlap | None
    notes: tuple[Note, ...]

    def named(self, *roles: Role) -> list[str]:
        """The columns with one of the roles."""
        return [column.name for column in self.columns if column.role in roles]

    def first(self, role: Role) -> str | None:
        """The column with the role, where there is one."""
        return next(iter(self.named(role)), None)


RoleReasons = dict[str, tuple[Role, str]]


def infer_problem(table: pd.DataFrame, asked: NewRequest, seed: int = SEED) -> ProblemInference:
    """All decisions on a table whose columns are text.

    Raises ConfigError for a wish that the table cannot fulfil, and UnfitTable where the table has no use or
    something in it can be read in two ways.
    """
    must_have_rows(table, asked)
    must_fit(asked, [str(name) for name in table.columns])
    kinds = infer_columns(table, asked.formats, asked.decimal)
    found = target.infer_target(kinds[asked.target], asked.task) if asked.target else None
    repeats = rows.count_duplicates(table)
    copies = rows.count_duplicates(table.drop(columns=list_added_columns(asked))) if asked.test else repeats
    roles = infer_roles(kinds, asked, len(table) - copies)
    away = find_forbidden(kinds, roles, found, seed)
    roles |= {name: ("forbidden", why) for name, why in away.items()}
    must_have_features(kinds, roles, asked)
    columns = (*(build_column(kinds[name], *roles[name], found, asked) for name in kinds), *cleaning_steps.derive_columns(kinds, roles))
    task: Task = found.task if found else "clustering"
    split, split_why = choose_split(roles, task)
    again = find_test_overlap(kinds, roles, asked)
    return ProblemInference(
        asked=asked,
        rows=len(table),
        task=task,
        task_why=explain_task(asked, found),
        answer=found,
        columns=columns,
        kinds=kinds,
        steps=tuple(cleaning_steps.plan_cleaning(kinds, columns, found, asked, again)),
        feature_steps=tuple(cleaning_steps.plan_date_features(kinds, columns)),
        split=split,
        split_why=split_why,
        seen=again,
        notes=(*describe_test_table(kinds, asked, again), *collect_notes(kinds, roles, found, repeats, away)),
    )


def list_added_columns(asked: NewRequest) -> list[str]:
    """The column that says which of two tables a row is from, where there are two."""
    return [str(asked.part)] if asked.test else []


def find_test_overlap(kinds: Mapping[str, ColumnInference], roles: RoleReasons, asked: NewRequest) -> TestOverlap | None:
    """How rows of the test part are told that stand in train too, where the test part is a table of its own."""
    if not asked.test:
        return None
    columns = [name for name in kinds if roles[name][0] in ("feature", "target")]
    return test_table.find_overlap(
        kinds, columns, asked, next((name for name in kinds if roles[name][0] == "id"), None)
    )


def describe_test_table(kinds: Mapping[str, ColumnInference], asked: NewRequest, again: TestOverlap | None) -> Iterator[Note]:
    """What the person should know of a test part in a table of its own."""
    if again and asked.part:
        yield from test_table.describe_overlap(again, asked, int((kinds[asked.part].values == "test").sum()))


def must_have_rows(table: pd.DataFrame, asked: NewRequest) -> None:
    """Raise UnfitTable for a table without rows or columns, or with a name that YAML cannot hold."""
    if table.empty:
        raise UnfitTable(
            f"the table has {format_count(len(table), 'row')} and {format_count(table.shape[1], 'column')}",
            where=f"the data of {asked.name}",
            todo="check --data, --table or --query: there is nothing to decide on",
        )
    names = [str(name) for name in table.columns]
    bad = [name for name in names if name in (missing_codes.UNWRITABLE, "_target_") or not name.strip()]
    bad += sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if bad:
        raise UnfitTable(
            f"{shorten_text(bad[0])!r} cannot be a column's name: empty, twice there, or of a meaning of its own in conf/",
            where=f"the header of the data of {asked.name}",
            todo="rename the column in the source",
        )


def must_have_features(kinds: Mapping[str, ColumnInference], roles: RoleReasons, asked: NewRequest) -> None:
    """Raise UnfitTable when no column may reach the model."""
    if all(role != "feature" for role, _ in roles.values()):
        kept = {name: role for name, role in roles.items() if role[0] != "target"}
        others = [f"{shorten_text(name)} is {role} ({kinds[name].why}; {why})" for name, (role, why) in kept.items()]
        raise UnfitTable(
            f"no column is left to learn from{': ' if others else ''}{'; '.join(others[:3])}",
            where=f"the data of {asked.name}, {format_count(len(roles), 'column')}",
            todo="read a table with more columns or rows",
        )


def infer_roles(kinds: Mapping[str, ColumnInference], asked: NewRequest, different: int) -> RoleReasons:
    """The role of each column with its reason, leaks aside; `different` is the number of different rows."""
    roles: RoleReasons = {column: (role, asked.why(role)) for role, column in asked.roles.items()}
    roles |= {asked.anew: ("context", "counts the rows of each table anew")} if asked.anew else {}
    must_be_roles(kinds, asked)
    rest = {name: kind for name, kind in kinds.items() if name not in roles}
    if asked.id is None and (named := rows.find_id(rest, different)):
        roles[named[0]] = ("id", named[1])
    if asked.time is None and (ordered := rows.find_time(rest)):
        roles[ordered[0]] = ("time", ordered[1])
    twins = rows.find_equal_columns({name: kind for name, kind in rest.items() if name not in roles})
    for name, kind in rest.items():
        roles.setdefault(name, infer_role(kind, twins.get(name)))
    return roles


def must_be_roles(kinds: Mapping[str, ColumnInference], asked: NewRequest) -> None:
    """Raise UnfitTable where a column asked for as time or part is none."""
    if asked.time and kinds[asked.time].type != "time":
        raise UnfitTable(
            f"{shorten_text(asked.time)!r} holds {kinds[asked.time].why}: no times",
            where=f"column {shorten_text(asked.time)}, --time",
            todo=f"say how to read it: {quote_option('--format-of', asked.time, '%Y-%m-%d')} (or seconds, milliseconds)",
        )
    if asked.part:
        values = set(kinds[asked.part].texts.values)
        if not {"train", "test"} <= values <= {"train", "valid", "test"}:
            raise UnfitTable(
                f"{shorten_text(asked.part)!r} must say train, valid or test; it holds {list_names(sorted(values))}",
                where=f"column {shorten_text(asked.part)}, --part",
                todo="leave out --part, or write train, valid and test in the source",
            )


def infer_role(kind: ColumnInference, twin: str | None) -> tuple[Role, str]:
    """The role of a column that neither was asked for nor names or orders the rows."""
    reason = explain_constant(kind) or (f"the same as {shorten_text(twin)} in every row" if twin is not None else "")
    return ("context", reason) if reason or (reason := explain_unfit(kind)) else ("feature", describe_feature(kind))


def explain_unfit(kind: ColumnInference) -> str:
    """Why a column that tells rows apart may still not reach a model; else nothing."""
    if kind.type == "time":
        return f"a time; the rows do not stand in its order: {quote_option('--time', kind.name)} to part by it"
    if rows.is_running(kind):
        return "counts the rows without a gap"
    if rows.identifies_groups(kind):
        return f"names what rows belong to: {quote_option('--group', kind.name)} to keep them together"
    if rows.nearly_identifies_rows(kind):
        return explain_near_id(kind)
    if kind.type == "category" and rows.compute_unique_share(kind) > 0.5:
        return f"{rows.compute_unique_share(kind):.0%} of its values stand in one row only"
    return ""


def explain_near_id(kind: ColumnInference) -> str:
    """Why a column called an id is not the one that names the rows."""
    again = len(kind.values) - kind.missing - kind.distinct
    gaps = [f"repeated in {format_count(again, 'row')}"] if again else []
    gaps += [f"missing in {format_count(kind.missing, 'row')}"] if kind.missing else []
    if not gaps:
        return "names rows rather than says something of them"
    return f"called an id, but {' and '.join(gaps)}: mend that and give {quote_option('--id', kind.name)}"


def explain_constant(kind: ColumnInference) -> str:
    """Why a column tells rows not apart: empty, constant or nearly so; else nothing."""
    if not kind.distinct:
        return "empty"
    first = shorten_text(kind.texts.values[kind.texts.counts.argmax()])
    if kind.distinct == 1:
        return f"constant: {first}" + (" or missing" if kind.missing else "")
    if rows.compute_top_share(kind) >= NEARLY:
        return f"nearly constant: {rows.compute_top_share(kind):.2%} are {first}"
    return ""


def describe_feature(kind: ColumnInference) -> str:
    """A word on a feature: how much of it is missing."""
    share = kind.missing / len(kind.values)
    percent = f" ({share:.1%})" if share >= 0.001 else ""
    return "nothing speaks against it" + (f"; {kind.missing:,} missing{percent}" if kind.missing else "")


def find_forbidden(kinds: Mapping[str, ColumnInference], roles: RoleReasons, found: TargetInference | None, seed: int) -> dict[str, str]:
    """The features that give the target away, with reasons."""
    features = [name for name in kinds if roles[name][0] == "feature"]
    return find_leaking_features(kinds, features, found, seed) if found and features else {}


def build_column(kind: ColumnInference, role: Role, why: str, found: TargetInference | None, asked: NewRequest) -> ColumnPlan:
    """One column of the schema."""
    raw = kind.name not in list_added_columns(asked)
    if role == "target" and found:
        return ColumnPlan(kind.name, found.type, role, found.why, why, categories=found.classes)
    reject = role in ("id", "time", "group", "part")
    if role in ("group", "part"):
        return ColumnPlan(kind.name, "category", role, "kept as text" if raw else "train or test", why, raw, reject=reject)
    if role == "id" and kind.type != "integer":
        return ColumnPlan(kind.name, "text", role, "kept as text", why, reject=reject)
    return ColumnPlan(kind.name, kind.type, role, kind.why, why, reject=reject)


def choose_split(roles: RoleReasons, task: Task) -> tuple[str, str]:
    """The split, and why: by what rows share first, by time next, else at random."""
    by: dict[str, str] = {role: name for name, (role, _) in roles.items()}
    if "part" in by:
        return "given", f"{shorten_text(by['part'])} says the part of each row"
    if "group" in by:
        return "grouped", f"rows of one {shorten_text(by['group'])} stay in one part"
    if "time" in by:
        return "ordered", f"the last rows by {shorten_text(by['time'])} are the test, as the model will meet later rows"
    if task in ("binary", "multiclass"):
        return "stratified", "no time and no group: at random, each class alike in every part"
    return "random", "no time and no group: at random"


def explain_task(asked: NewRequest, found: TargetInference | None) -> str:
    """Why this task."""
    if found is None:
        return "no --target, and none is guessed: rows are put into groups that are alike"
    return "asked for with --task" if asked.task else f"{shorten_text(found.name)}: {found.why}"


def collect_notes(
    kinds: Mapping[str, ColumnInference], roles: RoleReasons, found: TargetInference | None, repeats: int, away: Mapping[str, str]
) -> Iterator[Note]:
    """What the person should know, beyond the columns' own reasons."""
    yield from target.describe_target(found) if found else ()
    total = len(next(iter(kinds.values())).values)
    named = any(role == "id" for role, _ in roles.values())
    if repeats:
        done = (
            "clean rejects a repeated id" if named else "they stay; the split stops where too many stand in two parts"
        )
        yield Note(f"{format_count(repeats, 'row')} equal to an earlier one in every column", done)
    if not named:
        yield Note("no column names a row", "rows are numbered; give --id COLUMN if one does")
    if any(role == "time" for role, _ in roles.values()):
        yield Note("times are read as UTC unless they say otherwise", "change zone: in conf/clean/ if they are local")
    if away:
        yield Note(
            f"forbidden: {list_names(name for name in kinds if name in away)}",
            "give role: feature in conf/schema/ only if known at the moment asked",
        )
    numeric = sum(
        kinds[name].type in ("number", "integer", "boolean") for name, (role, _) in roles.items() if role != "target"
    )
    if found and (said := describe_search(total, numeric)):
        yield Note(f"looked for giveaways in {said}", "the split looks again")
