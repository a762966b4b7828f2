"""The benchmark of default runs on tables: what it reads, how it matches, compares and reports, and one whole run."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders.picks import TOP, write_picks
from builders.versions import inside

from benchmarks import _rivals, _runs, quality
from benchmarks._runs import Run, Usage
from lifecycle import config
from lifecycle.errors import CorruptFile, FileError, LifecycleError, UnfitTable, WrongValue
from lifecycle.evaluation.metric import Metric
from lifecycle.versioning import workspace

ROWS = 200


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "RESAMPLES", 50)


def make_run(task: Any, labels: list[float], scores: Any) -> Run:
    """A run whose rows are all of the test part, but the ones without a label."""
    known = ~np.isnan(np.array(labels))
    return Run(task, 2, np.array(labels), np.zeros(len(labels), dtype=bool), known, np.array(scores))


def load_metric(name: str) -> Metric:
    with inside(TOP):
        return config.load(quality.Metrics).metric[name]


def write_table(path: Path, **columns: Any) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def draw_table(path: Path) -> Path:
    """A number that follows from a number and a category, with no label in the first row."""
    generator = np.random.default_rng(1)
    size, kind = generator.normal(size=ROWS), generator.choice(["small", "large"], ROWS)
    target = (3 * size + 5 * (kind == "large") + generator.normal(size=ROWS)).round(6)
    target[0] = np.nan
    return write_table(path, size=size, kind=kind, target=target, part=np.where(np.arange(ROWS) % 4, "train", "test"))


def test_a_table_without_its_columns_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnfitTable, match="no column target and no column part; the columns are size, kind"):
        _runs.read_rows(write_table(tmp_path / "one.csv", size=[1], kind=[2]))
    with pytest.raises(UnfitTable, match="no column part; the columns are size, target"):
        _runs.read_rows(write_table(tmp_path / "two.csv", size=[1], target=[2]))


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (["train", "train"], "'train'"),
        (["train", "tset"], "'train', 'tset'"),
        (["test", "valid"], "'test', 'valid'"),
        (["train", None], "'', 'train'"),
    ],
)
def test_a_table_without_train_and_test_is_told(parts: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitTable, match=f"part holds {told}, not train and test"):
        _runs.read_rows(write_table(tmp_path / "one.csv", target=[1, 2], part=parts))


def test_parts_are_read_as_the_split_reads_them(tmp_path: Path) -> None:
    rows = _runs.read_rows(write_table(tmp_path / "one.csv", target=[1, 2, 3], part=["Train", " test", "valid "]))
    assert list(_runs.normalize_parts(rows)) == ["train", "test", "valid"]


def test_tables_are_the_csv_files_by_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in quality.list_tables(str(tmp_path))] == ["a.csv", "b.csv"]
    for folder in ("", str(tmp_path / "none")):
        with pytest.raises(WrongValue, match="has no CSV files"):
            quality.list_tables(folder)


def test_rivals_are_lightgbm_and_those_asked_for() -> None:
    parse = quality.build_parser().parse_args
    assert quality.parse_rivals(parse(["here"])) == {"lightgbm": sys.executable}
    asked = parse(["here", "--other", f"flaml={sys.executable}"])
    assert quality.parse_rivals(asked) == {"lightgbm": sys.executable, "flaml": sys.executable}
    assert quality.parse_rivals(parse(["here", "--other", "skrub"]))["skrub"] == sys.executable
    with pytest.raises(WrongValue, match="'' is no program"):
        quality.parse_rivals(parse(["here", "--other", "flaml"]))
    with pytest.raises(WrongValue, match="'h2o' is not known"):
        quality.parse_rivals(parse(["here", "--other", f"h2o={sys.executable}"]))
    with pytest.raises(WrongValue, match="'/no/python' is no program"):
        quality.parse_rivals(parse(["here", "--other", "flaml=/no/python"]))


def test_wins_ties_and_losses_follow_the_interval() -> None:
    labels = [0.0, 1.0] * 50
    good, bad = np.array(labels), np.tile([0.1, 0.2, 0.2, 0.1], 25)
    metric = load_metric("roc_auc")
    win = quality.compare_scores(make_run("binary", labels, good), bad, metric)
    assert (win.head, win.base, win.difference.low > 0) == (1.0, 0.5, True)
    loss = quality.compare_scores(make_run("binary", labels, bad), good, metric)
    assert loss.difference.high == -win.difference.low
    tie = quality.compare_scores(make_run("binary", labels, bad), bad, metric)
    assert [quality.judge_change(one) for one in (win, loss, tie)] == ["win", "loss", "tie"]


def test_a_lower_error_is_a_win_and_rows_without_label_count_for_nobody() -> None:
    labels = [float(number) for number in range(20)]
    run = make_run("regression", [*labels, np.nan], np.array(labels) + 1)
    change = quality.compare_scores(run, np.array(labels) + np.tile([1.0, 3.0], 10), load_metric("rmse"))
    assert (change.head, change.base) == (1.0, pytest.approx(5**0.5))
    assert (run.left_out, quality.judge_change(change)) == (1, "win")


def test_a_line_holds_rows_scores_difference_and_cost() -> None:
    labels = [float(number) for number in range(20)]
    run = make_run("regression", labels, np.array(labels) + 1)
    change = quality.compare_scores(run, np.array(labels) + 2, load_metric("rmse"))
    line = quality.render_line("houses", run, Usage(60.4, 90.0, 512.0), "flaml", Usage(1.2, 2.0, 256.0), change)
    told = "houses 0 20 0 rmse 1 60 90 512 flaml 2 1 2 256 -1 (-1 to -1) -50.00 win"
    assert " ".join(line.split()) == told


def test_the_sums_leave_out_what_failed() -> None:
    used, other = Usage(10.0, 20.0, 300.0), Usage(1.0, 1.0, 400.0)
    ended = [quality.Outcome("lightgbm", result, used, other) for result in ("win", "loss", "win")]
    outcomes = [*ended, quality.Outcome("lightgbm", "failure", used), quality.Outcome("flaml", "failure")]
    assert quality.describe_rival("lightgbm", outcomes) == (
        "beside lightgbm: 2 wins, 0 ties, 1 loss, 1 failure; ours 30 s, 60 s of CPU time, at most 300 MiB; "
        "lightgbm 3 s, 3 s of CPU time, at most 400 MiB"
    )
    assert quality.describe_rival("flaml", outcomes) == "beside flaml: 0 wins, 0 ties, 0 losses, 1 failure"


def test_one_unfit_table_is_told_and_ends_in_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "unfit.csv", size=[1, 2])
    assert quality.main(["."]) == 1
    _, first, second, third, *_, sums, total = capsys.readouterr().out.splitlines()
    assert first == "unfit: failed"
    assert second == "error: there is no column target and no column part; the columns are size"
    assert third == f"where: {tmp_path / 'unfit.csv'}"
    assert sums == "beside lightgbm: 0 wins, 0 ties, 0 losses, 1 failure"
    assert total == "1 table in 0 s"


def test_a_program_is_measured_and_its_own_error_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    work = "import time; block = bytearray(300 * 2**20); time.sleep(0.2)"
    used = _runs.run_measured([sys.executable, "-c", work], tmp_path, log)
    assert (used.seconds > 0.2, 0 < used.processor < used.seconds + 5, 300 < used.mebibytes < 400) == (True,) * 3
    three = "print('error: one\\nwhere: two\\nnext:  three\\nERROR: of another'); raise SystemExit(3)"
    with pytest.raises(LifecycleError) as caught:
        _runs.run_measured([sys.executable, "-c", three], tmp_path, log)
    assert str(caught.value) == "error: one\nwhere: two\nnext:  three"
    log.write_bytes(b"")
    with pytest.raises(FileError, match="ended with exit code 1: no words"):
        _runs.run_measured([sys.executable, "-c", "raise SystemExit('no words')"], tmp_path, log)


def test_predictions_of_other_rows_are_rejected() -> None:
    _runs.must_match(np.array([0, 1]), np.array([0.0, 1.0]))
    with pytest.raises(CorruptFile, match="the labels of 1 of 2 test rows are not those of the table"):
        _runs.must_match(np.array([0, 1]), np.array([1.0, 1.0]))


def test_what_is_of_this_repository_alone_is_left_behind(tmp_path: Path) -> None:
    kept, gone = ["data/erased/README.md", "params.yaml"], ["data/erased/1.yaml", "data/feedback/late.csv", "dvc.lock"]
    for name in [*kept, *gone]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    _runs.forget_data(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == kept


def test_texts_become_the_categories_of_train() -> None:
    train = pd.DataFrame({"size": [1.0, 2.0, 3.0], "kind": ["a", "b", None], "code": [1, 2, 2]})
    test = pd.DataFrame({"size": [1.0, 2.0], "kind": ["b", "c"], "code": ["2", "x"]})
    learnt, asked = _rivals.make_categories(train, test)
    assert list(learnt["kind"].cat.codes) == [0, 1, -1]
    assert list(asked["kind"].cat.codes) == [1, -1]
    assert list(asked["code"].cat.codes) == [1, -1]
    assert list(asked["size"]) == [1.0, 2.0]
    assert list(_rivals.number_columns(test).columns) == ["column_0", "column_1", "column_2"]


def make_rows(task: str, classes: int) -> _rivals.Rows:
    features = pd.DataFrame({"size": [0.0, 1.0]})
    return _rivals.Rows(features, features, pd.Series([0, 1]), task, classes, 5.0)


def test_classes_that_a_program_did_not_see_have_probability_0() -> None:
    seen = np.array([[0.25, 0.75], [0.5, 0.5]])
    assert _rivals.place_classes(seen, [0, 2], make_rows("multiclass", 3)).tolist() == [[0.25, 0, 0.75], [0.5, 0, 0.5]]
    assert _rivals.place_classes(seen, [0, 1], make_rows("binary", 2)).tolist() == [0.75, 0.5]


@pytest.mark.parametrize("rival", ["lightgbm", "skrub"])
@pytest.mark.parametrize(("task", "shape"), [("regression", (5,)), ("binary", (5,)), ("multiclass", (5, 3))])
def test_a_rival_writes_a_line_for_each_test_row(task: str, shape: tuple[int, ...], rival: str, tmp_path: Path) -> None:
    classes = 3 if task == "multiclass" else 2
    labels = np.arange(60) % classes
    write_table(tmp_path / "train.csv", **{"[odd] name": labels, "kind": np.where(labels, "a", "b"), "target": labels})
    write_table(tmp_path / "test.csv", **{"[odd] name": labels[:5], "kind": np.where(labels[:5], "a", "b")})
    assert _rivals.main([rival, task, str(classes), "1", str(tmp_path)]) == 0
    scores = np.loadtxt(tmp_path / "scores.txt")
    assert scores.shape == shape
    if task != "regression":
        right = scores.argmax(axis=1) if scores.ndim == 2 else scores > 0.5
        assert right.tolist() == labels[:5].tolist()


class FakeFlaml:
    """FLAML's AutoML, which keeps what it was asked for."""

    classes_ = (0, 1)
    asked: dict[str, Any]

    def fit(self, train: pd.DataFrame, labels: pd.Series, **asked: Any) -> None:
        type(self).asked = asked

    def predict(self, test: pd.DataFrame) -> list[float]:
        return [7.0] * len(test)

    def predict_proba(self, test: pd.DataFrame) -> list[list[float]]:
        return [[0.25, 0.75]] * len(test)


