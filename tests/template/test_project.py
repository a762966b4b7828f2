"""The life of a project made from the template: the first rebuild, code of its own, and two later engines."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders.projects import commit, copy_template, git, make_project, run

# Whole rebuilds, each on top of the one before.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("a project from the template")]

ELSEWHERE = ("conf/", "data/", "models/", "reports/", "wheels/")
# What a project has of its own in src/shop: a source, a step, a check, a feature and an estimator.
OWN = {
    "source.py": """\
from pathlib import Path

import pandas as pd

from lifecycle.sources.batches import Batch, Origin


def describe_origin(*, path):
    return Origin(source=path, licence="none", publisher="the shop")


def read(*, path):
    yield Batch(table="shop", period=None, rows=pd.read_csv(Path(path), dtype="str"))
""",
    "steps.py": """\
from lifecycle.errors import DataError


def must_not_be_negative(tables, column):
    if (tables["shop"][column] < 0).any():
        raise DataError(f"{column} is negative", where="table shop", todo=f"correct {column}")
    return tables


def halve(tables, column):
    rows = tables["shop"]
    return {**tables, "shop": rows.assign(**{column: rows[column] / 2})}
""",
    "features.py": """\
def compute_rate(table, past, *, name):
    return (table["amount"] / (table["visits"] + 1)).rename(name).to_frame()
""",
    "estimators.py": """\
from sklearn.linear_model import LogisticRegression


class Shrunk(LogisticRegression):
    pass
""",
}
MODEL = """\
_rank_: 2
_inputs_: scaled
_classes_:
  _target_: shop.estimators.Shrunk
  C: 0.01
