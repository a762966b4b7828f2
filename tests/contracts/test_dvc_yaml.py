import ast
import dataclasses
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import yaml
from builders.picks import PICKS

from lifecycle import paths
from lifecycle.config import list_groups
from lifecycle.stages import trace
from lifecycle.versioning.code_graph import list_modules, list_needed_modules

TOP = Path(__file__).resolve().parents[2]
SOURCE = TOP / "src"
DVC = yaml.safe_load((TOP / "dvc.yaml").read_text(encoding="utf-8"))
STAGES = DVC["stages"]
TRACED = sorted(set(STAGES) - {"trace"})
READS_SEALED = "read_sealed"
ONLY_MEASURED = {("scope", "RAW")}  # sizes on the disk, for the estimate in runs/
HOSTS = re.compile(
    rb"https?://[^\s\"'/]*(?:index|proxy|mirror|artifactory|nexus|registry|py[p]i|python[h]osted)[^\s\"']*"
)
PLACES = re.compile(rb"(?<![\w.~/$}-])/(?:home|Users|work|root|tmp|private|mnt|opt|var/tmp)/[\w.-]+")


def names(entries: list[Any]) -> list[str]:
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


def settings(stage: str, name: str) -> dict[str, Any]:
    found = [entry[name] for entry in STAGES[stage]["outs"] if isinstance(entry, dict) and name in entry]
    return found[0] if found else {}


def declared(stage: str) -> type:
    found: type = import_module(f"lifecycle.stages.{stage}").Config
    return found


def named_targets(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from [value["_target_"]] if "_target_" in value else []
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            yield from named_targets(entry)


def target_modules(stage: str) -> set[str]:
    known = list_modules(SOURCE)
    found = set()
    files = list_needed_modules(f"lifecycle.stages.{stage}", list_modules(SOURCE))
    reads_models = any(path.match("modeling/persistence.py") for path in files)
    for group in {*list_groups(declared(stage)), *(("inputs", "model", "reduce") if reads_models else ())}:
        for option in (TOP / "conf" / group).glob("*.yaml"):
            targets = named_targets(yaml.safe_load(option.read_text(encoding="utf-8")))
            found |= {target.rpartition(".")[0] for target in targets if target.startswith("lifecycle.")}
    assert found <= set(known)
    return found


def command(stage: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in STAGES[stage]["cmd"].split() if "=" in word)


def picked_files(stage: str) -> set[str]:
    """The files of conf/ that the stage may pick: those of its command, or all where the problem's file picks."""
    found = set()
    for group, every in list_groups(declared(stage)).items():
        if not every and group in command(stage):
            found.add(f"conf/{group}/{command(stage)[group]}.yaml")
        elif not every:
            found |= {path.relative_to(TOP).as_posix() for path in (TOP / "conf" / group).glob("*.yaml")}
    return found


def plain_fields(stage: str) -> set[str]:
    return {field.name for field in dataclasses.fields(declared(stage))} - set(list_groups(declared(stage)))


def matched(name: str, patterns: list[str]) -> bool:
    return any(re.fullmatch(re.sub(r"\\\$\\\{[^}]*\\\}", r"[^/]+", re.escape(one)), name) for one in patterns)


def paths_named(stage: str) -> set[str]:
    tree = ast.parse((SOURCE / "lifecycle" / "stages" / f"{stage}.py").read_text(encoding="utf-8"))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "paths"
    }


