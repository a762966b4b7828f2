"""Configuration: params.yaml picks, conf/ defines, the command line has the last word, and all is strict."""

import datetime
from pathlib import Path

import pytest

from lifecycle import config
from lifecycle.errors import ConfigError, CorruptFile, MissingFile, UnknownName, WrongValue
from lifecycle.options import Call, options


@options
class Hinge:
    """One hinge of a door."""

    side: str
    screws: int = 2


@options
class Door:
    """An option with every kind of nesting."""

    width: float
    hinges: tuple[Hinge, ...]
    panes: dict[str, Hinge]


@options
class Paint(Call):
    """A call that knows which option it is."""

    option: str
    rank: int


@options
class House:
    """What a stage would declare."""

    door: Door
    lock: Call
    paint: Paint
    metric: dict[str, Call]
    seed: int
    through: datetime.date
    rooms: int = 4


FILES = {
    "params.yaml": "problem: home\nthrough: 2013-09-30\nseed: 1\nlock: bolt\npaint: red\n",
    "conf/door/home.yaml": "width: 0.9\nhinges: [{side: left}, {side: right, screws: 3}]\npanes: {top: {side: up}}\n",
    "conf/door/barn.yaml": "width: 3\nhinges: []\npanes: {}\n",
    "conf/lock/bolt.yaml": "_target_: lifecycle.split.by_time\nday: day\ntest_days: 30\n",
    "conf/paint/red.yaml": "_target_: sklearn.svm.SVC\n_rank_: 2\nC: 0.5\n",
    "conf/metric/f1.yaml": "_target_: sklearn.metrics.f1_score\nbeta: 1\n",
    "conf/metric/brier.yaml": "_target_: sklearn.metrics.brier_score_loss\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small params.yaml and conf/, made the working folder."""
    for name, text in FILES.items():
        write(tmp_path / name, text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def refused(*overrides: str) -> ConfigError:
    """The refusal of a configuration, checked to be of three lines."""
    with pytest.raises(ConfigError) as caught:
        config.load(House, overrides)
    assert len(str(caught.value).splitlines()) == 3
    return caught.value


def test_the_composed_configuration_is_the_declared_class(folder: Path) -> None:
    assert config.load(House) == House(
        door=Door(
            width=0.9,
            hinges=(Hinge(side="left"), Hinge(side="right", screws=3)),
            panes={"top": Hinge(side="up")},
        ),
        lock=Call(target="lifecycle.split.by_time", arguments={"day": "day", "test_days": 30}),
        paint=Paint(target="sklearn.svm.SVC", option="red", rank=2, arguments={"C": 0.5}),
        metric={
            "brier": Call(target="sklearn.metrics.brier_score_loss"),
            "f1": Call(target="sklearn.metrics.f1_score", arguments={"beta": 1}),
        },
        seed=1,
        through=datetime.date(2013, 9, 30),
        rooms=4,
    )


def test_the_command_line_overrides_as_hydra_does(folder: Path) -> None:
    loaded = config.load(
        House,
        [
            "door=barn",
            "seed=7",
            "through=2013-10-31",
            "+lock.valid_days=5",
            "~paint.C",
            "metric.f1.beta=2",
            "rooms=1",
        ],
    )
    assert (loaded.door.width, loaded.seed, loaded.rooms) == (3.0, 7, 1)
    assert loaded.through == datetime.date(2013, 10, 31)
    assert loaded.lock.arguments == {"day": "day", "test_days": 30, "valid_days": 5}
    assert loaded.paint.arguments == {}
    assert loaded.metric["f1"].arguments == {"beta": 2}


def test_a_dict_group_takes_every_option_of_its_folder(folder: Path) -> None:
    write(folder / "conf/metric/auc.yaml", "_target_: sklearn.metrics.roc_auc_score\n")
    assert list(config.load(House).metric) == ["auc", "brier", "f1"]
    assert config.available("metric") == ["auc", "brier", "f1"]
    assert config.available("nowhere") == []


def test_a_group_that_params_does_not_name_follows_the_problem(folder: Path) -> None:
    assert config.chosen(House) == {"door": "home", "lock": "bolt", "paint": "red"}


def test_a_group_without_a_pick_lists_the_options(folder: Path) -> None:
    write(folder / "params.yaml", "lock: bolt\npaint: red\n")
    error = refused()
    assert str(error) == (
        "error: no door is picked\nwhere: params.yaml and the command line, key door\n"
        "next:  add door=NAME, one of barn, home"
    )


def test_an_unknown_option_has_the_nearest_suggested(folder: Path) -> None:
    error = refused("door=bran")
    assert isinstance(error, UnknownName)
    assert str(error) == (
        "error: door: there is no option 'bran'\n"
        "where: conf/door/, picked in params.yaml or on the command line\nnext:  use 'barn'"
    )


@pytest.mark.parametrize(
    ("name", "text", "what", "where", "todo"),
    [
        (
            "conf/door/home.yaml",
            "width: 1\nhinges: []\npanes: {}\nheigth: 2\n",
            "unknown key 'heigth'",
            "conf/door/home.yaml, key heigth",
            "use 'width'",
        ),
        (
            "conf/door/home.yaml",
            "width: 1\nhinges: [{side: a}, {sid: b}]\npanes: {}\n",
            "hinges.1.side is missing",
            "conf/door/home.yaml, key hinges.1.side",
            "add the key side:",
        ),
        (
            "conf/door/home.yaml",
            "width: 1\nhinges: [{side: a}, {side: b, screw: 1}]\npanes: {}\n",
            "unknown key 'screw'",
            "conf/door/home.yaml, key hinges.1.screw",
            "use 'screws'",
        ),
        (
            "conf/door/home.yaml",
            "width: 1\nhinges: []\npanes: {top: {side: a, sidd: b}}\n",
            "unknown key 'sidd'",
            "conf/door/home.yaml, key panes.top.sidd",
            "use 'side'",
        ),
        (
            "conf/door/home.yaml",
            "width: wide\nhinges: []\npanes: {}\n",
            'width is "wide": Input should be a valid number',
            "conf/door/home.yaml, key width",
            "correct width:",
        ),
        (
            "conf/lock/bolt.yaml",
            "day: day\n",
            "_target_ is missing",
            "conf/lock/bolt.yaml, key _target_",
            "add the key _target_:",
        ),
        (
            "conf/paint/red.yaml",
            "_target_: a.b\n_rank_: 1\n_rnk_: 1\n",
            "unknown key '_rnk_'",
            "conf/paint/red.yaml, key _rnk_",
            "use '_rank_'",
        ),
        (
            "conf/metric/f1.yaml",
            "_target_: 5\n",
            "f1._target_ is 5: Input should be a valid string",
            "conf/metric/, key f1._target_",
            "correct _target_:",
        ),
        (
            "params.yaml",
            "problem: home\nthrough: soon\nseed: 1\nlock: bolt\npaint: red\n",
            'through is "soon": Input should be a valid date',
            "params.yaml or the command line, key through",
            "correct through:",
        ),
        (
            "params.yaml",
            "- problem\n",
            "params.yaml holds list, not a mapping",
            "params.yaml",
            "write one line",
        ),
    ],
)
def test_a_wrong_file_is_named_with_its_key(
    folder: Path, name: str, text: str, what: str, where: str, todo: str
) -> None:
    write(folder / name, text)
    error = refused()
    assert error.what.startswith(what)
    assert error.where == where
    assert error.todo.startswith(todo)


@pytest.mark.parametrize(
    ("overrides", "what", "todo"),
    [
        (["sed=2"], "unknown key 'sed'", "use 'seed'"),
        (["nonsense"], "unknown key 'nonsense'", "use 'seed'"),
        (
            ["lock.test_dayz=3"],
            "unknown key 'test_dayz' in lock.test_dayz",
            "use 'test_days'; a new key is added",
        ),
        (["metric.f1.bta=3"], "unknown key 'bta' in metric.f1.bta", "use 'beta'; a new key is added"),
        (["metric.f2.beta=3"], "unknown key 'f2' in metric.f2.beta", "use 'f1'; a new key is added"),
        (["metric.f1.beta=3", "sed=1"], "unknown key 'sed'", "use 'seed'"),
        (["+lock.valid_days=3", "sed=1"], "unknown key 'sed'", "use 'seed'"),
        (["seed=1.5"], "seed is 1.5: Input should be a valid integer", "correct seed:"),
        (["seed=null"], "seed is null: Input should be a valid integer", "correct seed:"),
        (["~seed"], "seed is missing", "add the key seed:"),
    ],
)
def test_a_wrong_override_is_named(folder: Path, overrides: list[str], what: str, todo: str) -> None:
    error = refused(*overrides)
    assert error.what == what
    assert error.todo.startswith(todo)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("day: ???\n", "Missing mandatory value: day"),
        ("day: ${nowhere}\n", "Interpolation key 'nowhere' not found"),
        ("day: [1\n", "while parsing a flow sequence"),
        ("day: a\nday: b\n", "while constructing a mapping"),
    ],
)
def test_yaml_that_cannot_be_composed_names_the_file(folder: Path, text: str, what: str) -> None:
    write(folder / "conf/lock/bolt.yaml", text)
    error = refused()
    assert error.what.startswith(what)
    assert "conf/lock/bolt.yaml" in error.where


