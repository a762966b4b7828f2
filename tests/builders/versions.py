"""A small repository of versions that no stage made: orders, late or not, and models that see more or less."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders.picks import write_picks
from dvc.repo import Repo
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from lifecycle import config
from lifecycle.data.dataset_files import read_sealed
from lifecycle.evaluation.predictions import tabulate_case
from lifecycle.evaluation.results import Rules, compute_results
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_table
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import Inputs, Recipe, Winner
from lifecycle.modeling.sealed import build_case, score_rows
from lifecycle.options import Call
from lifecycle.stages.test import Config
from lifecycle.stages.train import build_contract

TOP = Path(__file__).resolve().parents[2]
STAGES = """
stages:
  trace:
    cmd: "true"
    deps: [src/lifecycle]
    outs:
    - reports/code: {cache: false}
  make:
    cmd: "true"
    params: [problem, through]
    outs:
    - data/raw
    - data/provenance.json: {cache: false}
    - data/table.parquet
    - data/split.parquet
    - data/sealed.parquet
    - data/features.parquet
    - data/predictions/test.parquet
    - models/model.skops
    - reports/evaluate/threshold.json: {cache: false}
    - reports/quality.json: {cache: false}
    - reports/train.json: {cache: false}
    - reports/winner.json: {cache: false}
    - reports/test.json: {cache: false}
