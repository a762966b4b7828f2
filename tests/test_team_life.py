"""A team's life: two people, two clones, and what happens to a repository that people share, in its order.

Anna and Ben share the generated problem. Each test is the next piece of their life and stands on those before it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import yaml
from builders.feedback_files import SOURCE, STEP, TABLE
from builders.object_store import KEYS, serve_bucket

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # a whole life

TOP = Path(__file__).parents[1]
MERGE = {"merge.generated.name": "keep this side", "merge.generated.driver": "true"}  # what make setup sets
PERSON = "2013-05-0003"  # the order of a person who asks to be forgotten


@dataclass(frozen=True)
class Team:
    """Two clones of one Git repository, the folder that they shared data in, and the S3 server that came later."""

    anna: Repository
    ben: Repository
    folder: Path
    server: str


def must(person: Repository, *command: str) -> str:
    done = person.run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def lifecycle(person: Repository, *arguments: str) -> str:
    return must(person, sys.executable, "-m", "lifecycle", *arguments)


def refuse(person: Repository, *arguments: str) -> tuple[int, str]:
    """The exit code and the message of a command that stops; its message has three lines."""
    done = person.run(sys.executable, "-m", "lifecycle", *arguments)
    assert done.returncode, done.stdout
    assert len(done.stderr.strip().splitlines()) == 3, done.stderr
    return done.returncode, done.stderr


def rebuild(person: Repository) -> None:
    """What `make repro` runs, without the set-up."""
    lifecycle(person, "resolve")
    person.repro()
    lifecycle(person, "prune")


def publish(person: Repository, message: str) -> None:
    must(person, "git", "add", "--all")
    must(person, "git", "commit", "--quiet", "--message", message)
    must(person, "dvc", "push", "--quiet")
    must(person, "git", "push", "--quiet", "origin", "main", "--tags")


def outputs(person: Repository) -> dict[str, str]:
    """The hash of every file that stages wrote; a log of predictions is of one clone alone."""
    return {name: hashed for name, hashed in person.outputs().items() if not name.startswith("data/served/")}


def batches(person: Repository) -> list[str]:
    return [batch["batch"] for batch in person.json("data/provenance.json")["batches"]]


def name_person(person: Repository) -> None:
    must(person, "git", "config", "user.name", person.folder.name.title())
    must(person, "git", "config", "user.email", f"{person.folder.name}@example.org")
    must(person, "git", "config", "pull.rebase", "false")
    for key, value in MERGE.items():
        must(person, "git", "config", key, value)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serve_bucket("team") as address:
        yield address


@pytest.fixture(scope="module")
def team(small: Repository, server: str, tmp_path_factory: pytest.TempPathFactory) -> Team:
    """Anna's first version, shared through a folder; Ben's clone of it."""
    from conftest import at

    top = tmp_path_factory.mktemp("team")
    small.copy(top / "anna")
    anna = at(top / "anna", **KEYS)
    for name in (".gitignore", ".gitattributes", ".dvc/.gitignore"):
        shutil.copy2(TOP / name, anna.folder / name)
    must(anna, "git", "init", "--quiet", "--bare", "--initial-branch", "main", str(top / "server.git"))
    must(anna, "git", "symbolic-ref", "HEAD", "refs/heads/main")
    name_person(anna)
    must(anna, "git", "remote", "add", "origin", str(top / "server.git"))
    lifecycle(anna, "remote", str(top / "shared"))
    publish(anna, "The first version")
    must(anna, "git", "tag", "first")
    must(anna, "git", "push", "--quiet", "origin", "first")
    must(anna, "git", "clone", "--quiet", str(top / "server.git"), str(top / "ben"))
    ben = at(top / "ben", **KEYS)
    name_person(ben)
    return Team(anna, ben, top / "shared", server)


def test_ben_has_what_anna_built(team: Team) -> None:
    must(team.ben, "dvc", "pull", "--quiet")
    assert outputs(team.ben) == outputs(team.anna)
    assert "up to date" in must(team.ben, "dvc", "status")
    lifecycle(team.ben, "gate")


def test_a_candidate_is_taken_out_and_no_command_minds(team: Team) -> None:
    anna = team.anna
    anna.edit("params.yaml", {r"^candidates: .*": "candidates: [linear, lightgbm]"})
    anna.repro()  # without prune, as before it was there: DVC keeps the entry in dvc.lock
    assert "tune@baseline" in anna.yaml("dvc.lock")["stages"]
    publish(anna, "Two candidates")
    lifecycle(anna, "verify", "--remote")
    lifecycle(anna, "rollback", "first")
    assert (anna.folder / "reports/tune/baseline").is_dir()
    lifecycle(anna, "rollback", "--discard", "HEAD")
    assert not (anna.folder / "reports/tune/baseline").exists()
    assert "tune@baseline" not in lifecycle(anna, "lineage")


def test_the_candidate_comes_back(team: Team) -> None:
    anna = team.anna
    anna.edit("params.yaml", {r"^candidates: .*": "candidates: [baseline, linear, lightgbm]"})
    rebuild(anna)
    publish(anna, "Three candidates again")
    must(anna, "git", "diff", "--quiet", "first", "HEAD", "--", "dvc.lock", "reports")


def test_the_remote_moves_to_s3_and_earlier_versions_stay_within_reach(team: Team) -> None:
    anna, ben = team.anna, team.ben
    lifecycle(anna, "remote", "s3://team/data")
    must(anna, "dvc", "remote", "modify", "store", "endpointurl", team.server)
    lifecycle(anna, "verify", "--remote", "--repair")
    publish(anna, "Data in S3")
    shutil.rmtree(team.folder)
    must(ben, "git", "pull", "--quiet", "origin", "main")
    shutil.rmtree(ben.folder / ".dvc/cache")
    lifecycle(ben, "rollback", "--discard", "first")
    lifecycle(ben, "rollback", "--discard", "HEAD")
    assert outputs(ben) == outputs(anna)


def test_two_peoples_work_is_merged(team: Team) -> None:
    anna, ben = team.anna, team.ben
    anna.edit("conf/model/lightgbm.yaml", {r"^num_leaves: .*": "num_leaves: 7"})
    rebuild(anna)
    publish(anna, "Smaller trees")
    ben.edit("params.yaml", {r"^through: .*": "through: '2013-09-30'"})
    rebuild(ben)
    must(ben, "git", "commit", "--quiet", "--all", "--message", "September")
    must(ben, "git", "pull", "--quiet", "--no-edit", "origin", "main")
    rebuild(ben)
    publish(ben, "September with smaller trees")
    must(anna, "git", "pull", "--quiet", "origin", "main")
    rebuild(anna)
    assert anna.locked() == ben.locked()
    assert outputs(anna) == outputs(ben)
    assert batches(anna)[-1] == "orders/2013-09.parquet"


def test_a_correction_is_a_batch_of_its_own(team: Team) -> None:
    anna = team.anna
    (anna.folder / "conf/source/generated.yaml").write_text(SOURCE, encoding="utf-8")
    anna.edit("conf/clean/generated.yaml", {r"^steps: \[\]": STEP})
    anna.edit("conf/schema/generated.yaml", {r"^tables:": TABLE})
    rows = pd.read_parquet(anna.folder / "data/table.parquet").tail(20)
    log = anna.folder / "data/served/20130901T000000Z-1.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    answer = {"time": "2013-09-01T00:00:00+00:00", "version": "v", "inputs": {"weight": 1.0}}
    prediction = {"probability": 0.5, "predicted": False}
    lines = [json.dumps({"id": row, **answer, "prediction": prediction}) for row in rows["order"]]
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    corrected = rows.head(10).assign(label=~rows["late"].astype(bool)).rename(columns={"order": "id"})
    corrected[["id", "label"]].to_csv(anna.folder / "runs" / "labels.csv", index=False)
    lifecycle(anna, "feedback", "runs/labels.csv", "--origin", "person")
    rebuild(anna)
    assert batches(anna)[-1].startswith("feedback/")
    publish(anna, "Ten corrected labels")
    after = pd.read_parquet(anna.folder / "data/table.parquet").set_index("order")["late"]
    assert (after.loc[rows["order"].head(10)].to_numpy() != rows["late"].head(10).to_numpy()).all()


def test_a_forged_result_is_neither_accepted_nor_released(team: Team) -> None:
    ben = team.ben
    must(ben, "git", "pull", "--quiet", "origin", "main")
    must(ben, "dvc", "pull", "--quiet")
    rebuild(ben)
    path = ben.folder / "reports/test.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["kpis"]["roc_auc"]["model"]["value"] = 0.999
    path.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    must(ben, "dvc", "commit", "--quiet", "--force")
    must(ben, "git", "commit", "--quiet", "--all", "--message", "A better model")
    for command in (("gate",), ("release",)):
        code, message = refuse(ben, *command)
        assert code == 3
        assert "roc_auc" in message
        assert "0.999" in message
    assert must(ben, "git", "tag", "--list", "model@*") == ""
    must(ben, "git", "reset", "--quiet", "--hard", "HEAD~1")
    must(ben, "dvc", "checkout", "--quiet")
    lifecycle(ben, "gate")


def holders(person: Repository) -> list[str]:
    """The files of a clone outside Git's own that hold the erased id as bytes, or in a table."""
    found = []
    for path in sorted(path for path in person.folder.rglob("*") if path.is_file() and ".git" not in path.parts):
        content = path.read_bytes()
        if content[:4] == b"PAR1":
            content = pd.read_parquet(path).to_csv().encode()
        if PERSON.encode() in content:
            found.append(str(path.relative_to(person.folder)))
    return found


