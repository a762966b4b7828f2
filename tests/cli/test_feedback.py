"""Labels that come back: from a file to a new data version, and nothing changes by telling them twice."""

import json

import pandas as pd
import pytest
from builders.feedback_files import SOURCE, STEP, TABLE


@pytest.fixture
def serving(changed):
    """The small repository, connected to feedback, with a log of answers to the first 40 orders of its table."""
    (changed.folder / "conf/source/generated.yaml").write_text(SOURCE, encoding="utf-8")
    changed.edit("conf/clean/generated.yaml", {r"^steps: \[\]": STEP})
    changed.edit("conf/schema/generated.yaml", {r"^tables:": TABLE})
    rows = pd.read_parquet(changed.folder / "data/table.parquet").head(40)
    log = changed.folder / "data/served/20130901T000000Z-1.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    records = [
        {"id": row.order, "time": "2013-09-01T00:00:00+00:00", "version": "v", "inputs": {"weight": 1.0},
         "prediction": {"probability": place / 40, "predicted": False}}
        for place, row in enumerate(rows.itertuples())
    ]  # fmt: skip
    log.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    wrong = rows.head(10).assign(label=~rows["late"].astype(bool))
    told = wrong[["order", "label"]].rename(columns={"order": "id"})
    told = pd.concat([told, told.head(2), pd.DataFrame({"id": ["nowhere"], "label": [True]})])
    told.to_csv(changed.folder / "labels.csv", index=False)
    return changed


def state(repository):
    folder = repository.folder / "data/feedback"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return files, (repository.folder / "conf/source/generated.yaml").read_bytes()


def test_labels_become_a_batch_that_the_next_version_holds(serving):
    done = serving.lifecycle("feedback", "labels.csv", "--origin", "person")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "10 labels taken, 0 of them corrections, 0 late; 2 delivered before; 1 rejected "
        "(1 no prediction with this id was logged)"
    )
    before = pd.read_parquet(serving.folder / "data/table.parquet").set_index("order")["late"]
    for stage in (["collect", "source=generated", "through=2013-08-31"],
                  ["clean", "problem=generated", "schema=generated", "clean=generated"]):  # fmt: skip
        made = serving.stage(*stage)
        assert made.returncode == 0, made.stderr
    after = pd.read_parquet(serving.folder / "data/table.parquet").set_index("order")["late"]
    assert (before != after).sum() == 10
    assert serving.json("reports/quality.json")["raw_rows"]["feedback"] == 10
    sources = {one["source"] for one in serving.json("data/provenance.json")["batches"]}
    assert any(source.endswith("feedback: labels of this service's predictions, 1 files") for source in sources)


def test_telling_the_same_labels_again_changes_nothing(serving):
    assert serving.lifecycle("feedback", "labels.csv").returncode == 0
    before = state(serving)
    again = serving.lifecycle("feedback", "labels.csv")
    assert again.stdout.splitlines()[-1] == "nothing new: the data version stays as it is"
    assert state(serving) == before


def test_a_retry_after_a_crash_ends_in_the_same_bytes(serving, tmp_path):
    other = serving.copy(tmp_path / "other")
    broken = other.folder / "bin"
    broken.mkdir()
    (broken / "dvc").write_text("#!/bin/sh\necho killed >&2\nexit 1\n", encoding="utf-8")
    (broken / "dvc").chmod(0o755)
    crashing = type(other)(other.folder, {**other.environment, "PATH": f"{broken}:{other.environment['PATH']}"})
    done = crashing.lifecycle("feedback", "labels.csv")
    assert done.returncode == 2
    assert "killed" in done.stderr
    (other.folder / "data/feedback/new.parquet.part").write_bytes(b"half of a file")
    for repository in (serving, other):
        assert repository.lifecycle("feedback", "labels.csv").returncode == 0
    assert state(other) == state(serving)


def test_the_queue_lists_rows_without_a_label_the_uncertain_first(serving):
    serving.lifecycle("feedback", "labels.csv")
    done = serving.lifecycle("feedback", "--queue", "5")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    labelled = set(pd.read_csv(serving.folder / "labels.csv")["id"])
    assert lines[0] == "id,worth,why"
    assert len(lines) == 6
    assert not {line.split(",")[0] for line in lines[1:]} & labelled


def test_a_source_that_takes_no_labels_is_named_with_what_to_write(small):
    (small.folder / "some.csv").write_text("id,label\na,1\n", encoding="utf-8")
    done = small.lifecycle("feedback", "some.csv")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "error: the source of this problem takes no labels: _target_ is lifecycle.sources.generated.read"
    )
    assert "batches: []" in done.stderr