@pytest.mark.parametrize(
    ("task", "asked", "scores"),
    [("regression", ("regression", "rmse"), [7.0, 7.0]), ("binary", ("classification", "roc_auc"), [0.75, 0.75])],
)
def test_flaml_searches_by_the_score_within_the_seconds(
    task: str, asked: tuple[str, str], scores: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "flaml", SimpleNamespace(AutoML=FakeFlaml))
    assert _rivals.fit_flaml(make_rows(task, 2)).tolist() == scores
    assert (FakeFlaml.asked["task"], FakeFlaml.asked["metric"], FakeFlaml.asked["time_budget"]) == (*asked, 5.0)


class FakePredictor:
    """AutoGluon's TabularPredictor, which keeps what it was asked for."""

    asked: dict[str, Any]

    def __init__(self, **asked: Any) -> None:
        type(self).asked = asked

    def fit(self, train: pd.DataFrame, **asked: Any) -> "FakePredictor":
        type(self).asked |= {**asked, "columns": list(train)}
        return self

    def predict(self, test: pd.DataFrame) -> pd.Series:
        return pd.Series(7.0, index=test.index)

    def predict_proba(self, test: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({1: 0.75, 0: 0.25}, index=test.index)


@pytest.mark.parametrize(
    ("task", "metric", "scores"),
    [("regression", "root_mean_squared_error", [7.0, 7.0]), ("binary", "roc_auc", [0.75, 0.75])],
)
def test_autogluon_takes_its_preset_within_the_seconds(
    task: str, metric: str, scores: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "autogluon.tabular", SimpleNamespace(TabularPredictor=FakePredictor))
    assert _rivals.fit_autogluon(make_rows(task, 2)).tolist() == scores
    asked = FakePredictor.asked
    assert (asked["problem_type"], asked["eval_metric"], asked["time_limit"]) == (task, metric, 5.0)
    assert (asked["presets"], asked["label"], asked["columns"]) == ("medium_quality", "target", ["size", "target"])


@pytest.mark.slow
def test_a_table_goes_through_a_default_run_beside_lightgbm_and_without_an_ensemble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tables := tmp_path / "tables").mkdir()
    draw_table(tables / "sizes.csv")
    with inside(TOP):
        workspace.copy_sources(tmp_path / "repository")
    write_picks(tmp_path / "repository", candidates=["baseline", "linear"])
    monkeypatch.setattr(quality, "RESAMPLES", 500)
    monkeypatch.chdir(tmp_path / "repository")
    assert quality.main([str(tables), "--other", "single"]) == 0
    _, line, single, _, sums, beside, total = capsys.readouterr().out.splitlines()
    told = line.split()
    assert told[:5] == ["sizes", "150", "49", "1", "rmse"]
    assert (told[9], told[-1]) == ("lightgbm", "win")  # the target is linear
    assert 0.8 < float(told[5]) < 1.2  # the noise's deviation is 1
    assert sums.startswith("beside lightgbm: 1 win, 0 ties, 0 losses, 0 failures; ours ")
    assert (single.split()[9:11], single.split()[-1]) == (["single", told[5]], "tie")  # one candidate alone is best
    assert float(single.split()[11]) < float(told[6])  # the search is not repeated
    assert beside.startswith("beside single: 0 wins, 1 tie, 0 losses, 0 failures; ours ")
    assert total.startswith("1 table in ")
