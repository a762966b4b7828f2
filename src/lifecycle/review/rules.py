"""Everything that decides what counts: which rows are judged, by what, and how strictly; and what of it changed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from lifecycle import paths
from lifecycle.data.schema import Role
from lifecycle.review.config_diff import OptionChange, find_differences, list_changed_files, read_values
from lifecycle.review.value_changes import find_changes
from lifecycle.review.versions import HEAD, Gaps
from lifecycle.versioning.code_files import INSTALLED
from lifecycle.versioning.version import Version

PICKS = ("problem", "gate", "leaks", "seed", "split")
# What of conf/problem/ decides, beside the KPIs: the question, the test part, and how it is judged.
ASKED = ("task", "target", "prediction_time", "split", "block", "score", "costs", "slices", "minimum")
# What of a column in conf/schema/ rejects or changes values.
LIMITS = ("low", "high", "categories", "outside")
METRICS = "conf/metric"
# The code that makes the test part and judges on it; dvc.yaml passes the picks on.
JUDGING = ("clean", "split", "test")
JUDGES = (
    "dvc.yaml",
    "src/lifecycle/data/cleaning.py",
    "src/lifecycle/data/leakage.py",
    "src/lifecycle/data/splits.py",
    "src/lifecycle/evaluation",
    "src/lifecycle/review",
    "src/lifecycle/stages/clean.py",
    "src/lifecycle/stages/split.py",
    "src/lifecycle/stages/test.py",
)


@dataclass(frozen=True)
class RuleFile:
    """The rules that a version takes from one of its files, nested by key."""

    path: Path
    rules: Mapping[str, Any]


def compare_rules(base: Version, head: Version, gaps: Gaps) -> list[OptionChange]:
    """The rules that differ, by the file that each version picks them from."""
    before, after = (read_rules(version, gaps) for version in (base, head))
    changes = [
        OptionChange(file=name_files(before[group].path, new.path), key=key, base=one, head=other)
        for group, new in after.items()
        for key, one, other in find_changes(before[group].rules, new.rules)
    ]
    return changes + compare_metric_files(base, head, gaps)


def name_files(old: Path, new: Path) -> str:
    """The file of a rule; both where head picks another."""
    return new.as_posix() if old == new else f"{old.as_posix()} → {new.as_posix()}"


def read_rules(version: Version, gaps: Gaps) -> dict[str, RuleFile]:
    """The rules of a version by group: picks, problem, schema, gate, leak check, split, cleaning and source."""
    params = read_values(version, paths.PARAMS, gaps)
    name = str(params.get("problem"))
    files = {group: locate_option(group, name) for group in ("problem", "schema")}
    problem, schema = (read_values(version, path, gaps) for path in files.values())
    found = {
        "params": RuleFile(paths.PARAMS, select_keys(params, PICKS)),
        "problem": RuleFile(files["problem"], select_keys(problem, ASKED) | {"kpis": list_floors(problem)}),
        "schema": RuleFile(files["schema"], describe_columns(schema)),
    }
    for group in ("gate", "leaks", "split", "clean", "source"):
        path = locate_option(group, str(params.get(group, problem.get(group, name))))
        found[group] = RuleFile(path, read_values(version, path, gaps))
    return found


def locate_option(group: str, option: str) -> Path:
    """The file of an option."""
    return paths.CONF / group / f"{option}.yaml"


def select_keys(values: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """The entries of these keys that are there."""
    return {key: value for key, value in values.items() if key in keys}


def list_floors(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The floor of each KPI of a problem, by metric."""
    kpis = problem.get("kpis") or []
    return {str(one.get("metric")): {"floor": one.get("floor")} for one in kpis if isinstance(one, Mapping)}


def describe_columns(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a schema says of columns that decides: those of each role, those that must be there, and their limits."""
    columns = {str(name): one for name, one in (schema.get("columns") or {}).items() if isinstance(one, Mapping)}
    roles = {
        f"columns with role {role}": [name for name, column in columns.items() if column.get("role") == role]
        for role in get_args(Role)
    }
    required = [name for name, column in columns.items() if column.get("missing") == "reject"]
    limits = {name: select_keys(column, LIMITS) for name, column in columns.items()}
    return roles | {
        "columns that reject rows without a value": required,
        "limits": {name: some for name, some in limits.items() if some},
    }


def compare_metric_files(base: Version, head: Version, gaps: Gaps) -> list[OptionChange]:
    """The keys of conf/metric/ that differ, but for descriptions."""
    changes = []
    for name in list_changed_files(base, METRICS):
        before, after = (read_values(version, Path(name), gaps) for version in (base, head))
        changes += [
            OptionChange(file=name, key=key, base=one, head=other)
            for key, one, other in find_changes(before, after)
            if key != "_description_"
        ]
    return changes


def list_changed_judges(base: Version) -> list[str]:
    """The files of code that differ and by which the change itself is judged, an installed engine's among them."""
    return [*list_changed_files(base, *JUDGES), *list_changed_engine(base)]


def list_changed_engine(base: Version) -> list[str]:
    """The files of an installed engine that the judging stages ran otherwise at base, as far as their lists tell."""
    before, after = (dict(read_code_lists(version)) for version in (base, HEAD))
    installed = [name for name in find_differences(before, after) if is_installed_judge(name)]
    return installed if before else []


def read_code_lists(version: Version) -> Iterator[tuple[str, str]]:
    """The files that the judging stages ran, each with its hash; none of a version that has no such list."""
    for stage in JUDGING:
        path = paths.CODE / f"{stage}.json"
        yield from (version.read_record(path) if version.read_text(path) else {}).items()


def is_installed_judge(name: str) -> bool:
    """Whether a name in a list of code is of an installed engine's file that judges."""
    path = paths.SOURCE / name
    return name.startswith(f"{INSTALLED.name}/") and any({path, *path.parents} & {Path(judge)} for judge in JUDGES)
