"""lifecycle new: five files or none, and three lines for every mistake."""

from __future__ import annotations

import dataclasses
import sqlite3
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle import config, paths, targets
from lifecycle.__main__ import main
from lifecycle.cli import new
from lifecycle.data.cleaning import Clean, conform_to_schema, read_tables, run_steps
from lifecycle.data.features.build import Features
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table
from lifecycle.onboarding.infer.config_files import GROUPS
from lifecycle.onboarding.infer.leakage import LIMITS
from lifecycle.onboarding.note import Note
from lifecycle.options import Call
from lifecycle.stages import clean, collect, split

CLASSES = {"problem": Problem, "source": Call, "schema": Schema, "clean": Clean, "features": Features}


@dataclass
class Found:
    reading: dict[str, Any]
    table: pd.DataFrame
    notes: list[Note] = field(default_factory=list)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf").mkdir()
    (tmp_path / "params.yaml").write_text("problem: toy\n", encoding="utf-8")
    return tmp_path


def give(monkeypatch: pytest.MonkeyPatch, table: pd.DataFrame, **reading: Any) -> None:
    """Let `new` see this table, however it asks."""
    monkeypatch.setattr(
        new,
        "detect_format",
        lambda address, **hints: Found({"path": address, **(reading or {"delimiter": ","})}, table.copy()),
    )


def text(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns.items()})


def customers(rows: int = 40) -> pd.DataFrame:
    number = np.arange(rows)
    return text(
        customer=[f"c-{one}" for one in number],
        paid=[f"${one * 37 % 1000 + 1000:,.2f}" for one in number],
        plan=[("basic", "plus", "pro")[one % 3] for one in number],
        left=["Yes" if one * 7 % 5 == 0 else "No" for one in number],
    )


def loaded() -> dict[str, Any]:
    """Each of the five files as its class, as strictly as a stage reads it."""
    declared = dataclasses.make_dataclass("Every", list(CLASSES.items()))
    whole = config.load(declared)
    return {group: getattr(whole, group) for group in CLASSES}


def conformed(table: pd.DataFrame, found: dict[str, Any]) -> pd.DataFrame:
    """The table read as the written schema says, after the written steps, as the clean stage makes it."""
    schema = found["schema"].with_target(found["problem"].target)
    read = read_tables({"toy": table}, schema, found["clean"].unit)
    return conform_to_schema(run_steps(read, found["clean"], "conf/clean/")["toy"], schema)


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("conf/*/*"))}


