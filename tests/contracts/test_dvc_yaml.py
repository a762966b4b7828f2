import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders.picks import PICKS

from lifecycle import paths
from lifecycle.config import list_groups
from lifecycle.stages import trace
from lifecycle.testing import cases
from lifecycle.testing.contracts import at_the_top  # noqa: F401
from lifecycle.testing.option_files import list_targets
from lifecycle.testing.pipeline_contracts import *  # noqa: F403
from lifecycle.testing.pipeline_file import (
    get_declared,
    is_covered,
    list_deps,
    list_outs,
    list_params,
    list_picked_files,
    list_shown,
    read_command,
    read_pipeline,
    read_stage,
    read_stages,
)
from lifecycle.versioning.code_graph import list_modules, list_needed_modules

TOP = Path(__file__).resolve().parents[2]
SOURCE = TOP / "src"
READS_SEALED = "read_sealed"
HOSTS = re.compile(
    rb"https?://[^\s\"'/]*(?:index|proxy|mirror|artifactory|nexus|registry|py[p]i|python[h]osted)[^\s\"']*"
)
PLACES = re.compile(rb"(?<![\w.~/$}-])/(?:home|Users|work|root|tmp|private|mnt|opt|var/tmp)/[\w.-]+")


def list_traced() -> list[str]:
    return sorted(set(read_stages()) - {"trace"})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    cases.parametrize(metafunc, {**cases.ENGINE, "stage": lambda: sorted(read_stages()), "traced": list_traced})


def settings(stage: str, name: str) -> dict[str, Any]:
    found = [entry[name] for entry in read_stage(stage)["outs"] if isinstance(entry, dict) and name in entry]
    return found[0] if found else {}


def target_modules(stage: str) -> set[str]:
    known = list_modules(SOURCE)
    found = set()
    files = list_needed_modules(f"lifecycle.stages.{stage}", list_modules(SOURCE))
    reads_models = any(path.match("modeling/persistence.py") for path in files)
    for group in {*list_groups(get_declared(stage)), *(("inputs", "model", "reduce") if reads_models else ())}:
        for option in (TOP / "conf" / group).glob("*.yaml"):
            targets = list_targets(yaml.safe_load(option.read_text(encoding="utf-8")))
            found |= {target.rpartition(".")[0] for target in targets if target.startswith("lifecycle.")}
    assert found <= set(known)
    return found


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    return [TOP / name for name in listed.split("\0") if name and (TOP / name).is_file()]


def test_every_stage_has_a_module_and_every_module_a_stage() -> None:
    found = {path.stem for path in (SOURCE / "lifecycle" / "stages").glob("*.py")} - {"__init__", "runner"}
    assert found == set(read_stages())


def test_the_list_names_the_environment_and_every_module_that_the_stage_or_an_option_of_it_runs(
    traced: str,
) -> None:
    wanted = list_needed_modules(f"lifecycle.stages.{traced}", list_modules(SOURCE)).union(
        *(list_needed_modules(module, list_modules(SOURCE)) for module in target_modules(traced))
    )
    assert {TOP / path for path in trace.list_files(traced)} >= {*wanted, TOP / paths.ENVIRONMENT}


def test_the_command_is_the_same_in_every_shell(stage: str) -> None:
    words = read_stage(stage)["cmd"].split(" ")
    assert words[:3] == ["python", "-m", f"lifecycle.stages.{stage}"]
    assert all(re.fullmatch(r"[a-z]+=\$\{[a-z.]+\}", word) for word in words[3:])


def test_what_sets_the_instructions_of_the_processor_is_code_of_every_stage(traced: str) -> None:
    assert {Path("src/lifecycle/io/processor.py"), Path("src/lifecycle/stages/__init__.py")} <= set(
        trace.list_files(traced)
    )


def test_options_name_callables_of_the_package_of_their_group_alone() -> None:
    for option in sorted((TOP / "conf").glob("*/*.yaml")):
        package = trace.NAMED.get(option.parent.name, "none")
        for target in list_targets(yaml.safe_load(option.read_text(encoding="utf-8"))):
            assert not target.startswith("lifecycle.") or target.startswith(f"{package}."), (option, target)


def test_tests_pick_every_word_themselves() -> None:
    text = (TOP / "dvc.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(PICKS)


def test_trace_depends_on_all_that_it_lists() -> None:
    assert {"requirements.lock", "src"} <= set(list_deps("trace"))


def test_a_group_that_no_command_picks_is_picked_by_the_file_of_every_problem() -> None:
    left = {
        group
        for stage in read_stages()
        for group, every in list_groups(get_declared(stage)).items()
        if not every and group not in read_command(stage)
    }
    assert left == {"split"}
    for path in sorted((TOP / "conf/problem").glob("*.yaml")):
        assert left <= set(yaml.safe_load(path.read_text(encoding="utf-8"))), path


def test_every_picked_file_is_listed_by_value_once_so_that_params_diff_shows_it() -> None:
    picked, valued = set(), set()
    for stage in read_stages():
        valued |= set(list_params(stage))
        picked |= list_picked_files(stage)
    assert picked <= valued


def test_params_files_are_those_of_the_composed_groups() -> None:
    for stage in read_stages():
        files = [name for name in list_params(stage) if name.startswith("conf/")]
        assert {name.split("/")[1] for name in files} <= set(list_groups(get_declared(stage))), stage


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
    assert naming == {"data/dataset_files.py", "paths.py", "stages/split.py", "testing/pipeline_contracts.py"}


def test_the_monitor_sees_labels_of_test_rows_only_where_the_test_stage_wrote_them() -> None:
    assert paths.SEALED.as_posix() not in list_deps("monitor")
    assert paths.TEST_PREDICTIONS.as_posix() in list_deps("monitor")


def test_reports_are_kept_in_git_and_data_and_models_in_the_cache(stage: str) -> None:
    for name in list_outs(stage):
        kept_in_git = settings(stage, name).get("cache") is False
        small = name in (paths.PROVENANCE.as_posix(),)
        page = name in (paths.EXPLORE_PAGE.as_posix(), paths.INDEX.as_posix())
        assert kept_in_git is (small or (name.startswith("reports/") and not page)), name


def test_every_path_of_a_result_is_an_output_of_one_stage() -> None:
    outs = [out for stage in read_stages() for out in list_outs(stage)]
    assert len(outs) == len(set(outs))
    results = {value.as_posix() for name, value in vars(paths).items() if name.isupper()} - {
        paths.CONF.as_posix(),
        paths.SOURCE.as_posix(),
        paths.PROJECT.as_posix(),
        paths.PARAMS.as_posix(),
        paths.RUNS.as_posix(),
        paths.ENVIRONMENT.as_posix(),
        paths.ENGINE.as_posix(),
        paths.ERASED.as_posix(),
        paths.SERVED.as_posix(),
        paths.FEEDBACK.as_posix(),
        paths.REPLAY.as_posix(),
    }
    for place in sorted(results):
        assert is_covered(place, outs), place


def test_more_than_five_files_are_shown_as_metrics_and_plots() -> None:
    assert len(list_shown(read_pipeline())) > 5


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
