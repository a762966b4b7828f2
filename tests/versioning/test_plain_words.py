"""What the shell would take as more than a word is refused before DVC is asked to run anything."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from builders.picks import TOP, write_picks
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.__main__ import main
from lifecycle.errors import WrongValue
from lifecycle.versioning.plain_words import NAMED, PIPELINE, WORD, must_be_plain_words

STAGES = """\
stages:
  clean:
    matrix:
      model: ${candidates}
    cmd: echo problem=${problem} ${item.model} ${ seed } ${deep.word}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with picks and a pipeline that names some of them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text(STAGES, encoding="utf-8")
    write_picks(tmp_path)
    return tmp_path


HOSTILE = [
    "wine; touch ran",
    "$(touch ran)",
    "`touch ran`",
    "wine' 'x",
    'wine"x',
    "a b",
    "a\tb",
    "a|b",
    "a&b",
    "a>ran",
    "a*",
    "~",
    "$HOME",
    "${item}",
    "a\\b",
    "a=b",
    "../../src",
    "a/../b",
    "/etc/passwd",
    "-x",
    "",
    "{a,b}",
    "a#b",
    "wine\u00a0",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_more_than_a_word_is_refused(folder: Path, value: str) -> None:
    write_picks(folder, problem=value)
    with pytest.raises(WrongValue) as caught:
        must_be_plain_words()
    assert str(caught.value).splitlines() == [
        f"error: problem has {value!r}, which is no plain word, and dvc.yaml puts it into a command of the shell",
        "where: params.yaml, key problem",
        "next:  write a word of letters, digits and . _ : + - there; run no dvc repro before",
    ]


@pytest.mark.parametrize(
    ("picks", "key"),
    [
        ({"candidates": ["linear", "x; y"]}, "candidates"),
        ({"seed": "1; y"}, "seed"),
        ({"deep": {"word": "x; y"}}, "deep.word"),
        ({"deep": {"word; y": "x"}}, "deep.word; y"),
        ({"deep": {"list": [["a", {"b": "$(y)"}]]}}, "deep.list.1.b"),
    ],
)
def test_every_place_that_dvc_could_take_a_text_from_is_looked_at(
    folder: Path, picks: dict[str, object], key: str
) -> None:
    write_picks(folder, **picks)
    with pytest.raises(WrongValue) as caught:
        must_be_plain_words()
    assert caught.value.where == f"params.yaml, key {key}"


def test_words_numbers_and_days_are_plain(folder: Path) -> None:
    write_picks(folder, problem="größe_2.b:c", seed=-1, deep={"word": [1.5, 1e-7, True, None, "conf/a-b.yaml"]})
    must_be_plain_words()


def test_what_no_command_names_may_be_anything(folder: Path) -> None:
    write_picks(folder, remark="as; it $(is)")
    must_be_plain_words()


@pytest.mark.parametrize("command", ["picks", "audit"])
def test_nothing_runs_before_the_check(folder: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_picks(folder, problem="$(touch ran)")
    (folder / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n", encoding="utf-8")
    assert main([command]) == 2
    assert capsys.readouterr().err.splitlines()[0].startswith("error: problem has '$(touch ran)', which is no plain")
    assert not (folder / "ran").exists()


@given(st.text(max_size=12))
def test_what_is_plain_is_one_word_of_the_shell(text: str) -> None:
    if WORD.fullmatch(text):
        done = subprocess.run(["sh", "-c", f"printf '<%s>' x={text}"], capture_output=True, check=True, timeout=10)
        assert done.stdout.decode() == f"<x={text}>"


def test_every_rebuild_of_make_and_ci_checks_first() -> None:
    makefile = (TOP / "tasks.mk").read_text(encoding="utf-8")
    commands = [line.strip("\t@") for line in makefile.splitlines() if line.startswith("\t")]
    assert commands.index("lifecycle picks") < commands.index("dvc repro")
    assert [line for line in commands if "dvc repro" in line or "dvc exp" in line] == ["dvc repro"]
    for path in [*sorted((TOP / ".github/workflows").glob("*.yaml")), TOP / ".gitlab-ci.yml", TOP / ".ci/run"]:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"dvc (?:repro|exp|stage)", text) == [], path


def test_what_this_repository_names_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TOP)
    must_be_plain_words()
    named = {*NAMED.findall(PIPELINE.read_text(encoding="utf-8"))} - {"item"}
    assert named <= set(yaml.safe_load((TOP / "params.yaml").read_text(encoding="utf-8")))