def rejected(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str, str]:
    assert main(["new", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    what, where, todo = said.err.splitlines()
    assert (what[:7], where[:7], todo[:7]) == ("error: ", "where: ", "next:  ")
    return what, where, todo


def test_five_files_that_the_stages_take(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, customers())
    assert main(["new", "toy", "--data", "toy.csv", "--target", "left"]) == 0
    found = loaded()
    assert list(written(folder)) == [f"conf/{group}/toy.yaml" for group in sorted(GROUPS)]
    assert found["problem"].task == "binary"
    assert found["problem"].positive == "left is Yes"
    assert found["source"] == Call(
        target="lifecycle.sources.files.read", arguments={"tables": {"toy": {"path": "toy.csv", "delimiter": ","}}}
    )
    assert found["schema"].tables == {"toy": dict.fromkeys(["customer", "paid", "plan", "left"], "text")}
    assert {name: (one.type, one.role) for name, one in found["schema"].columns.items()} == {
        "customer": ("text", "id"),
        "paid": ("integer", "feature"),
        "plan": ("category", "feature"),
        "left": ("boolean", "target"),
    }
    assert found["features"].keep == ("paid", "plan")
    assert conformed(customers(), found)["paid"].tolist()[:3] == [1000, 1037, 1370]  # c-0, c-1, c-10
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "toy: 40 rows, 4 columns"
    assert "wrote  conf/schema/toy.yaml" in said
    assert said[-3] == "look at these first: nothing doubtful"
    assert said[-1] == "next   read them, put `problem: toy` into params.yaml, then: dvc repro"


def test_every_key_of_the_problem_has_a_comment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, customers())
    main(["new", "toy", "--data", "toy.csv", "--target", "left"])
    lines = (folder / "conf/problem/toy.yaml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line[0] not in " #-" and " # " not in line] == ["decision:"]


def test_a_real_file_is_read_and_its_dates_must_be_settled(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{place};0{place % 9 + 1}/0{place // 9 + 1}/2021;{place * 37 % 50},5;{place % 3}" for place in range(60)]
    (folder / "visits.csv").write_text("\n".join(["visit;day;spent;came", *rows]) + "\n", encoding="utf-8")
    what, where, todo = rejected(capsys, "toy", "--data", "visits.csv", "--target", "spent")
    assert what.startswith("error: day and month are ambiguous in 'day'")
    assert where == "where: column day, for example 02/01/2021"
    assert todo == "next:  add --format-of day=%d/%m/%Y or --format-of day=%m/%d/%Y"
    settled = "--format-of", "day=%d/%m/%Y"
    assert main(["new", "toy", "--data", "visits.csv", "--target", "spent", *settled]) == 0
    version = "put `problem: toy` and `through: '2021-07-06'` into params.yaml"
    assert capsys.readouterr().out.splitlines()[-1] == f"next   read them, {version}, then: dvc repro"
    found = loaded()
    (batch,) = targets.call(found["source"], "conf/source/")
    made = conformed(batch.rows, found)
    assert made["spent"].tolist()[:3] == [0.5, 37.5, 24.5]
    assert made["day"].min() == pd.Timestamp("2021-01-01", tz="UTC")
    assert found["problem"].split == "ordered"


def test_a_test_part_in_a_file_of_its_own_is_parted_and_its_copies_of_train_rows_rejected(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = customers(200)
    rows[:150].to_csv("train.csv", index=False)
    changed = rows[140:145].assign(paid="$7.00")
    pd.concat([rows[145:].iloc[::-1], changed]).to_csv("test.csv", index=False, sep=";")
    assert main(["new", "toy", "--data", "train.csv", "--test", "test.csv", "--target", "left"]) == 0
    said = capsys.readouterr().out
    assert "toy: 210 rows, 4 columns" in said
    assert "note   in train too: 10 of the 60 rows of the test part: clean rejects them" in said
    found = loaded()
    assert found["problem"].split == "given"
    asked = {"problem": found["problem"], "schema": found["schema"]}
    collect.run(collect.Config(source=found["source"], through=date(2013, 1, 31)))
    clean.run(clean.Config(**asked, clean=found["clean"]))
    rejected = read_table(paths.REJECTED)
    assert sorted(rejected["customer"]) == [f"c-{one}" for one in range(140, 150)]
    assert set(rejected["reason"]) == {"also in train or valid: the same customer"}
    assert read_json(paths.QUALITY)["rejected_by_reason"] == {"also in train or valid: the same customer": 10}
    given = Call(target="lifecycle.data.splits.split_given", arguments={"valid": 0.15, "folds": 3})
    split.run(split.Config(**asked, split=given, seed=1, leaks=LIMITS))
    assert sorted(read_table(paths.SEALED)["customer"]) == sorted(f"c-{one}" for one in range(150, 200))
    assert len(read_table(paths.SPLIT)) == 150


@pytest.mark.parametrize("column", ["at", "none"])
def test_a_table_with_a_time_in_a_database_can_be_read_on_from_there(
    column: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = pd.date_range("2013-01-01", periods=40).strftime("%Y-%m-%d %H:%M:%S")
    with sqlite3.connect("shop.sqlite") as connection:
        customers().assign(**{column: days if column == "at" else "x"}).to_sql("customers", connection, index=False)
    connection.close()
    time = column == "at"
    assert main(["new", "shop", "--data", "sqlite:///shop.sqlite", "--table", "customers"]) == 0
    told = "later rows: with watermark: and a column, best the time of writing, `lifecycle advance` takes them alone"
    assert (f"note   {told}\n" in capsys.readouterr().out) == time
    assert (f"# {told}\n" in Path("conf/source/shop.yaml").read_text(encoding="utf-8")) == time


def test_twice_in_fresh_folders_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, customers())
    found = []
    for name in ("one", "another place"):
        (tmp_path / name / "conf").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        main(["new", "toy", "--data", "toy.csv", "--target", "left"])
        found.append((written(tmp_path / name), capsys.readouterr().out))
    assert found[0] == found[1]


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_is_overwritten_and_nothing_else_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], group: str
) -> None:
    give(monkeypatch, customers())
    path = folder / "conf" / group / "toy.yaml"
    path.parent.mkdir()
    path.write_text("mine\n", encoding="utf-8")
    what, where, _ = rejected(capsys, "toy", "--data", "toy.csv", "--target", "left")
    assert what == f"error: conf/{group}/toy.yaml exists already; nothing is overwritten"
    assert where == f"where: conf/{group}/toy.yaml"
    assert written(folder) == {f"conf/{group}/toy.yaml": b"mine\n"}


def test_when_one_file_cannot_be_written_none_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, customers())
    (folder / "conf/clean").write_text("a file where a folder should be", encoding="utf-8")
    what, where, _ = rejected(capsys, "toy", "--data", "toy.csv", "--target", "left")
    assert what.startswith("error: conf/ cannot be written to (")
    assert where == "where: conf/clean/toy.yaml"
    assert written(folder) == {}


@pytest.mark.parametrize(
    ("arguments", "what", "todo"),
    [
        ([], "the following arguments are required: NAME, --data", "lifecycle new NAME --data"),
        (["toy"], "the following arguments are required: --data", "lifecycle new NAME --data"),
        (["toy", "--data", "x", "--tarhget", "y"], "unrecognized arguments: --tarhget y", "lifecycle new NAME"),
        (["toy", "--data", "x", "--task", "guess"], "argument --task: invalid choice", "lifecycle new NAME"),
        (["Toy Shop!", "--data", "x"], "'Toy Shop!' is no valid problem name", "lifecycle new toy_shop …"),
        (["12", "--data", "x"], "'12' is no valid problem name", "lifecycle new my_problem …"),
        (["toy", "--data", "x", "--format-of", "left"], "'left' is not COLUMN=FORMAT", "--format-of day=%d/%m/%Y"),
        (["toy", "--data", "x", "--target", "lef"], "the table has no column 'lef'", "use 'left'"),
        (["toy", "--data", "x", "--format-of", "lef=%Y"], "the table has no column 'lef'", "use 'left'"),
        (["toy", "--data", "x", "--id", "left", "--target", "left"], "'left' is requested twice", "leave out --id"),
        (["toy", "--data", "x", "--task", "binary"], "--task binary needs a target", "add --target COLUMN"),
        (["toy", "--data", "x", "--task", "clustering", "--target", "left"], "--task clustering has no", "leave out"),
        (["toy", "--data", "x", "--table", "a", "--query", "b"], "argument --query: not allowed", "lifecycle new"),
        (["toy", "--data", "x", "--part", "a", "--test", "b"], "argument --test: not allowed", "lifecycle new"),
    ],
)
def test_mistakes_on_the_command_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    what: str,
    todo: str,
) -> None:
    give(monkeypatch, customers())
    said = rejected(capsys, *arguments)
    assert said[0].startswith(f"error: {what}")
    assert said[2].startswith(f"next:  {todo}")
    assert written(folder) == {}


def test_outside_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    give(monkeypatch, customers())
    assert rejected(capsys, "toy", "--data", "x")[0] == "error: there is no conf/ here"


NASTY = "${x} \\${y} \\ 'quoted' \"twice\": # - {a: [b]} \n new\tline é 🚲 \x07 \u2028 end\\"


def test_text_of_any_kind_comes_back_from_yaml(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        NASTY,
        "🚲",
        "no",
        "1e3",
        "null",
        "~",
        "2011-01-01",
        "a: b",
        "0x1F",
        " lead",
        "1_000",
        ".inf",
        "${oc.env:HOME}",
    ]
    columns = {name: [f"{place * 7 % 11}.5" for place in range(30)] for name in names}
    table = text(
        **{
            name: [str(float(value) + shift) for value in values]
            for shift, (name, values) in enumerate(columns.items())
        }
    )
    kinds = ["${a}", "off", "3e5", NASTY]
    table["kind"] = pd.Series([kinds[place * 3 % 4] for place in range(30)], dtype="str")
    give(monkeypatch, table, quote='"', encoding="utf-8", skip=[1, 2.5, None, True])
    assert main(["new", "toy", "--data", "data/\\${x}.csv", "--target", "kind"]) == 0
    found = loaded()
    assert set(found["features"].keep) == set(names)
    assert found["schema"].columns["kind"].categories == tuple(sorted(kinds))
    assert found["source"].arguments["tables"]["toy"] == {
        "path": "data/${x}.csv", "quote": '"', "encoding": "utf-8", "skip": [1, 2.5, None, True],
    }  # fmt: skip
    made = conformed(table, found)
    assert made["row"].is_unique
    assert [made[name].min() for name in names] == [0.5 + shift for shift in range(len(names))]


@pytest.mark.parametrize("name", ["???", " "])
def test_names_with_a_meaning_of_their_own_are_rejected(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    give(monkeypatch, customers().rename(columns={"plan": name}))
    assert "is no valid column name" in rejected(capsys, "toy", "--data", "x", "--target", "left")[0]


@pytest.mark.slow
def test_two_thousand_columns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).integers(0, 50, size=(60, 2000))
    table = pd.DataFrame(values.astype("str"), columns=[f"x{place}" for place in range(2000)]).astype("str")
    give(monkeypatch, table)
    assert main(["new", "toy", "--data", "wide.csv", "--target", "x7"]) == 0
    written_schema = yaml.safe_load((folder / "conf/schema/toy.yaml").read_text(encoding="utf-8"))
    assert len(written_schema["columns"]) == 2001


ODD = (
    *("1e999", "nan", "inf", "-inf", "9" * 40, "007", "?", "NA", " ", "yes", "no", "0", "1", "1.0", "-999", "a\nb"),
    *("2020-01-01", "01/02/2020", "13/02/2020", "2020-01-01T00:00:00Z", "May 3, 2014", "$1,000.50", "(5)", "10%"),
    *("1,5", "1.234,5", "1,234", "${x}", "🚲", "free words that go on and on", "???", "true", "1577836800000"),
)
CELLS = st.one_of(
    st.none(),
    st.sampled_from(ODD),
    st.text(max_size=5),
    st.integers(-100, 100).map(str),
    st.floats().map(str),
)
PLAIN = st.sampled_from(["1", "2", "3.5", "red", "blue", "yes", "no", "2020-01-31", "2021-02-28"])
NAMES = st.one_of(
    st.sampled_from(["id", "time", "customer_id", "y", "no", "🚲", "a b", "a: b", 'q"q', "row", "day", "weekday", "1"]),
    st.text(min_size=1, max_size=6),
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    names = draw(st.lists(NAMES, min_size=0, max_size=4, unique=draw(st.integers(0, 9)) > 0))
    rows = draw(st.sampled_from([0, 1, 2, 7, 25]))
    columns = []
    for _ in names:
        few = draw(st.lists(st.one_of(PLAIN, CELLS), min_size=2, max_size=3))
        cells = draw(st.sampled_from([st.sampled_from(few), PLAIN, CELLS, st.integers(0, 999).map(str)]))
        columns.append(pd.Series(draw(st.lists(cells, min_size=rows, max_size=rows)), dtype="str"))
    table = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(rows))
    table.columns = pd.Index(names, dtype="str" if names else None)
    return table


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(table=tables(), goal=st.booleans(), task=st.sampled_from(["", "binary", "multiclass", "regression"]))
def test_any_table_gives_files_that_load_or_three_lines(
    tmp_path_factory: pytest.TempPathFactory, table: pd.DataFrame, goal: bool, task: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("toy")
        patch.chdir(folder)
        (folder / "conf").mkdir()
        (folder / "params.yaml").write_text("problem: toy\n", encoding="utf-8")
        patch.setattr(new, "detect_format", lambda address, **hints: Found({"path": "x"}, table.copy()))
        printed: list[str] = []
        patch.setattr("lifecycle.stages.runner.print", lambda error, **more: printed.append(str(error)), raising=False)
        wish = [f"--target={table.columns[-1]}"] if goal and len(table.columns) else []
        code = main(["new", "toy", "--data", "x", *wish, *(["--task", task] if wish and task else [])])
        if code:
            assert code == 2
            assert len(printed[0].splitlines()) == 3
            assert written(folder) == {}
            return
        found = loaded()
        schema: Schema = found["schema"]
        assert found["problem"].target == (str(table.columns[-1]) if wish else None)
        assert list(schema.tables["toy"]) == list(table.columns)
        assert set(schema.columns) >= set(table.columns)
        assert list(found["features"].keep) == schema.columns_with_role("feature")
        assert schema.id and schema.target == found["problem"].target
        rows = conformed(table, found)
        assert len(rows) == len(table)
        targets.call(found["features"].steps[0], "", rows, rows) if found["features"].steps else None


SELECTED = "problem: toy # asked\nthrough: '2000-01-01' # the data version\nseed: 1\n"


@pytest.mark.parametrize(
    ("day", "through"), [(["2024-01-31", "2024-03-05"], "2024-03-05"), (["yes", "no"], date.today().isoformat())]
)
def test_select_puts_the_problem_and_its_last_day_into_the_parameters(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    day: list[str | None],
    through: str,
) -> None:
    (folder / "params.yaml").write_text(SELECTED, encoding="utf-8")
    given = customers()
    give(monkeypatch, given.assign(seen=[day[place % 2] for place in range(len(given))]))
    asked = ["--time", "seen"] if through.startswith("2024") else []
    assert main(["new", "clients", "--data", "rows.csv", "--target", "left", *asked, "--select"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "params.yaml selects clients; next: make repro"
    assert (folder / "params.yaml").read_text(encoding="utf-8") == (
        f"problem: 'clients' # asked\nthrough: '{through}' # the data version\nseed: 1\n"
    )
