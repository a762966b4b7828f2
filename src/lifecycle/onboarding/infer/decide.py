"""Inference of a complete problem from a table of text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from lifecycle.data.problem import Task
from lifecycle.data.schema import Role, Type
from lifecycle.data.splits import explain_groups
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.onboarding.infer import cleaning_steps, missing_codes, test_table
from lifecycle.onboarding.infer import roles as rows
from lifecycle.onboarding.infer import target as targets
from lifecycle.onboarding.infer.column_types import ColumnInference, infer_cells
from lifecycle.onboarding.infer.groups import GroupEvidence
from lifecycle.onboarding.infer.leakage import describe_search, find_leaking_features
from lifecycle.onboarding.infer.notes import ColumnPlan, PlannedStep
from lifecycle.onboarding.infer.request import NEEDS, NewRequest, Split, must_fit
from lifecycle.onboarding.infer.structure import RowStructure, find_structure
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.onboarding.infer.test_table import SharedRows
from lifecycle.onboarding.infer.time_hints import TimeHint
from lifecycle.onboarding.infer.time_order import FOLDS, is_clock
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text

MOST_CLOCK_TIMES = 50  # different times of day that are a category at most
MEMORISED = 0.8  # least likeness of the target within a group at which the group is worth more than the time
NEARLY = 0.995  # minimum share of one value at which a column counts as constant
FEATURES: tuple[Type, ...] = ("number", "integer", "boolean", "category", "text", "image")
SEED = 1


@dataclass(frozen=True)
class ProblemInference:
    """The columns with their roles, the cleaning steps, and the task with its split."""

    request: NewRequest
    rows: int
    task: Task
    task_why: str
    target: TargetInference | None
    columns: tuple[ColumnPlan, ...]
    inferred: Mapping[str, ColumnInference]
    steps: tuple[PlannedStep, ...]
    feature_steps: tuple[PlannedStep, ...]
    split: str
    split_why: str
    structure: RowStructure
    overlap: SharedRows | None
    notes: tuple[Note, ...]

    def columns_with_role(self, *roles: Role) -> list[str]:
        """The columns with one of the roles."""
        return [column.name for column in self.columns if column.role in roles]

    def find_column(self, role: Role) -> str | None:
        """The column with the role, or None."""
        return next(iter(self.columns_with_role(role)), None)


RoleReasons = dict[str, tuple[Role, str]]


def infer_problem(table: pd.DataFrame, request: NewRequest, seed: int = SEED) -> ProblemInference:
    """The problem inferred from a table whose columns are text; it is let go early where no one else holds it.

    Raises ConfigError for a request that the table cannot fulfil, and UnfitTable if the table is unusable or
    ambiguous.
    """
    must_have_rows(table, request)
    must_fit(request, [str(name) for name in table.columns])
    count, repeats = len(table), rows.count_duplicates(table)
    copies = rows.count_duplicates(table.drop(columns=list_added_columns(request))) if request.test else repeats
    cells = dict(table.items())
    del table
    inferred = infer_cells(cells, request.formats, request.decimal, request.clock)
    target = targets.infer_target(inferred[request.target], request.task) if request.target else None
    must_be_roles(inferred, request)
    structure = find_structure(inferred, request, target, count - copies)
    roles = infer_roles(inferred, request, structure)
    roles |= {name: ("forbidden", why) for name, why in find_forbidden(inferred, roles, target, seed).items()}
    must_have_features(inferred, roles, request)
    columns = (
        *(build_column(inferred[name], *roles[name], target, request) for name in inferred),
        *cleaning_steps.derive_columns(inferred, roles),
    )
    task: Task = target.task if target else "clustering"
    split, split_why = choose_split(roles, task, request, structure)
    overlap = find_test_overlap(inferred, roles, request)
    return ProblemInference(
        request=request,
        rows=count,
        task=task,
        task_why=explain_task(request, target),
        target=target,
        columns=columns,
        inferred=inferred,
        steps=tuple(cleaning_steps.plan_cleaning(inferred, columns, request, overlap)),
        feature_steps=tuple(cleaning_steps.plan_date_features(inferred, columns, request.clock)),
        split=split,
        split_why=split_why,
        structure=structure,
        overlap=overlap,
        notes=(
            *describe_test_table(inferred, request, overlap),
            *describe_zone(inferred, request),
            *collect_notes(inferred, roles, target, repeats),
        ),
    )


def list_added_columns(request: NewRequest) -> list[str]:
    """The column with the part, if train and test are two tables."""
    return [str(request.part)] if request.test else []


def find_test_overlap(
    inferred: Mapping[str, ColumnInference], roles: RoleReasons, request: NewRequest
) -> SharedRows | None:
    """The test rows that are in train too, if the test part is a table of its own."""
    if not request.test:
        return None
    columns = [name for name in inferred if roles[name][0] in ("feature", "target")]
    return test_table.find_overlap(
        inferred, columns, request, next((name for name in inferred if roles[name][0] == "id"), None)
    )


def describe_test_table(
    inferred: Mapping[str, ColumnInference], request: NewRequest, overlap: SharedRows | None
) -> Iterator[Note]:
    """What the person should know of a test part in a table of its own."""
    if overlap and request.part:
        yield from test_table.describe_overlap(overlap, request, int((inferred[request.part].values == "test").sum()))


def must_have_rows(table: pd.DataFrame, request: NewRequest) -> None:
    """Raise UnfitTable for a table without rows or columns, or with a name that YAML cannot hold."""
    if table.empty:
        raise UnfitTable(
            f"the table has {format_count(len(table), 'row')} and {format_count(table.shape[1], 'column')}",
            where=f"the data of {request.name}",
            todo="check --data, --table or --query: there is nothing to analyse",
        )
    names = [str(name) for name in table.columns]
    bad = [name for name in names if name == missing_codes.UNWRITABLE or not name.strip()]
    bad += sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if bad:
        raise UnfitTable(
            f"{shorten_text(bad[0])!r} is no valid column name: empty, repeated, or reserved in conf/",
            where=f"the header of the data of {request.name}",
            todo="rename the column in the source",
        )


def must_have_features(inferred: Mapping[str, ColumnInference], roles: RoleReasons, request: NewRequest) -> None:
    """Raise UnfitTable when no column may reach the model."""
    if all(role != "feature" for role, _ in roles.values()):
        others = {name: role for name, role in roles.items() if role[0] != "target"}
        explained = [
            f"{shorten_text(name)} is {role} ({inferred[name].why}; {why})" for name, (role, why) in others.items()
        ]
        raise UnfitTable(
            f"no column is left to learn from{': ' if explained else ''}{'; '.join(explained[:3])}",
            where=f"the data of {request.name}, {format_count(len(roles), 'column')}",
            todo="read a table with more columns or rows",
        )


def infer_roles(inferred: Mapping[str, ColumnInference], request: NewRequest, structure: RowStructure) -> RoleReasons:
    """The role of each column with its reason, leaks aside."""
    roles: RoleReasons = {column: (role, request.why(role)) for role, column in request.roles.items()}
    if request.restarting_id:
        roles[request.restarting_id] = ("context", "counts the rows of each table from the start")
    if structure.id:
        roles[structure.id[0]] = ("id", structure.id[1])
    if structure.time:
        roles[structure.time.name] = ("time", structure.time.why)
    if structure.group:
        roles[structure.group.name] = ("group", structure.group.explain(request.target or ""))
    rest = {name: column for name, column in inferred.items() if name not in roles}
    twins = rows.find_equal_columns(rest)
    for name, column in rest.items():
        roles[name] = infer_role(column, twins.get(name), structure.hints.get(name))
    return roles


def must_be_roles(inferred: Mapping[str, ColumnInference], request: NewRequest) -> None:
    """Raise UnfitTable if a requested time or part column is none."""
    if request.time and inferred[request.time].type != "time":
        raise UnfitTable(
            f"{shorten_text(request.time)!r} holds {inferred[request.time].why}: no times",
            where=f"column {shorten_text(request.time)}, --time",
            todo=f"give its format: {quote_option('--format-of', request.time, '%Y-%m-%d')} (or seconds, milliseconds)",
        )
    if request.group and request.split in (None, "grouped"):
        must_make_parts(inferred[request.group], request.group)
    if request.part:
        values = set(inferred[request.part].texts.values)
        if not {"train", "test"} <= values <= {"train", "valid", "test"}:
            raise UnfitTable(
                f"{shorten_text(request.part)!r} must hold train, valid or test; it holds {list_names(sorted(values))}",
                where=f"column {shorten_text(request.part)}, --part",
                todo="leave out --part, or write train, valid and test in the source",
            )


def must_make_parts(column: ColumnInference, name: str) -> None:
    """Raise UnfitTable if the groups that are asked for are too few, or one is nearly all rows."""
    if reason := explain_groups(column.texts.rows.rename(name), FOLDS):
        raise UnfitTable(
            shorten_text(reason, 300),
            where=f"column {shorten_text(name)}, --group",
            todo="leave out --group, or collect rows of other groups",
        )


def infer_role(column: ColumnInference, twin: str | None, hint: TimeHint | None) -> tuple[Role, str]:
    """The role of a column that neither was requested nor names, orders or groups the rows."""
    reason = explain_constant(column) or (f"the same as {shorten_text(twin)} in every row" if twin is not None else "")
    reason = reason or ("an index that was left in the file" if rows.LEFT_OVER.fullmatch(column.name) else "")
    reason = reason or (explain_hint(column, hint) if hint else "") or explain_unfit(column)
    return ("context", reason) if reason else ("feature", describe_feature(column))


def explain_hint(column: ColumnInference, hint: TimeHint) -> str:
    """Why a column that seems to hold times is no feature; empty for a year, and for few times of day."""
    if hint.kind == "year" or (hint.kind == "clock" and column.distinct <= MOST_CLOCK_TIMES):
        return ""
    return f"{hint.what}: {hint.todo}"


def explain_unfit(column: ColumnInference) -> str:
    """Why an informative column is no feature; empty if it is one."""
    if column.type == "time":
        return f"a time that does not order the rows: {quote_option('--time', column.name)} to split by it"
    if rows.is_running(column):
        return "counts the rows without a gap"
    if rows.identifies_groups(column):
        return f"identifies groups of rows: {quote_option('--group', column.name)} to keep them together"
    if rows.nearly_identifies_rows(column):
        return explain_near_id(column)
    if column.type == "category" and rows.compute_unique_share(column) > 0.5:
        return f"{rows.compute_unique_share(column):.0%} of its values occur in one row only"
    return ""


def explain_near_id(column: ColumnInference) -> str:
    """Why a column that is named like an id does not identify the rows."""
    again = len(column.values) - column.missing - column.distinct
    gaps = [f"repeated in {format_count(again, 'row')}"] if again else []
    gaps += [f"missing in {format_count(column.missing, 'row')}"] if column.missing else []
    if not gaps:
        return "identifies rows rather than describes them"
    return f"named like an id, but {' and '.join(gaps)}: correct that and give {quote_option('--id', column.name)}"


def explain_constant(column: ColumnInference) -> str:
    """Why a column is uninformative: empty, constant or nearly constant; otherwise empty."""
    if not column.distinct:
        return "empty"
    first = shorten_text(column.texts.values[column.texts.counts.argmax()])
    if column.distinct == 1:
        return f"constant: {first}" + (" or missing" if column.missing else "")
    if rows.compute_top_share(column) >= NEARLY:
        return f"nearly constant: {rows.compute_top_share(column):.2%} are {first}"
    return ""


def describe_feature(column: ColumnInference) -> str:
    """The note on a feature: how many of its values are missing."""
    share = column.missing / len(column.values)
    percent = f" ({share:.1%})" if share >= 0.001 else ""
    return "usable as a feature" + (f"; {column.missing:,} missing{percent}" if column.missing else "")


def find_forbidden(
    inferred: Mapping[str, ColumnInference], roles: RoleReasons, target: TargetInference | None, seed: int
) -> dict[str, str]:
    """The features that give the target away, with reasons."""
    features = [name for name in inferred if roles[name][0] == "feature"]
    return find_leaking_features(inferred, features, target, seed) if target and features else {}


def build_column(
    column: ColumnInference, role: Role, why: str, target: TargetInference | None, request: NewRequest
) -> ColumnPlan:
    """One column of the schema."""
    raw = column.name not in list_added_columns(request)
    if role == "target" and target:
        return ColumnPlan(column.name, target.type, role, target.why, why, categories=target.classes)
    reject = role in ("id", "time", "group", "part")
    if role in ("group", "part"):
        return ColumnPlan(
            column.name, "category", role, "kept as text" if raw else "train or test", why, raw, reject=reject
        )
    if role == "id" and column.type != "integer":
        return ColumnPlan(column.name, "text", role, "kept as text", why, reject=reject)
    return ColumnPlan(column.name, column.type, role, column.why, why, reject=reject)


def choose_split(roles: RoleReasons, task: Task, request: NewRequest, structure: RowStructure) -> tuple[str, str]:
    """The split, and why: by what rows share or by time, whichever protects more, else at random."""
    by: dict[str, str] = {role: shorten_text(name) for name, (role, _) in roles.items()}
    if request.split:
        must_have_role(request.split, by)
        return request.split, "set by --split"
    if "part" in by:
        return "given", f"{by['part']} holds the part of each row"
    if "group" in by and ("time" not in by or request.group or is_settled_by(structure.group)):
        beside = f"; not by {by['time']}: --split ordered for the last rows" if "time" in by else ""
        return "grouped", f"rows of one {by['group']} stay in one part{beside}"
    if "time" in by:
        beside = (
            f"; rows of one {by['group']} are in several parts: --split grouped to avoid it" if "group" in by else ""
        )
        return "ordered", f"the last rows by {by['time']} are the test, as the model will meet later rows{beside}"
    alike = ", each class alike in every part" if task in ("binary", "multiclass") else ""
    return "stratified" if alike else "random", f"{explain_chance(structure)}{alike}"


def is_settled_by(group: GroupEvidence | None) -> bool:
    """Whether the target hardly varies within the rows of a group, so that knowing the group is knowing the target."""
    return group is not None and group.target is not None and group.target.within >= MEMORISED


def explain_chance(structure: RowStructure) -> str:
    """Why rows are parted at random, though there may be times or groups."""
    times = [*structure.times, *structure.unread, *structure.years]
    beside = [f"{list_names(times)} may order the rows"] if times else []
    alike = [shorten_text(group.name) for group in structure.groups if group.is_likely]
    beside += [f"rows of one {alike[0]} may be alike"] if alike else []
    return f"at random, although {' and '.join(beside)}" if beside else "no time and no group: at random"


def must_have_role(split: Split, by: Mapping[str, str]) -> None:
    """Raise WrongValue for a requested split whose column no column is."""
    role = NEEDS.get(split)
    if role and role not in by:
        raise WrongValue(
            f"--split {split} needs a {role}, and no column is one",
            where="command line, --split",
            todo=f"add --{role} COLUMN, or leave out --split",
        )


def explain_task(request: NewRequest, target: TargetInference | None) -> str:
    """Why this task."""
    if target is None:
        return "no --target, so rows are clustered"
    return "set by --task" if request.task else f"{shorten_text(target.name)}: {target.why}"


def describe_zone(inferred: Mapping[str, ColumnInference], request: NewRequest) -> Iterator[Note]:
    """How the clock of the requested zone is read, where its hours change."""
    if request.zone and (clocks := [name for name, column in inferred.items() if is_clock(column)]):
        what = f"{list_names(clocks)} read as the clock of {request.zone} shows them"
        yield Note(what, "the later hour where it shows one twice, the next that exists where it skips one")


def collect_notes(
    inferred: Mapping[str, ColumnInference], roles: RoleReasons, target: TargetInference | None, repeats: int
) -> Iterator[Note]:
    """What the person should know of the table as a whole, beyond the columns' own reasons."""
    if target and (imbalance := targets.describe_imbalance(target)):
        yield Note(*imbalance)
    total = len(next(iter(inferred.values())).values)
    if repeats:
        has_id = any(role == "id" for role, _ in roles.values())
        done = (
            "clean rejects a repeated id" if has_id else "they are kept; the split fails if too many are in two parts"
        )
        yield Note(f"{format_count(repeats, 'row')} equal to an earlier one in every column", done)
    numeric = sum(
        inferred[name].type in ("number", "integer", "boolean") for name, (role, _) in roles.items() if role != "target"
    )
    if target and (search := describe_search(total, numeric)):
        yield Note(f"checked for target leakage in {search}", "the split checks again")