def paths_written(stage: str) -> set[str]:
    tree = ast.parse((SOURCE / "lifecycle" / "stages" / f"{stage}.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    places = [call.args[0] for call in calls if call.func.id.startswith("write_") and call.args]
    return {
        node.attr
        for place in places
        for node in ast.walk(place)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "paths"
    } - {"RUNS"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    return [TOP / name for name in listed.split("\0") if name and (TOP / name).is_file()]


def test_every_stage_has_a_module_and_every_module_a_stage() -> None:
    found = {path.stem for path in (SOURCE / "lifecycle" / "stages").glob("*.py")} - {"__init__", "runner"}
    assert found == set(STAGES)


@pytest.mark.parametrize("stage", TRACED)
def test_the_stage_depends_on_the_list_of_its_code(stage: str) -> None:
    assert f"{paths.CODE.as_posix()}/{stage}.json" in STAGES[stage]["deps"]


@pytest.mark.parametrize("stage", TRACED)
def test_the_list_names_the_environment_and_every_module_that_the_stage_or_an_option_of_it_runs(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(TOP)
    wanted = list_needed_modules(f"lifecycle.stages.{stage}", list_modules(SOURCE)).union(
        *(list_needed_modules(module, list_modules(SOURCE)) for module in target_modules(stage))
    )
    assert {TOP / path for path in trace.list_files(stage)} >= {*wanted, TOP / paths.ENVIRONMENT}


@pytest.mark.parametrize("stage", STAGES)
def test_the_command_is_the_same_in_every_shell(stage: str) -> None:
    words = STAGES[stage]["cmd"].split(" ")
    assert words[:3] == ["python", "-m", f"lifecycle.stages.{stage}"]
    assert all(re.fullmatch(r"[a-z]+=\$\{[a-z.]+\}", word) for word in words[3:])


@pytest.mark.parametrize("stage", TRACED)
def test_what_sets_the_instructions_of_the_processor_is_code_of_every_stage(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(TOP)
    assert {Path("src/lifecycle/io/processor.py"), Path("src/lifecycle/stages/__init__.py")} <= set(
        trace.list_files(stage)
    )


def test_options_name_callables_of_the_package_of_their_group_alone() -> None:
    for option in sorted((TOP / "conf").glob("*/*.yaml")):
        package = trace.NAMED.get(option.parent.name, "none")
        for target in named_targets(yaml.safe_load(option.read_text(encoding="utf-8"))):
            assert not target.startswith("lifecycle.") or target.startswith(f"{package}."), (option, target)


def test_tests_pick_every_word_themselves() -> None:
    text = (TOP / "dvc.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(PICKS)


def test_trace_depends_on_all_that_it_lists() -> None:
    assert {"requirements.lock", "src"} <= set(STAGES["trace"]["deps"])


@pytest.mark.parametrize("stage", STAGES)
def test_conf_files_that_the_stage_composes_are_params_or_deps(stage: str) -> None:
    params, deps = names(STAGES[stage].get("params", [])), STAGES[stage]["deps"]
    for file in sorted(picked_files(stage) - {*params, *deps}):
        pytest.fail(f"add to {stage} in dvc.yaml:\n    - {file}:")
    for group in sorted(group for group, every in list_groups(declared(stage)).items() if every):
        assert f"conf/{group}" in deps, f"add to {stage} in dvc.yaml:\n    - conf/{group}"


def test_a_group_that_no_command_picks_is_picked_by_the_file_of_every_problem() -> None:
    left = {
        group
        for stage in STAGES
        for group, every in list_groups(declared(stage)).items()
        if not every and group not in command(stage)
    }
    assert left == {"split"}
    for path in sorted((TOP / "conf/problem").glob("*.yaml")):
        assert left <= set(yaml.safe_load(path.read_text(encoding="utf-8"))), path


def keys_listed(stage: str, file: str) -> set[str] | None:
    """The keys of a file that a stage depends on; None where it depends on the whole file."""
    for entry in STAGES[stage].get("params", []):
        if isinstance(entry, dict) and file in entry:
            return set(entry[file]) if entry[file] else None
    return None


def problem_keys_used(stage: str) -> set[str]:
    tree = ast.parse((SOURCE / "lifecycle" / "stages" / f"{stage}.py").read_text(encoding="utf-8"))
    reads = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    picks = {group for group, every in list_groups(declared(stage)).items() if not every} - set(command(stage))
    return picks | {
        node.attr for node in reads if isinstance(node.value, ast.Attribute) and node.value.attr == "problem"
    }


@pytest.mark.parametrize("stage", STAGES)
def test_the_keys_of_the_problem_that_the_stage_uses_are_those_that_it_lists(stage: str) -> None:
    listed = keys_listed(stage, "conf/problem/${problem}.yaml")
    if listed is not None:
        assert problem_keys_used(stage) == listed


def test_every_picked_file_is_listed_by_value_once_so_that_params_diff_shows_it() -> None:
    picked, valued = set(), set()
    for stage in STAGES:
        valued |= set(names(STAGES[stage].get("params", [])))
        picked |= picked_files(stage)
    assert picked <= valued


@pytest.mark.parametrize("stage", STAGES)
def test_plain_values_that_the_stage_takes_are_in_its_command_or_params(stage: str) -> None:
    passed = {word.split("=", 1)[0] for word in STAGES[stage]["cmd"].split() if "=" in word}
    lacking = plain_fields(stage) - passed - set(names(STAGES[stage].get("params", [])))
    assert not lacking, f"add to the params of {stage} in dvc.yaml: {', '.join(sorted(lacking))}"


@pytest.mark.parametrize("stage", STAGES)
def test_the_command_gives_nothing_that_the_stage_does_not_take(stage: str) -> None:
    asked = STAGES[stage]["cmd"].split(f"lifecycle.stages.{stage}", 1)[1].split()
    assert {word.split("=", 1)[0] for word in asked} <= set(get_type_hints(declared(stage)))


def test_params_files_are_those_of_the_composed_groups() -> None:
    for stage, entry in STAGES.items():
        files = [name for name in names(entry.get("params", [])) if name.startswith("conf/")]
        assert {name.split("/")[1] for name in files} <= set(list_groups(declared(stage))), stage


def test_only_the_test_stage_depends_on_the_sealed_part() -> None:
    assert [name for name, stage in STAGES.items() if paths.SEALED.as_posix() in stage["deps"]] == ["test"]


def test_only_the_test_stage_and_the_check_of_its_results_read_the_sealed_part() -> None:
    reading, naming = set(), set()
    for path in (SOURCE / "lifecycle").rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        names |= {node.id for node in nodes if isinstance(node, ast.Name)}
        names |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        place = path.relative_to(SOURCE / "lifecycle").as_posix()
        reading |= {place} if READS_SEALED in names else set()
        naming |= {place} if "SEALED" in names else set()
        assert place == "paths.py" or "sealed.parquet" not in path.read_text(encoding="utf-8"), place
    assert reading == {"stages/test.py", "review/reported_results.py"}
    assert naming == {"data/dataset_files.py", "paths.py", "stages/split.py"}


def test_the_monitor_sees_labels_of_test_rows_only_where_the_test_stage_wrote_them() -> None:
    assert paths.SEALED.as_posix() not in STAGES["monitor"]["deps"]
    assert paths.TEST_PREDICTIONS.as_posix() in STAGES["monitor"]["deps"]


@pytest.mark.parametrize("stage", STAGES)
def test_reports_are_kept_in_git_and_data_and_models_in_the_cache(stage: str) -> None:
    for name in names(STAGES[stage]["outs"]):
        kept_in_git = settings(stage, name).get("cache") is False
        small = name in (paths.PROVENANCE.as_posix(),)
        page = name in (paths.EXPLORE_PAGE.as_posix(), paths.INDEX.as_posix())
        assert kept_in_git is (small or (name.startswith("reports/") and not page)), name


@pytest.mark.parametrize("stage", STAGES)
def test_every_file_that_the_stage_writes_is_an_output(stage: str) -> None:
    outs = names(STAGES[stage]["outs"])
    for name in sorted(paths_written(stage)):
        place = getattr(paths, name).as_posix()
        inside = [place, *(parent.as_posix() for parent in Path(place).parents)]
        above = any(out.startswith(f"{place}/") for out in outs)
        assert above or any(matched(one, outs) for one in inside), f"add to the outs of {stage}:\n    - {place}"


@pytest.mark.parametrize("stage", STAGES)
def test_every_file_that_the_stage_names_is_an_output_or_a_dependency(stage: str) -> None:
    known = [*names(STAGES[stage]["outs"]), *STAGES[stage]["deps"]]
    measured = {name for owner, name in ONLY_MEASURED if owner == stage}
    for name in sorted(paths_named(stage) - {"RUNS", "CONF", "PARAMS"} - measured):
        place = getattr(paths, name).as_posix()
        inside = [place, *(parent.as_posix() for parent in Path(place).parents)]
        above = any(one.startswith(f"{place}/") for one in known)
        assert above or any(matched(one, known) for one in inside), f"add to deps or outs of {stage}:\n    - {place}"


def test_every_path_of_a_result_is_an_output_of_one_stage() -> None:
    outs = [out for stage in STAGES.values() for out in names(stage["outs"])]
    assert len(outs) == len(set(outs))
    results = {value.as_posix() for name, value in vars(paths).items() if name.isupper()} - {
        paths.CONF.as_posix(),
        paths.SOURCE.as_posix(),
        paths.PROJECT.as_posix(),
        paths.PARAMS.as_posix(),
        paths.RUNS.as_posix(),
        paths.ENVIRONMENT.as_posix(),
        paths.ERASED.as_posix(),
        paths.SERVED.as_posix(),
        paths.FEEDBACK.as_posix(),
        paths.REPLAY.as_posix(),
    }
    for place in sorted(results):
        inside = [place, *(parent.as_posix() for parent in Path(place).parents)]
        assert any(out.startswith(f"{place}/") for out in outs) or any(matched(one, outs) for one in inside), place


def test_no_path_in_dvc_yaml_is_absolute_or_leaves_the_repository() -> None:
    for stage in STAGES.values():
        for name in [*names(stage["outs"]), *stage["deps"], *names(stage.get("params", []))]:
            assert not Path(name).is_absolute()
            assert ".." not in Path(name).parts


def test_metrics_and_plots_are_outputs() -> None:
    outs = [out for stage in STAGES.values() for out in names(stage["outs"])]
    files = [name for plot in DVC["plots"] for name in [*plot, *(next(iter(plot.values())).get("y") or {})]]
    shown = [*DVC["metrics"], *(name for name in files if "/" in name)]
    assert len(shown) > 5
    for place in shown:
        assert any(one in outs for one in [place, *(parent.as_posix() for parent in Path(place).parents)]), place


def test_no_tracked_file_names_a_registry_or_a_place_of_one_machine() -> None:
    found = []
    for path in tracked():
        text = path.read_bytes()
        if b"\0" not in text[:8000]:
            hits = [*HOSTS.findall(text), *PLACES.findall(text)]
            found += [f"{path.relative_to(TOP)}: {hit.decode(errors='replace')}" for hit in hits]
    assert not found, "\n".join(found)


def test_what_was_collected_is_there_when_collect_runs_again() -> None:
    assert [settings("collect", name).get("persist") for name in ("data/raw", "data/provenance.json")] == [True, True]