def test_a_person_is_forgotten(team: Team, tmp_path: Path) -> None:
    anna = team.anna
    assert "data/table.parquet" in holders(anna)
    (tmp_path / "ids").write_text(f"{PERSON}\n", encoding="utf-8")
    assert "erase: 1 raw row by order" in lifecycle(anna, "erase", "--dry", "--ids", str(tmp_path / "ids"))
    assert "data/table.parquet" in holders(anna)
    lifecycle(anna, "erase", "--ids", str(tmp_path / "ids"))
    rebuild(anna)
    publish(anna, "A person is forgotten")
    must(anna, "git", "tag", "forgotten")
    assert "nothing holds these rows any more" in lifecycle(anna, "erase", "--ids", str(tmp_path / "ids"))
    assert holders(anna) == []
    assert PERSON not in set(pd.read_parquet(anna.folder / "data/table.parquet")["order"])
    lifecycle(anna, "verify", "--remote")


def test_the_other_clone_forgets_too(team: Team) -> None:
    ben = team.ben
    must(ben, "git", "pull", "--quiet", "origin", "main")
    must(ben, "dvc", "pull", "--quiet")
    lifecycle(ben, "erase", "--recorded")
    rebuild(ben)
    assert holders(ben) == []
    assert outputs(ben) == outputs(team.anna)


def test_going_back_says_what_is_erased_and_reaches_what_is_not(team: Team) -> None:
    ben = team.ben
    code, message = refuse(ben, "rollback", "--discard", "first")
    assert code == 2
    assert "erased" in message
    ben.edit("conf/model/lightgbm.yaml", {r"^num_leaves: .*": "num_leaves: 15"})
    rebuild(ben)
    publish(ben, "Larger trees again")
    must(ben, "git", "fetch", "--quiet", "--tags", str(team.anna.folder))
    lifecycle(ben, "rollback", "forgotten")
    assert outputs(ben) == outputs(team.anna)
    must(ben, "git", "commit", "--quiet", "--message", "Back to the smaller trees")


def test_the_cache_is_cleaned_and_the_version_stands(team: Team) -> None:
    ben = team.ben
    said = lifecycle(ben, "gc")
    assert "removed" in said
    lifecycle(ben, "verify")
    lifecycle(ben, "gate")
    assert "all with the hash in dvc.lock" in lifecycle(ben, "audit")
    assert yaml.safe_load((ben.folder / "params.yaml").read_text(encoding="utf-8"))["through"] == "2013-09-30"
