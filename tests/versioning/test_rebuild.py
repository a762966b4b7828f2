"""Which stages are rebuilt, in which order, and what a copy has of the others."""

from pathlib import Path

from lifecycle.versioning.rebuild import RebuildPlan, lend_output, list_downstream, plan_rebuild


def entry(deps: str = "", outs: str = "") -> dict[str, list[dict[str, str]]]:
    return {"deps": [{"path": name} for name in deps.split()], "outs": [{"path": name} for name in outs.split()]}


STAGES = {
    "test": entry("data/table models/model reports/evaluate/threshold.json", "reports/test.json"),
    "evaluate": entry("models/model", "reports/evaluate"),
    "collect": entry("src", "data/raw"),
    "explore": entry("data/table", "reports/explore"),
    "train": entry("data/table", "models/model"),
    "clean": entry("data/raw", "data/table"),
    "present": entry("reports/test.json reports/explore", "reports/index.html"),
}


def test_a_stage_and_all_that_depend_on_it_come_in_order() -> None:
    assert list_downstream(STAGES, "train") == ["train", "evaluate", "test", "present"]
    assert list_downstream(STAGES, "present") == ["present"]


def test_a_stage_that_is_not_there_has_nothing_behind_it() -> None:
    assert list_downstream(STAGES, "package") == []


def test_frozen_stages_are_left_as_they_are() -> None:
    assert plan_rebuild(STAGES, "train", ["train", "evaluate", "explore"]) == RebuildPlan(
        run=["test", "present"], frozen=["train", "evaluate"]
    )
    matrix = {"train@a": entry("data/table", "models/a"), "test": entry("models/a", "reports/test.json")}
    assert plan_rebuild(matrix, "train@a", ["train"]) == RebuildPlan(run=["test"], frozen=["train@a"])


def test_an_output_is_lent_whole_and_one_that_is_absent_is_left_out(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data/raw/orders").mkdir(parents=True)
    Path("data/raw/orders/1.parquet").write_text("one", encoding="utf-8")
    Path("data/table.parquet").write_text("two", encoding="utf-8")
    Path("copy").mkdir()
    for name in ("data/raw", "data/table.parquet", "data/absent"):
        lend_output(Path(name), Path("copy"))
    assert Path("copy/data/raw/orders/1.parquet").read_text(encoding="utf-8") == "one"
    assert Path("copy/data/table.parquet").read_text(encoding="utf-8") == "two"
    assert not Path("copy/data/absent").exists()
