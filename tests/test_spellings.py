"""One table in many spellings: the same schema, split and features, or a question."""

import dataclasses
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from builders import spellings

from lifecycle import config, paths
from lifecycle.__main__ import main
from lifecycle.data.cleaning import Clean
from lifecycle.data.features.build import Features
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.io.tables import read_table
from lifecycle.options import Call
from lifecycle.stages import clean, collect, featurize, split

CLASSES = {"problem": Problem, "source": Call, "schema": Schema, "clean": Clean, "features": Features}
ROWS = spellings.rows()


@dataclass(frozen=True)
class Meaning:
    """What a table was understood as."""

    types: dict[str, tuple[str, str]]
    split: str
    parts: pd.DataFrame
    features: pd.DataFrame


def understand(folder: Path, address: str) -> Meaning:
    """The files that `new` writes for the table, and what the first stages make of it."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["new", "shop", "--data", address, "--target", "churn"]) == 0
        found = config.load(dataclasses.make_dataclass("Every", list(CLASSES.items())))
        collect.run(collect.Config(source=found.source, through=date(2030, 1, 31)))
        clean.run(clean.Config(problem=found.problem, schema=found.schema, clean=found.clean))
        split.run(config.load(split.Config, ["problem=shop", "schema=shop", "leaks=default", "seed=1"]))
        featurize.run(featurize.Config(schema=found.schema, features=found.features))
        return Meaning(
            {name: (column.type, column.role) for name, column in found.schema.columns.items()},
            found.problem.split,
            read_table(paths.SPLIT),
            read_table(paths.FEATURES),
        )
    finally:
        os.chdir(before)


def prepare(folder: Path) -> Path:
    """A folder for a problem, with the options that no problem has of its own."""
    top = Path(__file__).parents[1]
    (folder / "conf").mkdir(parents=True)
    for group in ("split", "leaks"):
        (folder / "conf" / group).symlink_to(top / "conf" / group)
    (folder / "params.yaml").write_text("problem: shop\nseed: 1\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Meaning:
    folder = prepare(tmp_path_factory.mktemp("plain") / "shop")
    return understand(folder, spellings.FILES["plain"](ROWS, folder / "shop"))


def test_the_plain_table_is_understood_as_it_was_made(expected: Meaning) -> None:
    assert expected.types == {
        "customer_id": ("text", "id"),
        "since_date": ("time", "time"),
        "balance": ("number", "feature"),
        "visits": ("integer", "feature"),
        "member": ("boolean", "feature"),
        "plan": ("category", "feature"),
        "churn": ("boolean", "target"),
        "day": ("day", "context"),
    }
    assert expected.split == "ordered"
    assert expected.features["balance"].tolist()[:1] == [ROWS[0]["balance"]]


@pytest.mark.parametrize("name", [name for name in spellings.FILES if name != "plain"])
def test_another_spelling_means_the_same(name: str, expected: Meaning, tmp_path: Path) -> None:
    folder = prepare(tmp_path / "shop")
    found = understand(folder, spellings.FILES[name](ROWS, folder / "shop"))
    assert found.types == expected.types
    assert found.split == expected.split
    pd.testing.assert_frame_equal(found.parts, expected.parts)
    pd.testing.assert_frame_equal(found.features, expected.features)
