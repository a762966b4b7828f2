"""The next data version of a source in whole months."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from lifecycle.__main__ import main
from lifecycle.cli.advance import find_next_end, set_through
from lifecycle.errors import WrongValue
from lifecycle.stages import collect

TOP = Path(__file__).resolve().parents[2]
ENDS = [date(2013, 1, 31), date(2013, 2, 28), date(2013, 3, 31)]


def test_the_next_version_ends_with_the_next_month() -> None:
    assert find_next_end(date(2013, 1, 31), ENDS) == date(2013, 2, 28)
    assert find_next_end(date(2013, 3, 31), ENDS) is None
    assert find_next_end(date(2013, 1, 31), []) is None


def test_only_the_day_is_another() -> None:
    assert set_through("a: 1\nthrough: '2013-09-30' # the day\nb: 2\n", date(2013, 10, 31)) == (
        "a: 1\nthrough: '2013-10-31' # the day\nb: 2\n"
    )
    assert set_through("through: 2013-09-30\n", date(2013, 10, 31)) == "through: '2013-10-31'\n"


def test_parameters_without_a_last_day_are_rejected() -> None:
    with pytest.raises(WrongValue, match="0 keys through"):
        set_through("seed: 1\n", date(2013, 10, 31))


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CSV file that has been collected whole."""
    monkeypatch.chdir(tmp_path)
    Path("conf/source").mkdir(parents=True)
    Path("conf/source/shop.yaml").write_text(
        "_target_: lifecycle.sources.files.read\ntables:\n  orders: {path: orders.csv, format: csv}\n", encoding="utf-8"
    )
    Path("params.yaml").write_text("source: shop\nthrough: '2013-09-30'\n", encoding="utf-8")
    Path("orders.csv").write_text("id\n1\n", encoding="utf-8")
    assert collect.main([]) == 0
    return Path("orders.csv")


def test_what_is_read_whole_is_named_by_the_day_of_reading(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text("id\n1\n2\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["advance", "--today", "2013-10-07"]) == 0
    assert capsys.readouterr().out == "through 2013-09-30 → 2013-10-07; next: make repro\n"
    assert collect.main([]) == 0
    assert capsys.readouterr().out == "collect: 1 batch, 2 rows, 1 batch new\n"
    assert main(["advance", "--today", "2013-10-07"]) == 0
    assert capsys.readouterr().out == "the source has nothing after 2013-10-07\n"


def test_the_command_moves_the_parameters_until_the_source_has_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(TOP / "conf", tmp_path / "conf")
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("problem: generated\nthrough: '2013-10-31' # the day\n", encoding="utf-8")
    said = []
    for _ in range(3):
        assert main(["advance"]) == 0
        said.append(capsys.readouterr().out.strip())
    assert said[0] == "through 2013-10-31 → 2013-11-30; next: make repro"
    assert said[-1] == "the source has nothing after 2013-12-31"
    assert Path("params.yaml").read_text(encoding="utf-8").endswith(" # the day\n")
