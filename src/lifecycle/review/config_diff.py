"""Which options, stages, code and packages differ between the versions, and what a version weighs."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.review.versions import Gaps, Side
from lifecycle.versioning import revisions

LOCK = Path(revisions.LOCK)
RULES = ("conf/gate/", "conf/metric/")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def flat(value: Any, above: str = "") -> dict[str, Any]:
    """Every value by its path of keys."""
    if isinstance(value, Mapping) and value:
        return {key: one for name, entry in value.items() for key, one in flat(entry, f"{above}{name}.").items()}
    if isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        return flat({str(place): one for place, one in enumerate(value)}, above)
    return {above.rstrip("."): value}


def files_changed(base: Side, *tops: str) -> list[str]:
    """The files below the tops that differ between base and the files here, new ones too, sorted."""
    differing = revisions.git("diff", "--name-only", "-z", "--no-renames", str(base.revision), "--", *tops).stdout
    new = revisions.git("ls-files", "--others", "--exclude-standard", "-z", "--", *tops).stdout
    return sorted({name for name in (differing + new).decode("utf-8", errors="replace").split("\0") if name})


def options_changed(base: Side, head: Side, gaps: Gaps) -> list[dict[str, Any]]:
    """The keys of params.yaml and conf/ whose values differ, with both values."""
    found = []
    for name in files_changed(base, "params.yaml", "conf"):
        if not name.endswith(".yaml"):
            continue
        before, after = (values(side, Path(name), gaps) for side in (base, head))
        found += [
            {"file": name, "key": key, "base": before.get(key), "head": after.get(key)}
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]
    return found


def values(side: Side, path: Path, gaps: Gaps) -> dict[str, Any]:
    """The values of a YAML file by key; empty where the side has no such file."""
    if not side.text(path).strip():
        return {}
    return flat(gaps.attempt(side, str(path), lambda one: one.record(path)) or {})


def rules_changed(options: list[dict[str, Any]], problem: str) -> list[str]:
    """The changed options by which the change itself is judged."""
    file = f"conf/problem/{problem}.yaml"
    return [
        f"{one['file']}: {one['key']} {one['base']} → {one['head']}"
        for one in options
        if one["file"].startswith(RULES)
        or (one["file"] == file and one["key"].startswith(("kpis", "score", "block", "slices", "costs")))
    ]


def stages_changed(base: Side, head: Side, gaps: Gaps) -> list[dict[str, Any]]:
    """The stages whose entry in dvc.lock differs, each with what of it differs, and whether an output does."""
    before, after = (gaps.attempt(side, "stages", stages) for side in (base, head))
    if before is None or after is None:
        return []
    return [
        {
            "stage": name,
            "why": sorted(why(before.get(name), after.get(name))),
            **outcome(before.get(name), after.get(name)),
        }
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def stages(side: Side) -> dict[str, Any]:
    """The stages in the side's dvc.lock."""
    return dict(side.record(LOCK).get("stages", {}))


def why(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """What a stage ran with that is different."""
    if before is None or after is None:
        yield "new" if before is None else "gone"
        return
    if before.get("cmd") != after.get("cmd"):
        yield "command"
    yield from differing(md5s(before, "deps"), md5s(after, "deps"))
    yield from differing(flat(before.get("params", {})), flat(after.get("params", {})))


def outcome(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """The outputs that have other bytes."""
    return {"outputs": sorted(differing(md5s(before or {}, "outs"), md5s(after or {}, "outs")))}


def md5s(stage: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The MD5 of each dependency or output by path."""
    return {str(one["path"]): one.get("md5") for one in stage.get(kind, [])}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The names whose values differ."""
    yield from (name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def code_changed(base: Side) -> list[str]:
    """The files that are neither configuration nor outputs and differ."""
    return files_changed(base, "src", "dvc.yaml", "tests", "Makefile", ".github")


def packages_changed(base: Side, head: Side) -> list[dict[str, Any]]:
    """The packages of the stages' environment that came, went or have another version."""
    before, after = (dict(PINNED.findall(side.text(paths.ENVIRONMENT))) for side in (base, head))
    return [
        {"package": name, "base": before.get(name), "head": after.get(name)}
        for name in sorted(differing(before, after))
    ]


def cost(base: Side, head: Side, gaps: Gaps) -> list[dict[str, Any]]:
    """What each version weighs, in bytes and counts: model, outputs, rows and features learned from, rounds."""
    before, after = (gaps.attempt(side, "cost", weight) for side in (base, head))
    if before is None or after is None:
        return []
    return [{"what": name, "base": before[name], "head": after[name]} for name in before]


def weight(side: Side) -> dict[str, Any]:
    """What one version weighs."""
    sizes = {out["path"]: out.get("size") for stage in stages(side).values() for out in stage.get("outs", [])}
    trained = side.record(paths.TRAINING)
    return {
        "winner": trained["winner"],
        "rows learned from": trained["model"]["rows"],
        "features": len(trained["features"]),
        "boosting rounds": trained.get("rounds"),
        "bytes of the model": sizes.get(paths.MODEL.as_posix()),
        "bytes of all outputs": sum(size or 0 for size in sizes.values()),
    }


def clock(base: Path, head: Path) -> list[dict[str, Any]]:
    """Seconds and peak mebibytes of each stage that both folders, such as runs/, have a record of."""
    before, after = (records(folder) for folder in (base, head))
    return [
        {
            "stage": name,
            **{f"{side}_{key}": one[name][key] for side, one in (("base", before), ("head", after)) for key in KEYS},
        }
        for name in sorted(before.keys() & after.keys())
    ]


KEYS = ("seconds", "peak_mebibytes")


def records(folder: Path) -> dict[str, dict[str, Any]]:
    """The records of stages in a folder, by stage."""
    from lifecycle.io.records import read_json

    found = [read_json(path) for path in sorted(folder.glob("*.json"))]
    return {str(one["stage"]): one for one in found if isinstance(one, dict) and "stage" in one}
