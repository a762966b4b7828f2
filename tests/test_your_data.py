"""What docs/your-data.md says can be done as it stands: its additions make one table of two."""

import dataclasses
import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from lifecycle import config, paths
from lifecycle.__main__ import main
from lifecycle.data.cleaning import Clean
from lifecycle.data.features.build import Features
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.io.tables import read_table
from lifecycle.options import Call
from lifecycle.stages import clean, collect, featurize

PAGE = (Path(__file__).parents[1] / "docs" / "your-data.md").read_text(encoding="utf-8")
ADDITIONS = re.findall(r"```yaml\n# (conf/\w+/shuttles\.yaml)\n(.*?)```", PAGE, flags=re.DOTALL)
CLASSES = {"problem": Problem, "source": Call, "schema": Schema, "clean": Clean, "features": Features}


def added(found: Any, more: Any) -> Any:
    """What is there with what the page adds: keys to mappings, entries to the end of lists."""
    if isinstance(found, dict):
        return found | {key: added(found[key], value) if key in found else value for key, value in more.items()}
    return [*found, *more]


def test_the_page_adds_to_four_files() -> None:
    groups = [Path(name).parent.name for name, _ in ADDITIONS]
    assert groups == ["source", "schema", "clean", "features"]


def test_two_tables_become_one_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf").mkdir()
    (tmp_path / "params.yaml").write_text("problem: shuttles\n", encoding="utf-8")
    rows = [f'{one},{one * 7 % 20 + 1},{one * 37 % 90},"${1000 + one * 13 % 700}.0"' for one in range(1, 81)]
    Path("shuttles.csv").write_text("\n".join(["id,company_id,crew,price", *rows]), encoding="utf-8")
    rows = [f"{one},{one * 4}%,{one}.0" for one in range(1, 20)]
    Path("companies.csv").write_text("\n".join(["id,company_rating,total_fleet_count", *rows]), encoding="utf-8")
    assert main(["new", "shuttles", "--data", "shuttles.csv", "--target", "price"]) == 0
    for name, text in ADDITIONS:
        path = Path(name)
        whole = added(yaml.safe_load(path.read_text(encoding="utf-8")), yaml.safe_load(text))
        path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    found = config.load(dataclasses.make_dataclass("Every", list(CLASSES.items())))
    collect.run(collect.Config(source=found.source, through=date(2013, 1, 31)))
    clean.run(clean.Config(problem=found.problem, schema=found.schema, clean=found.clean))
    featurize.run(featurize.Config(schema=found.schema, features=found.features))
    made = read_table(paths.FEATURES)
    company = read_table(paths.TABLE)["company_id"].astype("float64")
    assert list(made.columns) == ["id", "crew", "company_rating", "fleet"]
    known = company.where(company < 20)
    pd.testing.assert_series_equal(made["company_rating"], known * 4, check_names=False)
    pd.testing.assert_series_equal(made["fleet"], known, check_names=False)
