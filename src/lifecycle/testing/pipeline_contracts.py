"""Contract tests of dvc.yaml: a stage of the engine declares all that it reads, takes and writes."""

from pathlib import Path
from typing import get_type_hints

from lifecycle import paths
from lifecycle.testing.pipeline_file import (
    PIPELINE,
    PROBLEM,
    find_module,
    get_declared,
    get_place,
    is_covered,
    list_deps,
    list_keys,
    list_outs,
    list_params,
    list_paths,
    list_picked_files,
    list_plain_fields,
    list_problem_keys,
    list_shown,
    list_whole_groups,
    list_written_paths,
    parse_stage,
    read_command,
    read_pipeline,
    read_stages,
)
from lifecycle.testing.promises import must, plainly

__all__ = [
    "test_conf_files_that_the_stage_composes_are_params_or_deps",
    "test_every_file_that_the_stage_names_is_an_output_or_a_dependency",
    "test_every_file_that_the_stage_writes_is_an_output",
    "test_metrics_and_plots_are_outputs",
    "test_no_path_in_dvc_yaml_is_absolute_or_leaves_the_repository",
    "test_only_the_test_stage_depends_on_the_sealed_part",
    "test_plain_values_that_the_stage_takes_are_in_its_command_or_params",
    "test_the_command_gives_nothing_that_the_stage_does_not_take",
    "test_the_keys_of_the_problem_that_the_stage_uses_are_those_that_it_lists",
    "test_the_stage_depends_on_the_list_of_its_code",
]

ONLY_MEASURED = {("scope", "RAW")}  # sizes on the disk, for the estimate in runs/
SETTINGS = {"RUNS", "CONF", "PARAMS"}


def name_place(stage: str) -> str:
    """Where a stage is defined."""
    return f"{PIPELINE}, stage {stage}"


@plainly()
def test_the_stage_depends_on_the_list_of_its_code(stage: str) -> None:
    """A change of the code that the stage runs makes it run again."""
    code = f"{paths.CODE.as_posix()}/{find_module(stage)}.json"
    must(
        find_module(stage) == "trace" or code in list_deps(stage),
        f"a change of its code would not run {stage} again",
        where=name_place(stage),
        todo=f"add to its deps: - {code}",
    )


@plainly()
def test_conf_files_that_the_stage_composes_are_params_or_deps(stage: str) -> None:
    """A change of an option that the stage may pick makes it run again."""
    params, deps = set(list_params(stage)), set(list_deps(stage))
    for file in sorted(list_picked_files(stage)):
        what = f"a change of {file} would not run {stage} again"
        must(file in params | deps, what, where=name_place(stage), todo=f"add to its params: - {file}:")
    for folder in (f"conf/{group}" for group in list_whole_groups(stage)):
        what = f"a change of an option of {folder} would not run {stage} again"
        must(folder in deps, what, where=name_place(stage), todo=f"add to its deps: - {folder}")


@plainly()
def test_the_keys_of_the_problem_that_the_stage_uses_are_those_that_it_lists(stage: str) -> None:
    """A stage that lists keys of the problem's file lists those that it uses."""
    listed, used = list_keys(stage, PROBLEM), list_problem_keys(stage)
    must(
        listed is None or listed == used,
        f"{stage} uses the keys {', '.join(sorted(used))} of the problem and lists {', '.join(sorted(listed or ()))}",
        where=f"{name_place(stage)}, params, {PROBLEM}",
        todo=f"list {', '.join(sorted(used))}",
    )


@plainly()
def test_plain_values_that_the_stage_takes_are_in_its_command_or_params(stage: str) -> None:
    """A change of a value of params.yaml makes the stages that take it run again."""
    lacking = list_plain_fields(stage) - read_command(stage).keys() - set(list_params(stage))
    must(
        not lacking,
        f"a change of {', '.join(sorted(lacking))} in params.yaml would not run {stage} again",
        where=name_place(stage),
        todo=f"add to its params: {', '.join(f'- {name}' for name in sorted(lacking))}",
    )


@plainly()
def test_the_command_gives_nothing_that_the_stage_does_not_take(stage: str) -> None:
    """Each override in the command is for a key of the stage."""
    taken = set(get_type_hints(get_declared(stage)))
    unknown = read_command(stage).keys() - taken
    must(
        not unknown,
        f"{stage} takes no {', '.join(sorted(unknown))}",
        where=f"{name_place(stage)}, cmd",
        todo=f"give only {', '.join(sorted(taken)) or 'nothing'}",
    )


@plainly()
def test_every_file_that_the_stage_writes_is_an_output(stage: str) -> None:
    """DVC keeps every file that the stage writes."""
    for place in map(get_place, sorted(list_written_paths(stage))):
        what = f"{stage} writes {place}, which is none of its outputs"
        must(is_covered(place, list_outs(stage)), what, where=name_place(stage), todo=f"add to its outs: - {place}")


@plainly()
def test_every_file_that_the_stage_names_is_an_output_or_a_dependency(stage: str) -> None:
    """DVC knows every file that the stage reads or writes."""
    measured = {name for owner, name in ONLY_MEASURED if owner == find_module(stage)}
    known = [*list_outs(stage), *list_deps(stage)]
    for place in map(get_place, sorted(list_paths(parse_stage(stage)) - SETTINGS - measured)):
        what = f"{stage} reads or writes {place}, which it does not list"
        must(is_covered(place, known), what, where=name_place(stage), todo=f"add to its deps or outs: - {place}")


@plainly()
def test_only_the_test_stage_depends_on_the_sealed_part() -> None:
    """The test part is read by the stage `test` alone, so that no choice is made with it."""
    sealed = [paths.SEALED.as_posix(), *(one.as_posix() for one in paths.SEALED.parents)]
    reading = [name for name in read_stages() if set(sealed) & set(list_deps(name))]
    must(
        reading == ["test"],
        f"{paths.SEALED}, the test part, is read by {', '.join(reading) or 'no stage'}",
        where=str(PIPELINE),
        todo=f"list {paths.SEALED} under the deps of the stage test and of no other",
    )


@plainly()
def test_no_path_in_dvc_yaml_is_absolute_or_leaves_the_repository() -> None:
    """Every path is the same on every machine."""
    for stage in read_stages():
        for name in [*list_outs(stage), *list_deps(stage), *list_params(stage)]:
            must(
                not Path(name).is_absolute() and ".." not in Path(name).parts,
                f"{name} is a place of one machine",
                where=name_place(stage),
                todo="write a path below the folder of dvc.yaml",
            )


@plainly()
def test_metrics_and_plots_are_outputs() -> None:
    """Each file that is shown as a metric or a plot is written by a stage."""
    outs = [out for stage in read_stages() for out in list_outs(stage)]
    for place in list_shown(read_pipeline()):
        inside = [place, *(parent.as_posix() for parent in Path(place).parents)]
        what = f"no stage writes {place}"
        must(set(inside) & set(outs), what, where=f"{PIPELINE}, metrics and plots", todo=f"take {place} out")