"""
SOURCE = """\
_target_: shop.source.read
path: data/incoming/customers.csv
"""


@dataclass(frozen=True)
class Shop:
    """A project, the template that it was made from, and what its first rebuild printed."""

    folder: Path
    template: Path
    printed: str

    def make(self, *targets: str, code: int = 0) -> str:
        done = run(self.folder, "make", "--no-print-directory", *targets, code=code)
        return done.stdout + done.stderr

    def edit(self, name: str, before: str, after: str) -> None:
        replace(self.folder / name, before, after)

    def release(self, version: str, edits: dict[str, tuple[str, str]]) -> None:
        """A later version of the engine and its template, with a tag."""
        for name, (before, after) in edits.items():
            replace(self.template / name, before, after)
        replace(self.template / "pyproject.toml", r'^version = ".*"', f'version = "{version}"')
        commit(self.template, f"version {version}")
        git(self.template, "tag", f"v{version}")

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def replace(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed = re.sub(before, after, text, flags=re.MULTILINE)
    assert changed != text, f"{path} has no {before}"
    path.write_text(changed, encoding="utf-8")


def write_rows(path: Path) -> None:
    chance = random.Random(1)
    rows = [(f"c{number:04}", chance.randint(0, 9), round(chance.uniform(1, 99), 2)) for number in range(600)]
    lines = [
        f"{name},{visits},{amount},{'yes' if amount - 5 * visits + chance.gauss(0, 20) > 30 else 'no'}"
        for name, visits, amount in rows
    ]
    path.write_text("\n".join(["customer,visits,amount,left", *lines]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    top = tmp_path_factory.mktemp("life")
    template = copy_template(top / "engine")
    git(template, "tag", "v0.1.0")
    write_rows(top / "customers.csv")
    answers = {"name": "shop", "question": "Who will leave?", "data": "customers.csv", "target": "left"}
    printed = make_project(template, top / "shop", answers)
    made = Shop(top / "shop", template, printed.stdout + printed.stderr)
    made.edit("params.yaml", r"^candidates: .*", "candidates: [baseline, linear]")
    made.edit("params.yaml", r"^search: .*", "search: none")
    made.make("repro")
    commit(made.folder, "the first version")
    return made


def list_ran(printed: str) -> set[str]:
    return set(re.findall(r"^Running stage '(.+)':", printed, flags=re.MULTILINE))


def test_a_project_is_small_and_starts_with_its_problem(shop: Shop) -> None:
    names = git(shop.folder, "ls-files").splitlines()
    own = [name for name in names if not name.endswith(".lock") and not name.startswith(ELSEWHERE)]
    assert sum(len((shop.folder / name).read_text(encoding="utf-8").splitlines()) for name in own) <= 900
    assert "src/lifecycle" not in " ".join(names)
    assert "set by --target" in shop.printed
    assert "path: data/incoming/customers.csv" in (shop.folder / "conf/source/shop.yaml").read_text(encoding="utf-8")


def test_its_code_is_listed_by_the_content_of_the_installed_engine(shop: Shop) -> None:
    listed = shop.json("reports/code/train.json")
    assert {name.split("/")[0] for name in listed} == {"lifecycle", "requirements.lock"}
    assert shop.make("repro").count("Running stage") == 0


def test_without_an_engine_beside_it_the_version_of_the_lock_must_run(shop: Shop) -> None:
    lock = shop.folder / "engine.lock"
    pinned = lock.read_text(encoding="utf-8")
    lock.write_text(pinned.replace("lifecycle==0.1.0", "lifecycle==0.0.9"), encoding="utf-8")
    said = run(shop.folder, str(shop.folder / ".venv/bin/lifecycle"), "summary", code=2).stderr
    lock.write_text(pinned, encoding="utf-8")
    assert said.splitlines()[0] == "error: engine.lock pins lifecycle 0.0.9, and lifecycle 0.1.0 is running"
    assert said.splitlines()[2] == "next:  make setup && . .venv/bin/activate"


@pytest.fixture(scope="module")
def extended(shop: Shop) -> Shop:
    """The project with code of its own in each place that takes some."""
    for name, text in OWN.items():
        (shop.folder / "src/shop" / name).write_text(text, encoding="utf-8")
    (shop.folder / "conf/model/shrunk.yaml").write_text(MODEL, encoding="utf-8")
    (shop.folder / "conf/source/shop.yaml").write_text(SOURCE, encoding="utf-8")
    steps = (
        "[{_target_: shop.steps.must_not_be_negative, column: amount}, {_target_: shop.steps.halve, column: amount}]"
    )
    shop.edit("conf/clean/shop.yaml", r"^steps: .*", f"steps: {steps}")
    shop.edit("conf/features/shop.yaml", r"^steps: .*", "steps: [{_target_: shop.features.compute_rate, name: rate}]")
    shop.edit("params.yaml", r"^candidates: .*", "candidates: [baseline, shrunk]")
    shop.edit("pyproject.toml", r"^estimators = .*", 'estimators = ["shop.estimators.Shrunk"]')
    shop.make("repro")
    commit(shop.folder, "code of its own")
    return shop


def test_own_code_takes_part_and_is_all_that_is_allowed(extended: Shop) -> None:
    assert extended.json("reports/winner.json")["candidate"] == "shrunk"
    assert "src/shop/estimators.py" in extended.json("reports/code/train.json")
    assert extended.json("data/provenance.json")["batches"][0]["source"] == "data/incoming/customers.csv"
    assert "lift" in extended.json("reports/evaluate/metrics.json")["valid"]
    assert "rate" in (extended.folder / "reports/evaluate/importance.csv").read_text(encoding="utf-8")
    extended.edit("conf/source/shop.yaml", r"^_target_: .*", "_target_: subprocess.check_output")
    said = extended.make("repro", code=2)
    extended.edit("conf/source/shop.yaml", r"^_target_: .*", "_target_: shop.source.read")
    assert "subprocess" in said
    assert "Traceback" not in said


def test_an_own_check_stops_the_rebuild(extended: Shop) -> None:
    extended.edit("conf/clean/shop.yaml", r"halve, column: amount", "must_not_be_negative, column: customer")
    said = extended.make("repro", code=2)
    git(extended.folder, "checkout", "--quiet", "--", ".")
    assert "must_not_be_negative" in said


def test_everything_is_rebuilt_elsewhere_with_the_same_bytes(extended: Shop) -> None:
    assert "outputs rebuilt in another place, all with the hash in dvc.lock" in extended.make("audit")


@pytest.fixture(scope="module")
def upgraded(extended: Shop) -> tuple[Shop, str, str]:
    """The project after an upgrade: what the upgrade and the rebuild after it printed."""
    shop = extended
    shop.edit("conf/gate/floors.yaml", r"^resamples: .*", "resamples: 200")
    shop.edit(".github/workflows/check.yaml", r"^( +)- run: make test$", r"\1- run: make test\n\1- run: make summary")
    quick = (shop.folder / "conf/feasibility/quick.yaml").read_text(encoding="utf-8")
    own = quick.replace("validation_rows: 20000", "validation_rows: 200")
    (shop.folder / "conf/feasibility/own.yaml").write_text(own, encoding="utf-8")
    shop.edit("params.yaml", r"^feasibility: .*", "feasibility: own")
    shop.make("repro")
    commit(shop.folder, "edits of its own")
    renamed = 'RENAMED: tuple[Renamed, ...] = (Renamed("0.2.0", "feasibility", ("validation_rows",), "scored_rows"),)'
    names = ("src/lifecycle/modeling/feasibility.py", "src/lifecycle/stages/scope.py", "conf/feasibility/quick.yaml")
    rename = dict.fromkeys(names, ("validation_rows", "scored_rows"))
    shop.release("0.2.0", {**rename, "src/lifecycle/onboarding/renames.py": (r"^RENAMED: .*", renamed)})
    return shop, shop.make("upgrade"), shop.make("repro")


def test_an_upgrade_keeps_edits_and_renames_options(upgraded: tuple[Shop, str, str]) -> None:
    shop, printed, _ = upgraded
    assert "engine 0.1.0 → 0.2.0" in printed
    assert "conf/feasibility/own.yaml: validation_rows → scored_rows (since 0.2.0)" in printed
    changed = git(shop.folder, "diff", "--name-only", "HEAD", "--", "conf", ".github", "params.yaml").splitlines()
    assert changed == ["conf/feasibility/own.yaml", "conf/feasibility/quick.yaml"]
    assert "scored_rows: 200 " in (shop.folder / "conf/feasibility/own.yaml").read_text(encoding="utf-8")
    assert [path.name for path in (shop.folder / "wheels").iterdir()] == ["lifecycle-0.2.0-py3-none-any.whl"]


def test_after_an_upgrade_only_changed_stages_run_and_numbers_agree(upgraded: tuple[Shop, str, str]) -> None:
    shop, _, rebuilt = upgraded
    assert list_ran(rebuilt) == {"trace", "scope"}  # which says what it said before, so that nothing follows
    metrics = ["reports/evaluate/metrics.json", "reports/test.json", "reports/tune", "data/provenance.json"]
    assert git(shop.folder, "diff", "--stat", "HEAD", "--", *metrics) == ""


def test_the_review_of_an_upgrade_names_the_engine(upgraded: tuple[Shop, str, str]) -> None:
    shop, _, _ = upgraded
    shop.make("review", "BASE=HEAD")
    text = (shop.folder / "reports/review.md").read_text(encoding="utf-8")
    assert re.search(r"lifecycle\W+0\.1\.0\W+0\.2\.0", text)


def test_a_conflicting_edit_is_shown_as_git_shows_it_and_can_be_taken_back(upgraded: tuple[Shop, str, str]) -> None:
    shop, _, _ = upgraded
    commit(shop.folder, "the new engine")
    shop.release("0.3.0", {"conf/gate/floors.yaml": (r"^resamples: .*", "resamples: 400")})
    said = shop.make("upgrade", code=2)
    assert "error: 1 file changed here and in the later version: conf/gate/floors.yaml" in said
    text = (shop.folder / "conf/gate/floors.yaml").read_text(encoding="utf-8")
    assert "<<<<<<< before updating\nresamples: 200\n" in text
    assert "resamples: 400\n>>>>>>> after updating\n" in text
    assert git(shop.folder, "diff", "--name-only", "--diff-filter=U").split() == ["conf/gate/floors.yaml"]
    git(shop.folder, "reset", "--hard", "--quiet")
    git(shop.folder, "clean", "-fdq", "wheels")
    assert "lifecycle==0.2.0 " in (shop.folder / "engine.lock").read_text(encoding="utf-8")
    assert git(shop.folder, "status", "--porcelain") == ""
    assert shop.make("repro").count("Running stage") == 0


def test_an_upgrade_waits_for_what_is_not_committed(upgraded: tuple[Shop, str, str]) -> None:
    shop, _, _ = upgraded
    shop.edit("params.yaml", r"^seed: 1", "seed: 2")
    said = shop.make("upgrade", code=2)
    git(shop.folder, "checkout", "--quiet", "--", "params.yaml")
    assert "error: 1 file is not committed: params.yaml" in said
