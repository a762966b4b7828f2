"""The rules that a version picks, and which of them changed, on files written by hand."""

import json
from pathlib import Path

import pytest

from lifecycle.review.config_diff import OptionChange
from lifecycle.review.rules import compare_rules, list_changed_engine
from lifecycle.review.versions import HEAD, Gaps
from lifecycle.versioning.version import Version

FILES = {
    "params.yaml": "problem: orders\ngate: floors\nleaks: usual\nseed: 1\nthrough: '2013'\ntraining: all\n",
    "conf/problem/orders.yaml": (
        "question: which?\ntask: binary\ntarget: late\nsplit: random\nscore: roc_auc\nblock: day\nslices: [shop, day]\n"
        "costs: {false_positive: 1, false_negative: 3}\n"
        "kpis:\n- {metric: roc_auc, floor: 0.7, why: so}\n- {metric: brier, floor: 0.2, why: so}\n"
    ),
    "conf/problem/other.yaml": "target: late\nscore: brier\n",
    "conf/gate/floors.yaml": "judge: value\ntolerance: 0.005\n",
    "conf/gate/loose.yaml": "judge: value\ntolerance: 0.5\n",
    "conf/leaks/usual.yaml": "column: 0.98\n",
    "conf/split/random.yaml": "test: 0.15\nvalid: 0.15\n",
    "conf/split/by_time.yaml": "test_days: 30\n",
    "conf/clean/orders.yaml": "steps: [{_target_: drop_rows, where: x > 1}]\n",
    "conf/source/orders.yaml": "share: 1.0\n",
    "conf/schema/orders.yaml": (
        "columns:\n"
        "  id: {role: id, missing: reject, description: a}\n"
        "  price: {role: feature, low: 0, high: 9, description: b}\n"
        "  late: {role: target, description: c}\n"
    ),
    "conf/metric/roc_auc.yaml": "_better_: higher\n_description_: area\n",
    "conf/model/tree.yaml": "max_depth: 3\n",
}


class Before(Version):
    """The version whose files lie in the folder `before`."""

    def read_record(self, path: Path):
        return super().read_record(Path("before") / path)

    def read_text(self, path: Path) -> str:
        return super().read_text(Path("before") / path)


@pytest.fixture
def edit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lifecycle.review.rules.list_changed_files", lambda base, *tops: list(changed))
    changed: list[str] = []
    for name, text in FILES.items():
        for folder in (Path(), Path("before")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")

    def edited(name: str, old: str, new: str) -> list[OptionChange]:
        text = Path(name).read_text(encoding="utf-8")
        assert old in text
        Path(name).write_text(text.replace(old, new), encoding="utf-8")
        changed.extend([name] if name.startswith("conf/metric") else [])
        return compare_rules(Before("base"), HEAD, Gaps())

    return edited


@pytest.mark.parametrize(
    ("name", "old", "new", "key", "base", "head"),
    [
        ("params.yaml", "seed: 1", "seed: 2", "seed", 1, 2),
        ("conf/problem/orders.yaml", "target: late", "target: lost", "target", "late", "lost"),
        ("conf/problem/orders.yaml", "task: binary", "task: multiclass", "task", "binary", "multiclass"),
        ("conf/problem/orders.yaml", "score: roc_auc", "score: brier", "score", "roc_auc", "brier"),
        ("conf/problem/orders.yaml", "block: day", "block: null", "block", "day", None),
        ("conf/problem/orders.yaml", "[shop, day]", "[day]", "slices", ["shop", "day"], ["day"]),
        ("conf/problem/orders.yaml", "false_negative: 3", "false_negative: 1", "costs.false_negative", 3, 1),
        ("conf/problem/orders.yaml", "floor: 0.7", "floor: 0.6", "kpis.roc_auc.floor", 0.7, 0.6),
        ("conf/gate/floors.yaml", "0.005", "0.05", "tolerance", 0.005, 0.05),
        ("conf/leaks/usual.yaml", "0.98", "1.0", "column", 0.98, 1.0),
        ("conf/split/random.yaml", "test: 0.15", "test: 0.10", "test", 0.15, 0.1),
        ("conf/clean/orders.yaml", "x > 1", "x > 2", "steps.0.where", "x > 1", "x > 2"),
        ("conf/source/orders.yaml", "1.0", "0.5", "share", 1.0, 0.5),
        ("conf/schema/orders.yaml", "high: 9", "high: 5", "limits.price.high", 9, 5),
        ("conf/metric/roc_auc.yaml", "higher", "lower", "_better_", "higher", "lower"),
    ],
)
def test_what_decides_is_named_where_it_changed(edit, name, old, new, key, base, head):
    assert edit(name, old, new) == [OptionChange(file=name, key=key, base=base, head=head)]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("params.yaml", "through: '2013'", "through: '2014'"),
        ("params.yaml", "training: all", "training: newest"),
        ("conf/problem/orders.yaml", "which?", "what?"),
        ("conf/problem/orders.yaml", "why: so", "why: thus"),
        ("conf/problem/other.yaml", "brier", "roc_auc"),
        ("conf/gate/loose.yaml", "0.5", "0.6"),
        ("conf/split/by_time.yaml", "30", "61"),
        ("conf/schema/orders.yaml", "description: b", "description: d"),
        ("conf/metric/roc_auc.yaml", "area", "the area"),
        ("conf/model/tree.yaml", "3", "4"),
    ],
)
def test_what_does_not_decide_is_no_rule(edit, name, old, new):
    assert edit(name, old, new) == []


