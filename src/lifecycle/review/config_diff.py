"""Which options, stages, code and packages differ between the versions, and their size."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.io.records import read_json
from lifecycle.options import options
from lifecycle.review.value_changes import find_changes, make_plain
from lifecycle.review.versions import Gaps
from lifecycle.versioning import revisions
from lifecycle.versioning.environment import find_engine_lock, find_environment
from lifecycle.versioning.version import Version

LOCK = Path(revisions.LOCK)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


@options
class OptionChange:
    """A key of a YAML file with the values of both versions; None where one has no such key."""

    file: str
    key: str
    base: Any = None
    head: Any = None


@options
class ValueChange:
    """A named value of both versions; None where one has none."""

    name: str
    base: Any = None
    head: Any = None


@options
class StageChange:
    """A stage whose entry in dvc.lock differs: the dependencies, parameters or command, and the changed outputs."""

    stage: str
    why: list[str]
    outputs: list[str]


@options
class PackageChange:
    """A package of the stages' environment with both versions; None where it is not installed."""

    package: str
    base: str | None
    head: str | None


@options
class CostChange:
    """A size or a count of both versions; None where one does not have it."""

    what: str
    base: int | str | None
    head: int | str | None


@options
class Timing:
    """Seconds and peak mebibytes of a stage in both versions."""

    stage: str
    base_seconds: float
    head_seconds: float
    base_peak_mebibytes: float
    head_peak_mebibytes: float


def flatten(value: Any, above: str = "") -> dict[str, Any]:
    """Every value by its path of keys, joined by dots; lists of plain values stay whole.

    >>> flatten({"a": {"b": 1}, "c": [{"d": 2}]})
    {'a.b': 1, 'c.0.d': 2}
    """
    if isinstance(value, Mapping) and value:
        return {key: one for name, entry in value.items() for key, one in flatten(entry, f"{above}{name}.").items()}
    if isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        return flatten({str(position): one for position, one in enumerate(value)}, above)
    return {above.rstrip("."): value}


def list_changed_files(base: Version, *tops: str) -> list[str]:
    """The files below the tops that differ between base and the workspace, new ones too, sorted."""
    differing = revisions.git(
        "diff", "--name-only", "-z", "--no-renames", "--relative", str(base.revision), "--", *tops
    ).stdout
    new = revisions.git("ls-files", "--others", "--exclude-standard", "-z", "--", *tops).stdout
    return sorted({name for name in (differing + new).decode("utf-8", errors="replace").split("\0") if name})


def compare_options(base: Version, head: Version, gaps: Gaps) -> list[OptionChange]:
    """The keys of params.yaml and conf/ whose values differ."""
    changes = []
    for name in list_changed_files(base, "params.yaml", "conf"):
        if not name.endswith(".yaml"):
            continue
        before, after = (read_values(version, Path(name), gaps) for version in (base, head))
        changes += [
            OptionChange(file=name, key=key, base=one, head=other) for key, one, other in find_changes(before, after)
        ]
    return changes


def read_values(version: Version, path: Path, gaps: Gaps) -> dict[str, Any]:
    """The values of a YAML file as JSON has them, nested by key; empty where the version has no such file."""
    if not version.read_text(path).strip():
        return {}
    values = make_plain(gaps.attempt(version, str(path), lambda one: one.read_record(path)))
    return values if isinstance(values, dict) else {}


def compare_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ValueChange]:
    """The names whose values differ."""
    return [
        ValueChange(name=name, base=before.get(name), head=after.get(name)) for name in find_differences(before, after)
    ]


def find_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names whose values differ, sorted."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def compare_stages(base: Version, head: Version, gaps: Gaps) -> list[StageChange]:
    """The stages whose entry in dvc.lock differs."""
    before, after = (gaps.attempt(version, "stages", read_stages) for version in (base, head))
    if before is None or after is None:
        return []
    return [
        StageChange(
            stage=name,
            why=sorted(explain_rerun(before.get(name), after.get(name))),
            outputs=find_differences(
                list_hashes(before.get(name, {}), "outs"), list_hashes(after.get(name, {}), "outs")
            ),
        )
        for name in find_differences(before, after)
    ]


def read_stages(version: Version) -> dict[str, Any]:
    """The stages in a version's dvc.lock."""
    return dict(version.read_lock().get("stages", {}))


def explain_rerun(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """The dependencies and parameters of a stage that differ, or `command`; `new` or `removed` for the stage itself."""
    if before is None or after is None:
        yield "new" if before is None else "removed"
        return
    if before.get("cmd") != after.get("cmd"):
        yield "command"
    yield from find_differences(list_hashes(before, "deps"), list_hashes(after, "deps"))
    yield from find_differences(flatten(before.get("params", {})), flatten(after.get("params", {})))


def list_hashes(stage: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The MD5 of each dependency or output by path."""
    return {str(one["path"]): one.get("md5") for one in stage.get(kind, [])}


def list_changed_code(base: Version) -> list[str]:
    """The files that are neither configuration nor outputs and differ."""
    return list_changed_files(base, "src", "dvc.yaml", "engine.lock", "tests", "Makefile", "tasks.mk", ".github")


def compare_packages(base: Version, head: Version) -> list[PackageChange]:
    """The packages of the stages' environment, the engine among them, that were added, removed or changed version."""
    locks = find_environment(), find_engine_lock()
    before, after = (
        dict(PINNED.findall("".join(version.read_text(lock) for lock in locks))) for version in (base, head)
    )
    return [
        PackageChange(package=name, base=before.get(name), head=after.get(name))
        for name in find_differences(before, after)
    ]


def compare_cost(base: Version, head: Version, gaps: Gaps) -> list[CostChange]:
    """Sizes and counts of both: winner, model and outputs in bytes, training rows, features, boosting rounds."""
    before, after = (gaps.attempt(version, "cost", measure_cost) for version in (base, head))
    if before is None or after is None:
        return []
    return [CostChange(what=name, base=before[name], head=after[name]) for name in before]


def measure_cost(version: Version) -> dict[str, Any]:
    """The sizes and counts of one version."""
    sizes = {out["path"]: out.get("size") for stage in read_stages(version).values() for out in stage.get("outs", [])}
    trained = version.read_record(paths.TRAINING)
    return {
        "winner": trained["winner"],
        "training rows": trained["model"]["rows"],
        "features": len(trained["features"]),
        "boosting rounds": sum_rounds(trained.get("rounds")),
        "bytes of the model": sizes.get(paths.MODEL.as_posix()),
        "bytes of all outputs": sum(size or 0 for size in sizes.values()),
    }


def sum_rounds(rounds: Any) -> int | None:
    """The boosting rounds of a model, of an ensemble those of all members; None where there are none."""
    found = [int(one) for one in (rounds if isinstance(rounds, list) else [rounds]) if one is not None]
    return sum(found) if found else None


def compare_times(base: Path, head: Path) -> list[Timing]:
    """The timings of each stage that both folders, such as runs/, have a record of."""
    before, after = (read_timings(folder) for folder in (base, head))
    return [
        Timing(
            stage=name,
            base_seconds=before[name]["seconds"],
            head_seconds=after[name]["seconds"],
            base_peak_mebibytes=before[name]["peak_mebibytes"],
            head_peak_mebibytes=after[name]["peak_mebibytes"],
        )
        for name in sorted(before.keys() & after.keys())
    ]


def read_timings(folder: Path) -> dict[str, dict[str, Any]]:
    """The records of stages in a folder, by stage."""
    records = [read_json(path) for path in sorted(folder.glob("*.json"))]
    return {str(one["stage"]): one for one in records if isinstance(one, dict) and "stage" in one}
