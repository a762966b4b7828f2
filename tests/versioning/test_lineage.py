"""Back from a file to everything that it was made of."""

import json
from pathlib import Path

import pytest

from lifecycle.cli import lineage as command
from lifecycle.errors import UnknownName
from lifecycle.versioning import revisions
from lifecycle.versioning.lineage import trace_lineage


def test_a_model_leads_back_to_code_configuration_and_raw_data(toy: Path) -> None:
    found = trace_lineage("two", Path("models/model.skops"))
    assert found.revision == revisions.resolve_revision("two")
    assert list(found.stages) == ["train", "collect"]
    train, collect = found.stages.values()
    assert train.outs["models/model.skops"] == revisions.hash_outputs("two")[Path("models/model.skops")]
    assert list(train.inputs) == ["data/raw"]
    assert list(train.given) == ["given/model"]
    assert list(collect.given) == ["make.sh"]
    assert collect.params == {"conf/source/toy.yaml": {"shop": "north"}}
    assert train.inputs["data/raw"] == collect.outs["data/raw"]


def test_a_metric_leads_back_through_the_model(toy: Path) -> None:
    assert list(trace_lineage("HEAD", Path("reports/test.json")).stages) == ["test", "collect", "train", "evaluate"]


def test_a_file_in_a_folder_leads_to_its_stage(toy: Path) -> None:
    assert next(iter(trace_lineage("HEAD", Path("reports/evaluate/threshold.json")).stages)) == "evaluate"


def test_what_no_stage_writes_is_rejected_with_the_nearest(toy: Path) -> None:
    with pytest.raises(UnknownName, match=r"no stage writes models/modell") as caught:
        trace_lineage("HEAD", Path("models/modell"))
    assert caught.value.todo == "use 'models/model.skops'"


@pytest.mark.parametrize(
    ("asked", "path", "revision"),
    [
        ([], "models/model.skops", "HEAD"),
        (["one"], "models/model.skops", "one"),
        (["reports/test.json"], "reports/test.json", "HEAD"),
        (["one", "reports/test.json"], "reports/test.json", "one"),
    ],
)
def test_a_path_or_a_revision_may_be_named(
    toy: Path, capsys: pytest.CaptureFixture[str], asked: list[str], path: str, revision: str
) -> None:
    assert command.main(["--json", *asked]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["path"], found["revision"]) == (path, revisions.resolve_revision(revision))
    assert {tuple(stage) for stage in found["stages"].values()} == {("command", "from", "given", "outs", "params")}


def test_the_text_names_every_hash(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["two"]) == 0
    said = capsys.readouterr().out
    assert f"models/model.skops of {revisions.resolve_revision('two')[:12]}" in said
    assert f"  outs  models/model.skops {revisions.hash_outputs('two')[Path('models/model.skops')][:12]}" in said
    assert "  conf  conf/source/toy.yaml" in said