def test_a_removed_kpi_is_named_by_its_metric(edit):
    assert edit("conf/problem/orders.yaml", "- {metric: roc_auc, floor: 0.7, why: so}\n", "") == [
        OptionChange(file="conf/problem/orders.yaml", key="kpis.roc_auc.floor", base=0.7, head=None)
    ]


def test_another_pick_is_compared_with_the_one_before(edit):
    assert edit("params.yaml", "gate: floors", "gate: loose") == [
        OptionChange(file="params.yaml", key="gate", base="floors", head="loose"),
        OptionChange(file="conf/gate/floors.yaml → conf/gate/loose.yaml", key="tolerance", base=0.005, head=0.5),
    ]


def test_another_split_of_the_problem_is_compared_with_the_one_before(edit):
    found = edit("conf/problem/orders.yaml", "split: random", "split: by_time")
    assert [(one.key, one.base, one.head) for one in found] == [
        ("split", "random", "by_time"), ("test", 0.15, None), ("test_days", None, 30), ("valid", 0.15, None),
    ]  # fmt: skip


def test_a_column_that_takes_another_role_is_named_under_both(edit):
    assert edit("conf/schema/orders.yaml", "price: {role: feature", "price: {role: forbidden") == [
        OptionChange(file="conf/schema/orders.yaml", key="columns with role feature", base=["price"], head=[]),
        OptionChange(file="conf/schema/orders.yaml", key="columns with role forbidden", base=[], head=["price"]),
    ]


def test_a_column_that_may_be_missing_is_named(edit):
    assert edit("conf/schema/orders.yaml", "missing: reject, ", "") == [
        OptionChange(
            file="conf/schema/orders.yaml", key="columns that reject rows without a value", base=["id"], head=[]
        )
    ]


def test_the_code_of_an_installed_engine_that_judges_counts_as_far_as_base_lists_it(edit) -> None:
    now = {
        "lifecycle/evaluation/metric.py": "a",
        "lifecycle/evaluation/new.py": "b",
        "lifecycle/stages/test.py": "c",
        "lifecycle/errors.py": "d",
        "src/orders/steps.py": "e",
    }
    before = {name: "other" for name in now if "new" not in name} | {"lifecycle/stages/test.py": "c"}
    for folder, listed in ((Path(), now), (Path("before"), {})):
        (folder / "reports/code").mkdir(parents=True)
        (folder / "reports/code/test.json").write_text(json.dumps(listed), encoding="utf-8")
    assert list_changed_engine(Before("base")) == []
    Path("before/reports/code/test.json").write_text(json.dumps(before), encoding="utf-8")
    assert list_changed_engine(Before("base")) == ["lifecycle/evaluation/metric.py", "lifecycle/evaluation/new.py"]