def test_a_value_that_nothing_gives_is_named(folder: Path) -> None:
    write(folder / "params.yaml", "problem: home\nthrough: 2013-09-30\nlock: bolt\npaint: red\n")
    assert "Missing mandatory value: seed" in refused().what


def test_a_group_given_twice_is_refused(folder: Path) -> None:
    assert "appears more than once" in refused("+lock=bolt").what


def test_without_params_there_is_nothing_to_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingFile, match=r"params\.yaml does not exist"):
        config.load(House)


def test_as_yaml_shows_what_was_composed(folder: Path) -> None:
    assert config.as_yaml(House, ["door=barn"]).splitlines() == [
        "door:",
        "  width: 3",
        "  hinges: []",
        "  panes: {}",
        "lock:",
        "  _target_: lifecycle.split.by_time",
        "  day: day",
        "  test_days: 30",
        "paint:",
        "  _target_: sklearn.svm.SVC",
        "  _rank_: 2",
        "  C: 0.5",
        "metric:",
        "  brier:",
        "    _target_: sklearn.metrics.brier_score_loss",
        "  f1:",
        "    _target_: sklearn.metrics.f1_score",
        "    beta: 1",
        "seed: 1",
        "through: '2013-09-30'",
        "rooms: 4",
    ]


def test_a_record_is_read_back_as_strictly() -> None:
    assert config.from_record(Hinge, {"side": "left"}) == Hinge(side="left")
    with pytest.raises(CorruptFile, match="a recorded Hinge has screws: Input should be a valid integer") as caught:
        config.from_record(Hinge, {"side": "left", "screws": "2"})
    assert len(str(caught.value).splitlines()) == 3


@options
class Plain:
    """Plain values alone."""

    seed: int
    names: tuple[str, ...] = ("a", "b")


def test_a_stage_sees_only_what_it_declares(folder: Path) -> None:
    assert config.load(Plain) == Plain(seed=1, names=("a", "b"))
    assert config.composed(Plain) == {"seed": 1, "names": ["a", "b"]}
    with pytest.raises(WrongValue, match=r"names\.1 is 5: Input should be a valid string"):
        config.load(Plain, ["names=[x,5]"])