"""
DAYS, A_DAY = 60, 20
THRESHOLD = 0.4
FEATURES = ["weight", "distance"]
ORIGIN = {"source": "the tests", "licence": "CC0", "publisher": "a tester"}
METRICS = ("accuracy", "brier", "log_loss", "roc_auc")
CODE = "src/lifecycle/evaluation/metric.py"


def run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def orders(days: int) -> pd.DataFrame:
    """Orders by the day, late where they are heavy or go far; each day has its own luck, whatever days follow."""
    at = pd.Timestamp("2013-01-01T08:00Z") + pd.to_timedelta(np.repeat(np.arange(days), A_DAY), unit="D")
    drawn = np.concatenate([np.random.default_rng(day).uniform(size=(A_DAY, 4)) for day in range(days)])
    luck = np.repeat([np.random.default_rng([day, 1]).normal(scale=0.3) for day in range(days)], A_DAY)
    weight, distance = 20 * drawn[:, 0], 900 * drawn[:, 1]
    logit = 0.25 * (weight - 10) + (distance - 450) / 200 + luck
    return pd.DataFrame(
        {
            "order": [f"order {number:05d}" for number in range(len(at))],
            "ordered_at": at,
            "day": at.strftime("%Y-%m-%d"),
            "late": pd.array(drawn[:, 2] < 1 / (1 + np.exp(-logit)), dtype="boolean"),
            "weight": weight,
            "distance": distance,
            "shop": np.array(["north", "south", "west"])[(3 * drawn[:, 3]).astype(int)],
        }
    )


def write_version(rows: pd.DataFrame, test_days: int, blind: float, seed: int, months: int) -> None:
    """Everything that the stages of a version would have written; a model sees less the blinder it is."""
    days = rows["day"].to_numpy()
    test = days >= np.unique(days)[-test_days]
    features = rows[["order", *FEATURES]].copy()
    learned = features[~test].assign(weight=rows["weight"] * (1 - blind)).fillna(0.0)
    fitted = Pipeline(
        [
            ("inputs", ColumnTransformer([("kept", "passthrough", FEATURES)]).set_output(transform="pandas")),
            ("estimator", LogisticRegression(C=1e-3 if blind else 1.0)),
        ]
    ).fit(learned[FEATURES], rows.loc[~test, "late"].astype("int64"))
    blindfold(fitted["estimator"], blind, seed)
    rules = read_rules()
    schema = rules.schema
    write_table(Path("data/table.parquet"), rows)
    write_table(Path("data/features.parquet"), features)
    parts = pd.DataFrame({"order": rows["order"], "part": "train"})[~test]
    write_table(Path("data/split.parquet"), parts)
    write_table(Path("data/sealed.parquet"), pd.DataFrame({"order": rows["order"], "part": "test"})[test])
    write_model(Path("models/model.skops"), {"pipeline": fitted, "contract": build_contract(schema, FEATURES)})
    write_json(Path("reports/evaluate/threshold.json"), {"threshold": THRESHOLD})
    write_json(Path("reports/quality.json"), {"kept_rows": len(rows), "rejected_by_reason": {"no label": months}})
    write_json(
        Path("reports/train.json"),
        {"winner": "linear", "features": FEATURES, "model": {"parts": ["train", "valid"], "rows": len(parts)}},
    )
    write_json(Path("reports/winner.json"), describe_winner(1e-3 if blind else 1.0))
    write_results(rules)
    batches = [
        {"batch": f"orders/2013-{month:02d}.parquet", "rows": 600, "sha256": f"{month}"} | ORIGIN
        for month in range(1, months + 1)
    ]
    write_json(Path("data/provenance.json"), {"batches": batches})
    Path("data/raw").mkdir(exist_ok=True)
    (Path("data/raw") / "months").write_text(str(months), encoding="utf-8")


def describe_winner(strength: float) -> dict[str, Any]:
    """What the select stage writes."""
    estimator = Call(target="sklearn.linear_model.LogisticRegression", arguments={"C": strength})
    recipe = Recipe(option="linear", estimator=estimator, inputs=Inputs(numeric=(), categorical=()))
    return asdict(Winner(candidate="linear", recipe=recipe))


def blindfold(estimator: LogisticRegression, blind: float, seed: int) -> None:
    """Let a model that learned the weight shrunken take it as it is, moved to its mean; the seed moves a little."""
    weight, distance = estimator.coef_[0] * (1 + np.random.default_rng(seed).normal(scale=3e-3, size=2))
    estimator.coef_ = np.array([[weight * (1 - blind), distance]])
    estimator.intercept_ = estimator.intercept_ + 10 * blind * weight


def read_rules() -> Rules:
    """What the results depend on here."""
    asked = config.load(Config)
    return Rules(asked.problem, asked.schema.with_target("late"), asked.gate, asked.metric, asked.seed)


def write_results(rules: Rules) -> None:
    """What the test stage writes."""
    examples = read_sealed(rules.schema)
    case = build_case(rules, examples, *score_rows(rules, examples))
    report_predictions(tabulate_case(case, rules.schema.id))


def report_predictions(table: pd.DataFrame) -> None:
    """Write predictions, and the results that follow from them."""
    rules = read_rules()
    examples = read_sealed(rules.schema)
    case = build_case(rules, examples, table["probability"].to_numpy(), examples.labels)
    write_table(Path("data/predictions/test.parquet"), table)
    write_json(Path("reports/test.json"), compute_results(case, rules).to_record())


def lock() -> None:
    with Repo() as repo:
        repo.commit(force=True)


def commit(message: str) -> None:
    lock()
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", message)


def edit(name: str, pattern: str, replacement: str) -> None:
    text = Path(name).read_text(encoding="utf-8")
    changed, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
    assert count, f"{pattern} is not in {name}"
    Path(name).write_text(changed, encoding="utf-8")


def first_version(folder: Path) -> Path:
    """A repository with one version, on the branch main; its model knows the weight half. The branch is change."""
    folder.mkdir()
    shutil.copytree(TOP / "conf", folder / "conf")
    for path in (folder / "conf" / "metric").iterdir():
        if path.stem not in METRICS:
            path.unlink()
    (folder / CODE).parent.mkdir(parents=True)
    shutil.copy2(TOP / CODE, folder / CODE)
    for name in ("requirements.lock", ".gitignore"):
        shutil.copy2(TOP / name, folder / name)
    write_picks(folder, through="2013-09-30")
    with inside(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_NO_ANALYTICS", "1")
        patch.setenv("DVC_SITE_CACHE_DIR", str(folder.parent / "site"))
        edit("conf/gate/floors.yaml", "^resamples: .*", "resamples: 40")
        edit("conf/gate/floors.yaml", "^beat_baseline: .*", "beat_baseline: false")
        edit("conf/problem/generated.yaml", "floor: 0.[0-9]+$", "floor: 0.0")
        edit("conf/problem/generated.yaml", "(metric: brier\n.*floor: ).*", r"\g<1>1.0")
        Path("dvc.yaml").write_text(STAGES, encoding="utf-8")
        run("git", "init", "--quiet", "--initial-branch", "main")
        run("git", "config", "user.name", "A Tester")
        run("git", "config", "user.email", "tester@example.org")
        run("dvc", "init", "--quiet")
        write_json(Path("reports/code/test.json"), {CODE: hash_sha256(Path(CODE))})
        write_version(orders(DAYS), 30, blind=0.5, seed=1, months=2)
        commit("The first version")
        run("git", "checkout", "--quiet", "-b", "change")
    return folder


def opened(made: Path, folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """A copy of a repository below the folder, made the working folder."""
    copy = folder / "repository"
    shutil.copytree(made, copy, symlinks=True)
    patch.chdir(copy)
    patch.setenv("DVC_NO_ANALYTICS", "1")
    patch.setenv("DVC_SITE_CACHE_DIR", str(folder / "site"))
    return copy
