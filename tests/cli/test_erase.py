"""Rows that must go: no byte of them is left, earlier versions say so, and nothing brings them back."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from builders import erasable
from builders.erasable import GONE, OPEN, SHOP, STAYS, commit, find_text, run
from builders.object_store import KEYS, serve_bucket

from lifecycle.cli import erase, gc, lineage, resolve, verify
from lifecycle.erasure import erase as erasing
from lifecycle.erasure import label_files, objects, raw_batches
from lifecycle.errors import CorruptFile, ErasedRows, MissingFile, UnknownName, WrongValue
from lifecycle.feedback.prediction_log import KEY, Log, build_privacy
from lifecycle.io.hashes import hash_sha256
from lifecycle.stages import collect
from lifecycle.versioning import dvc_storage, revisions, rollback

pytestmark = pytest.mark.slow  # versions in Git that DVC builds
NOW = datetime(2013, 4, 1, 12, tzinfo=UTC)
KEPT = ("data", "models", "reports", "runs", ".dvc/cache", "../remote")
RECORD = "data/erased/2013-04-01-*.json"


@pytest.fixture(scope="session")
def erasable_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("erasable") / "orders"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        erasable.set_environment(patch, folder)
        erasable.build(folder)
    return folder


@pytest.fixture
def repository(erasable_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return erasable.open_copy(erasable_built, tmp_path, monkeypatch)


def ids(*wanted: str) -> str:
    """A file of ids outside of the repository."""
    path = Path("../ids.txt")
    path.write_text("".join(f"{one}\n" for one in wanted), encoding="utf-8")
    return str(path)


def run_erase(*arguments: str) -> int:
    return erase.main([*arguments, "--reason", "asked to be forgotten"], NOW)


def record() -> dict[str, object]:
    (path,) = Path().glob(RECORD)
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found


def read_batches() -> dict[str, dict[str, object]]:
    """The batches in data/provenance.json by their names."""
    return {one["batch"]: one for one in json.loads(Path("data/provenance.json").read_text())["batches"]}


def state() -> dict[str, str]:
    """The hash of each file of the repository and of its remote, Git's and DVC's own notes left out."""
    tops = (Path(), Path("../remote"))
    files = [path for top in tops for path in top.rglob("*") if path.is_file()]
    return {str(path): hash_sha256(path) for path in files if not {".git", "tmp"} & set(path.parts)}


@pytest.mark.usefixtures("repository")
def test_no_byte_of_an_erased_open_row_is_left() -> None:
    Path("runs/open_predictions.csv").write_text(f"id,probability\n{OPEN},0.5\n{GONE},0.25\n", encoding="utf-8")
    outputs = {"data/open.parquet", "data/open_features.parquet"}
    assert {*outputs, "data/raw/orders/2013-01.parquet", "runs/open_predictions.csv"} <= {*find_text(OPEN, *KEPT)}
    assert run_erase("--ids", ids(OPEN)) == 0
    assert find_text(OPEN, *KEPT) == []
    assert not any(Path(path).exists() for path in outputs)
    assert Path("runs/open_predictions.csv").read_text(encoding="utf-8") == f"id,probability\n{GONE},0.25\n"
    run("dvc", "repro", "--quiet")
    assert len(pd.read_parquet("data/open.parquet")) == 0


def test_no_byte_of_an_erased_row_is_left_and_all_others_are(repository: Path) -> None:
    before = find_text(GONE, *KEPT)
    assert {"data/served/20130201T000000Z-1.jsonl", "reports/largest.csv", "runs/scored.parquet"} <= set(before)
    assert {path.split("/")[0] for path in before} == {"..", ".dvc", "data", "models", "reports", "runs"}
    kept = pd.concat(pd.read_parquet(one) for one in sorted(Path("data/raw/orders").glob("*")))
    assert run_erase("--ids", ids(GONE)) == 0
    assert find_text(GONE, *KEPT) == []
    left = pd.concat(pd.read_parquet(one) for one in sorted(Path("data/raw/orders").glob("*")))
    assert left["order"].to_list() == kept.loc[kept["order"] != GONE, "order"].to_list()
    (labels,) = Path("data/feedback").glob("*.parquet")
    assert pd.read_parquet(labels)["id"].to_list() == [f"2013-01-{one:04d}" for one in (0, 1, 4, 5, 6)]
    assert hash_sha256(labels)[:12] == labels.stem
    assert labels.with_name(f"{labels.name}.dvc").exists()
    assert f"batches: ['{labels.stem}'] # label files" in Path("conf/source/generated.yaml").read_text()
    assert len(Path("data/served/20130201T000000Z-1.jsonl").read_text().splitlines()) == len(kept) - 1
    assert len(pd.read_csv("runs/scored.csv")) == len(pd.read_parquet("runs/scored.parquet"))


def test_provenance_describes_the_batches_that_took_the_place(repository: Path) -> None:
    (labels,) = Path("data/feedback").glob("*.parquet")
    before = [(name.split("/")[0], one["rows"]) for name, one in read_batches().items()]
    assert before == [("orders", 40), ("orders", 40), ("feedback", 6)]
    assert run_erase("--ids", ids(GONE)) == 0
    after = read_batches()
    assert [(name.split("/")[0], one["rows"]) for name, one in after.items()] == [
        *(("orders", 39), ("orders", 40), ("feedback", 5)),
    ]
    assert f"feedback/{labels.name}" not in after
    for name, one in after.items():
        assert hash_sha256(Path("data/raw", name)) == one["sha256"]
        assert len(pd.read_parquet(Path("data/raw", name))) == one["rows"]


def test_the_present_version_is_rebuilt_and_collecting_again_brings_nothing_back(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_erase("--ids", ids(GONE)) == 0
    assert "dvc repro" in capsys.readouterr().out
    said = run("dvc", "repro")
    assert "Running stage 'clean'" in said
    assert "Running stage 'collect'" not in said, "the source may be gone by now"
    table = pd.read_parquet("data/table.parquet")
    assert GONE not in set(table["order"])
    assert STAYS in set(table["order"])
    commit("Rows erased")
    run("dvc", "push", "--quiet")
    raw = {path: hash_sha256(path) for path in Path("data/raw").rglob("*.parquet")}
    provenance = Path("data/provenance.json").read_bytes()
    arguments = ["source=generated", "through=2013-02-28"]
    assert collect.main(arguments) == 0
    assert capsys.readouterr().out.endswith(", 0 batches new, 1 erased row left out\n")
    assert {path: hash_sha256(path) for path in Path("data/raw").rglob("*.parquet")} == raw
    assert Path("data/provenance.json").read_bytes() == provenance
    for path in raw:
        path.unlink()
    assert collect.main(arguments) == 0
    assert {path: hash_sha256(path) for path in Path("data/raw").rglob("*.parquet")} == raw
    assert find_text(GONE, *KEPT) == []
    assert run_erase("--ids", ids(GONE)) == 0
    assert "nothing holds these rows any more" in capsys.readouterr().out


def test_affected_versions_are_erased_and_not_broken(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = json.loads(revisions.read_bytes("v1", Path("reports/test.json")))["metrics"]
    assert run_erase("--ids", ids(GONE)) == 0
    run("dvc", "repro", "--quiet")
    commit("Rows erased")
    capsys.readouterr()
    assert verify.main(["--remote", "v1"]) == 0
    said = capsys.readouterr().out
    assert "erased   data/table.parquet of v1 (" in said
    assert ", erased on 2013-04-01 (asked to be forgotten)" in said
    with pytest.raises(ErasedRows, match=r" was erased on 2013-04-01 \(asked to be forgotten\)") as caught:
        rollback.roll_back(rollback.make_plan("all", "v1"), False, "")
    assert caught.value.todo.startswith("lifecycle lineage ")
    assert lineage.main(["v1"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("erased on 2013-04-01 (asked to be forgotten): ")
    assert last.endswith(f"; its test: brier {metrics['brier']:.4g}")
    versions = record()["versions"]
    assert isinstance(versions, dict)
    (tagged,) = (one for one in versions.values() if one["tags"] == ["v1"])
    assert tagged["metrics"] == metrics
    with pytest.raises(ErasedRows):
        revisions.locate("v1", Path("data/table.parquet"))
    with pytest.raises(ErasedRows):
        rollback.roll_back(rollback.make_plan("data", "v1"), False, "")
    assert gc.main(["--dry"]) == 0


def test_an_earlier_commit_that_is_here_knows_of_the_erasure(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_erase("--ids", ids(GONE)) == 0
    run("dvc", "repro", "--quiet")
    commit("Rows erased")
    run("git", "checkout", "--quiet", "v1")
    assert not list(Path().glob(RECORD))
    assert verify.main(["HEAD"]) == 0
    assert "erased on 2013-04-01" in capsys.readouterr().out


def test_a_rollback_to_a_version_that_is_not_affected_keeps_the_record(repository: Path) -> None:
    assert run_erase("--ids", ids("2013-02-0003")) == 0
    run("dvc", "repro", "--quiet")
    commit("Rows erased")
    before = record()
    rollback.roll_back(rollback.make_plan("all", "v1"), False, "")
    assert Path("params.yaml").read_text() == "problem: generated\nthrough: '2013-01-31'\n"
    assert record() == before
    assert run("git", "status", "--short", "data/erased") == ""


def test_what_another_clone_pushes_again_is_found_and_taken_out(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "all" / "clone"
    shutil.copytree(repository, other, symlinks=True)
    assert run_erase("--ids", ids(GONE)) == 0
    run("dvc", "repro", "--quiet")
    commit("Rows erased")
    run("dvc", "push", "--quiet")
    monkeypatch.chdir(other)
    run("git", "fetch", "--quiet", str(repository), "main:erased")
    run("dvc", "push", "--quiet", "--all-commits")
    assert find_text(GONE, "../remote") != []
    with pytest.raises(CorruptFile, match="erased objects can be had all the same") as caught:
        verify.main(["--remote", "v1"])
    assert caught.value.todo == "lifecycle erase --recorded"
    run("git", "merge", "--quiet", "erased")
    run("dvc", "pull", "--quiet", "--force")
    assert erase.main(["--recorded"], NOW) == 0
    assert find_text(GONE, "data", "models", ".dvc/cache", "../remote") == []
    assert verify.main(["--remote", "v1"]) == 0


def test_two_people_who_erase_rows_of_one_batch_merge_both(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = "2013-01-0010", "2013-01-0011"
    other = tmp_path / "all" / "clone"
    shutil.copytree(repository, other, symlinks=True)
    for folder, one in ((repository, first), (other, second)):
        monkeypatch.chdir(folder)
        assert run_erase("--ids", ids(one)) == 0
        run("dvc", "repro", "--quiet")
        commit("Rows erased")
        run("dvc", "push", "--quiet")
    run("git", "pull", "--quiet", "--no-rebase", "--no-edit", str(repository), "main")
    assert len(list(Path().glob(RECORD))) == 2
    assert resolve.main([]) == 0
    run("dvc", "repro", "--quiet")
    raw = pd.read_parquet("data/raw/orders/2013-01.parquet")["order"]
    assert sorted(raw) == [f"2013-01-{number:04d}" for number in range(40) if number not in (10, 11)]
    commit("Both")
    run("dvc", "push", "--quiet")
    assert erase.main(["--recorded"], NOW) == 0
    for one in (first, second):
        assert find_text(one, "data", "models", "reports", ".dvc/cache", "../remote") == []
    assert verify.main(["--remote"]) == 0


def test_a_dry_run_says_what_would_go_and_changes_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted, before = ids(GONE), state()
    assert run_erase("--dry", "--ids", wanted) == 0
    assert state() == before
    said = capsys.readouterr().out
    assert "batch   data/raw/orders/2013-01.parquet: 1 of 40 rows\n" in said
    assert "file    data/served/20130201T000000Z-1.jsonl: 1 of 80 rows\n" in said
    assert "output  data/table.parquet: dvc repro makes it anew\n" in said
    assert "store   cache: " in said
    assert "store   remote store: " in said
    assert " (v1): " in said
    assert "erase: 2 raw rows by order, 1 values\n" in said


def test_git_history_is_named_with_the_way_to_change_it(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = run("git", "rev-parse", "HEAD")
    assert run_erase("--ids", ids(GONE)) == 0
    said = capsys.readouterr().out
    assert "git     its history holds them: reports/largest.csv (2 versions)\n" in said
    assert "git     git filter-repo --invert-paths --path reports/largest.csv " in said
    assert run("git", "rev-parse", "HEAD") == head


def test_files_of_people_are_named_and_left_alone(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("notes.md").write_text(f"- {GONE} complained\n", encoding="utf-8")
    assert run_erase("--ids", ids(GONE)) == 0
    assert "yours   notes.md holds them: edit or remove it by hand\n" in capsys.readouterr().out
    assert GONE in Path("notes.md").read_text(encoding="utf-8")


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (erasing, "rewrite_workspace"),
        (raw_batches, "write_provenance"),
        (raw_batches, "place_batch"),
        (label_files, "rename_entry"),
        (label_files, "remove_file"),
        (objects, "copy_missing"),
        (objects, "delete_objects"),
    ],
    ids=lambda part: part if isinstance(part, str) else part.__name__.rpartition(".")[2],
)
def test_a_run_that_was_killed_is_completed_by_the_next(
    repository: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, name, stop)
        with pytest.raises(KeyboardInterrupt):
            run_erase("--ids", ids(GONE))
    assert record()["unfinished"] == ["all of it"]
    raw = pd.concat(pd.read_parquet(one) for one in sorted(Path("data/raw/orders").glob("[0-9]*")))
    assert len(raw) in (79, 80)
    assert run_erase("--ids", ids(GONE)) == 0
    assert find_text(GONE, *KEPT) == []
    assert record()["unfinished"] == []
    assert record()["rows"] == 2
    for batch, one in read_batches().items():
        assert hash_sha256(Path("data/raw", batch)) == one["sha256"]
    (labels,) = Path("data/feedback").glob("*.parquet")
    assert labels.stem in Path("conf/source/generated.yaml").read_text()
    assert Path("data/raw/feedback", labels.name).exists()
    run("dvc", "repro", "--quiet")
    assert find_text(GONE, *KEPT) == []


def test_a_remote_that_cannot_be_reached_is_left_to_do(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise MissingFile("the remote 'store' cannot be used: no route", where=".dvc/config", todo="try again")

    with monkeypatch.context() as patch:
        patch.setattr(objects.remotes, "open_remote", fail)
        with pytest.raises(MissingFile, match="not everything is erased yet: remote store") as caught:
            run_erase("--ids", ids(GONE))
    assert caught.value.todo.endswith("then the same command again")
    assert "left    remote store: the remote 'store' cannot be used: no route\n" in capsys.readouterr().out
    assert record()["unfinished"] == ["remote store"]
    assert find_text(GONE, *KEPT[:-1]) == []
    assert find_text(GONE, "../remote") != []
    assert run_erase("--ids", ids(GONE)) == 0
    assert find_text(GONE, *KEPT) == []
    assert record()["unfinished"] == []


def test_the_rows_with_a_value_go_and_their_ids_everywhere(repository: Path) -> None:
    rows = pd.concat(pd.read_parquet(one) for one in sorted(Path("data/raw/orders").glob("*")))
    going = rows.loc[rows["shop"] == SHOP, "order"]
    staying = rows.loc[rows["shop"] != SHOP, "order"]
    assert len(going) > 5
    assert run_erase("--where", f"shop={SHOP}") == 0
    for one in going:
        assert find_text(one, *KEPT) == [], one
    left = pd.concat(pd.read_parquet(one) for one in sorted(Path("data/raw/orders").glob("*")))
    assert sorted(left["order"]) == sorted(rows.loc[rows["shop"] != SHOP, "order"]) or set(left["order"]) >= set(
        staying
    )
    logged = [json.loads(line)["id"] for line in Path("data/served/20130201T000000Z-1.jsonl").read_text().splitlines()]
    assert logged == left["order"].to_list()
    assert SHOP not in json.dumps(record())


def test_a_batch_and_a_label_file_without_a_row_left_go_away(repository: Path) -> None:
    rows = pd.read_parquet("data/raw/orders/2013-01.parquet")
    assert run_erase("--ids", ids(*rows["order"])) == 0
    assert not Path("data/raw/orders/2013-01.parquet").exists()
    assert not list(Path("data/feedback").glob("*.parquet*"))
    assert "batches: [] # label files" in Path("conf/source/generated.yaml").read_text()
    assert list(read_batches()) == ["orders/2013-02.parquet"]
    assert collect.main(["source=generated", "through=2013-02-28"]) == 0
    assert not Path("data/raw/orders/2013-01.parquet").exists()


def test_a_record_holds_no_id(repository: Path) -> None:
    assert run_erase("--ids", ids(GONE)) == 0
    text = json.dumps(record())
    assert GONE not in text
    assert record()["column"] == "order"
    assert record()["reason"] == "asked to be forgotten"


def test_an_id_that_nothing_has_is_rejected(repository: Path) -> None:
    wanted, before = ids(GONE, "2013-09-9999"), state()
    with pytest.raises(UnknownName, match=r"no batch, table or log has order 2013-09-9999: 1 of 2 unknown"):
        run_erase("--ids", wanted)
    with pytest.raises(UnknownName, match=r"no batch, table or log has shop nowhere: 1 of 1 unknown"):
        run_erase("--where", "shop=nowhere")
    with pytest.raises(UnknownName, match=r"no raw table has a column 'shops'") as caught:
        run_erase("--where", "shops=north")
    assert caught.value.todo.endswith("use 'shop'")
    assert state() == before


def test_a_file_of_ids_that_is_not_there_or_empty_is_rejected(repository: Path) -> None:
    with pytest.raises(MissingFile, match=r"nowhere\.txt does not exist"):
        run_erase("--ids", "nowhere.txt")
    with pytest.raises(WrongValue, match="names no order"):
        run_erase("--ids", ids("order", ""))
    with pytest.raises(WrongValue, match="'shop' is no condition"):
        run_erase("--where", "shop")


@pytest.mark.parametrize("name", ["data/provenance.json", "reports/largest.csv", "conf/source/generated.yaml"])
def test_work_that_no_commit_has_is_not_lost(repository: Path, name: str) -> None:
    with Path(name).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    with pytest.raises(WrongValue, match=f"there is work that no commit has, in files that change: {name}"):
        run_erase("--ids", ids(GONE))
    assert not list(Path().glob(RECORD))


def test_work_elsewhere_does_not_stand_in_the_way(repository: Path) -> None:
    Path("present.py").write_text(Path("present.py").read_text() + "\n", encoding="utf-8")
    assert run_erase("--ids", ids(GONE)) == 0


def test_a_log_that_a_service_writes_to_is_left_to_do(repository: Path) -> None:
    log = Log(Path("data/served"), NOW)
    log.append([{"id": GONE, "time": "2013-04-01T12:00:00+00:00", "version": "v", "inputs": {}, "prediction": {}}])
    with pytest.raises(MissingFile, match=r"data/served/20130401T120000Z-1\.jsonl, which a running service writes to"):
        run_erase("--ids", ids(GONE))
    log.append([{"id": STAYS, "time": "2013-04-01T12:00:00+00:00", "version": "v", "inputs": {}, "prediction": {}}])
    log.close()
    assert run_erase("--ids", ids(GONE)) == 0
    (line,) = Path("data/served/20130401T120000Z-1.jsonl").read_text().splitlines()
    assert json.loads(line)["id"] == STAYS


def test_hashes_in_the_log_are_found_with_their_key(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("conf/serve/default.yaml").write_text("hash: [order]\n", encoding="utf-8")
    environment = {KEY: "a key of the log, long enough"}
    hashed = build_privacy((), ["order"], environment).redact("order", GONE)
    path = Path("data/served/20130301T000000Z-1.jsonl")
    path.write_text(json.dumps({"id": hashed, "time": "2013-03-01T00:00:00Z", "version": "v", "prediction": {}}) + "\n")
    with pytest.raises(WrongValue, match=f"and {KEY} has 0 characters"):
        run_erase("--ids", ids(GONE))
    monkeypatch.setenv(KEY, environment[KEY])
    assert run_erase("--ids", ids(GONE)) == 0
    assert not path.exists()


def test_with_models_those_of_the_affected_versions_go(repository: Path) -> None:
    model = revisions.hash_outputs("v1")[Path("models/model.skops")]
    cache = revisions.cache_folder()
    assert run_erase("--ids", ids(GONE)) == 0
    assert dvc_storage.object_path(cache, model).exists()
    assert run_erase("--models", "--ids", ids(GONE)) == 0
    assert not dvc_storage.object_path(cache, model).exists()


def test_an_interrupted_rollback_is_taken_back_first(repository: Path) -> None:
    rollback.JOURNAL.parent.mkdir(parents=True)
    rollback.JOURNAL.write_text("{}", encoding="utf-8")
    with pytest.raises(WrongValue, match="a rollback was interrupted"):
        run_erase("--ids", ids(GONE))


def test_rows_that_a_merge_brought_back_are_left_out_again(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "orders/2013-01.parquet"
    old, listed = Path("data/raw", name).read_bytes(), read_batches()
    assert run_erase("--ids", ids(GONE)) == 0
    new, provenance = Path("data/raw", name).read_bytes(), Path("data/provenance.json").read_bytes()
    Path("data/raw", name).write_bytes(old)
    merged = [*(read_batches() | {name: listed[name]}).values()]
    Path("data/provenance.json").write_text(json.dumps({"batches": merged, "through": "2013-02-28"}), encoding="utf-8")
    assert collect.main(["source=generated", "through=2013-02-28"]) == 0
    assert capsys.readouterr().out.endswith(", 1 batch new, 1 erased row left out\n")
    assert Path("data/raw", name).read_bytes() == new
    assert Path("data/provenance.json").read_bytes() == provenance


def test_a_remote_in_s3_is_read_and_cleaned(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import boto3

    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with serve_bucket("erasures") as address:
        client = boto3.client("s3", endpoint_url=address)
        run("dvc", "remote", "add", "--quiet", "--local", "far", "s3://erasures/store")
        run("dvc", "remote", "modify", "--quiet", "--local", "far", "endpointurl", address)
        run("dvc", "push", "--quiet", "--remote", "far")
        before = {one["Key"] for one in client.list_objects_v2(Bucket="erasures")["Contents"]}
        assert run_erase("--ids", ids(GONE)) == 0
        assert "store   remote far: " in capsys.readouterr().out
        after = {one["Key"] for one in client.list_objects_v2(Bucket="erasures")["Contents"]}
        assert before - after
        for key in after:
            Path("../got").write_bytes(client.get_object(Bucket="erasures", Key=key)["Body"].read())
            assert not any(GONE in text for text in erasable.read_texts(Path("../got"))), key
        assert run_erase("--ids", ids(GONE)) == 0
        assert "nothing holds these rows any more" in capsys.readouterr().out


def test_a_project_in_a_folder_of_a_larger_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "all" / "shop" / "orders"
    folder.mkdir(parents=True)
    erasable.set_environment(monkeypatch, folder)
    erasable.build(folder, top=tmp_path / "all")
    assert run_erase("--ids", ids(GONE)) == 0
    assert "git filter-repo --invert-paths --path shop/orders/reports/largest.csv" in capsys.readouterr().out
    assert find_text(GONE, *KEPT) == []
    assert verify.main(["v1"]) == 0
    assert "erased on 2013-04-01" in capsys.readouterr().out
