"""Configuration: params.yaml picks, conf/ defines, the command line has the last word, and all is strict."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from lifecycle import config
from lifecycle.data.schema import Schema
from lifecycle.errors import ConfigError, CorruptFile, MissingFile, UnknownName, WrongValue
from lifecycle.options import Call, Keyed, options


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
class Coat(Call):
    """A call within an option."""

    layers: int = 1


@options
class Wall(Keyed):
    """An option that is no call itself, with arguments of its own and coats that have theirs."""

    option: str
    thick: float = 0.2
    inside: Coat | None = None
    outside: tuple[Coat, ...] = ()


@options
class Shed:
    """A stage with a wall."""

    wall: Wall


@options
class Walls:
    """A stage with every wall."""

    wall: dict[str, Wall]


@options
class Named:
    """A stage with a schema."""

    schema: Schema


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
    "conf/lock/bolt.yaml": "_target_: lifecycle.data.splits.split_by_time\nday: day\ntest_days: 30\n",
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


def rejected(*overrides: str) -> ConfigError:
    """The rejection of a configuration, checked to be of three lines."""
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
        lock=Call(target="lifecycle.data.splits.split_by_time", arguments={"day": "day", "test_days": 30}),
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


WALL = """_thick_: 0.3
colour: red
_inside_: {_target_: a.lime, _layers_: 2, shine: 0.5}
_outside_: [{_target_: a.tar}, {_target_: a.oil, depth: {low: 1, high: 2}}]
"""


def test_keys_between_underscores_are_fields_and_all_others_arguments_on_every_level(folder: Path) -> None:
    write(folder / "conf/wall/brick.yaml", WALL)
    assert config.load(Shed, ["wall=brick"]).wall == Wall(
        option="brick",
        thick=0.3,
        arguments={"colour": "red"},
        inside=Coat(target="a.lime", layers=2, arguments={"shine": 0.5}),
        outside=(Coat(target="a.tar"), Coat(target="a.oil", arguments={"depth": {"low": 1, "high": 2}})),
    )


@pytest.mark.parametrize(
    ("text", "what", "where", "todo"),
    [
        ("_thik_: 1.0\n", "unknown key '_thik_'", "key _thik_", "use '_thick_'"),
        ("_inside_: {_layers_: 2}\n", "_inside_._target_ is missing", "key _inside_._target_", "add the key _target_:"),
        (
            "_inside_: {_target_: a.b, _layer_: 2}\n",
            "unknown key '_layer_'",
            "key _inside_._layer_",
            "use '_layers_'",
        ),
        (
            "_outside_: [{_target_: a.b, _layers_: two}]\n",
            '_outside_.0._layers_ is "two": Input should be a valid integer',
            "key _outside_.0._layers_",
            "correct _layers_:",
        ),
    ],
)
def test_a_wrong_key_between_underscores_is_named(folder: Path, text: str, what: str, where: str, todo: str) -> None:
    write(folder / "conf/wall/brick.yaml", text)
    with pytest.raises(ConfigError) as caught:
        config.load(Shed, ["wall=brick"])
    assert caught.value.what.startswith(what)
    assert caught.value.where == f"conf/wall/brick.yaml, {where}"
    assert caught.value.todo == todo


@pytest.mark.parametrize(
    ("declared", "value", "found"),
    [
        (Coat, {"_layers_": 1, "c": 2}, {"layers": 1, "arguments": {"c": 2}}),
        (Coat | None, {"_layers_": 1}, {"layers": 1, "arguments": {}}),
        (Coat | None, None, None),
        (Coat, {"_a_b_": 1, "_half": 1, "half_": 2}, {"a_b": 1, "arguments": {"_half": 1, "half_": 2}}),
        (Coat, {"columns": {"_FREQ_": "int"}}, {"arguments": {"columns": {"_FREQ_": "int"}}}),
        (tuple[Coat, ...], [{"_layers_": 1}], [{"layers": 1, "arguments": {}}]),
        (dict[str, Coat], {"_x_": {"_layers_": 1}}, {"_x_": {"layers": 1, "arguments": {}}}),
        (
            Wall,
            {"_inside_": {"_layers_": 1}, "_outside_": [{"c": 2}]},
            {"inside": {"layers": 1, "arguments": {}}, "outside": [{"arguments": {"c": 2}}], "arguments": {}},
        ),
        (dict[str, Any], {"_target_": {"_rank_": 1}}, {"_target_": {"_rank_": 1}}),
        (Any, [{"_target_": 1}, "_a_", None], [{"_target_": 1}, "_a_", None]),
    ],
)
def test_keys_between_underscores_are_special_only_where_the_class_takes_them(
    declared: object, value: object, found: object
) -> None:
    assert config.nest_arguments(declared, value) == found


ODD_NAMES = (
    "_index_",
    "_FREQ_",
    "_target_",
    "__index_level_0__",
    "1.5",
    "true",
    "null",
    "yes",
    "${oc.env:HOME}",
    "a.b",
)


def test_names_from_outside_are_free_as_keys(folder: Path) -> None:
    entry = "{type: number, role: feature, description: a number}"
    columns = "".join(f'  "{name}": {entry}\n' for name in ODD_NAMES)
    tables = "".join(f'    "{name}": text\n' for name in ODD_NAMES)
    write(folder / "conf/schema/odd.yaml", f"columns:\n{columns}tables:\n  t:\n{tables}")
    schema = config.load(Named, ["schema=odd"]).schema
    assert tuple(schema.columns) == ODD_NAMES
    assert schema.tables == {"t": dict.fromkeys(ODD_NAMES, "text")}


def test_a_dict_group_takes_every_option_of_its_folder(folder: Path) -> None:
    write(folder / "conf/metric/auc.yaml", "_target_: sklearn.metrics.roc_auc_score\n")
    assert list(config.load(House).metric) == ["auc", "brier", "f1"]
    assert config.list_options("metric") == ["auc", "brier", "f1"]
    assert config.list_options("nowhere") == []


def test_every_option_of_a_dict_group_knows_its_name(folder: Path) -> None:
    write(folder / "conf/wall/thin.yaml", "_thick_: 0.1\n")
    write(folder / "conf/wall/stone.yaml", "_thick_: 0.5\ncolour: grey\n")
    assert config.load(Walls).wall == {
        "stone": Wall(option="stone", thick=0.5, arguments={"colour": "grey"}),
        "thin": Wall(option="thin", thick=0.1),
    }


def test_a_group_that_params_does_not_name_follows_the_problem(folder: Path) -> None:
    assert config.choose_options(House) == {"door": "home", "lock": "bolt", "paint": "red"}


def test_a_group_may_be_picked_by_a_key_of_the_problems_own_file(folder: Path) -> None:
    write(folder / "conf/problem/home.yaml", "door: barn\nlock: bolt\nrooms: 7\nunit: a room\n")
    assert config.choose_options(House) == {"door": "barn", "lock": "bolt", "paint": "red"}
    assert config.load(House).door.width == 3.0
    assert config.load(House).rooms == 4
    assert config.read_problem_options("home") == {"door": "barn", "lock": "bolt"}


def test_params_come_before_the_problems_pick_and_the_command_line_before_both(folder: Path) -> None:
    write(folder / "conf/problem/home.yaml", "door: barn\n")
    write(folder / "params.yaml", FILES["params.yaml"] + "door: home\n")
    assert config.choose_options(House)["door"] == "home"
    assert config.choose_options(House, ["door=barn"])["door"] == "barn"


def test_another_problem_on_the_command_line_picks_for_itself(folder: Path) -> None:
    write(folder / "conf/problem/farm.yaml", "door: barn\n")
    assert config.choose_options(House, ["problem=farm"])["door"] == "barn"
    assert config.choose_options(House, ["problem=barn"])["door"] == "barn"


@pytest.mark.parametrize("text", ["", "- door\n", "door: 5\n", "door: [barn]\n"])
def test_a_problem_that_picks_nothing_leaves_the_option_of_its_name(folder: Path, text: str) -> None:
    write(folder / "conf/problem/home.yaml", text)
    assert config.choose_options(House)["door"] == "home"


def test_a_problem_that_picks_what_is_not_there_is_rejected(folder: Path) -> None:
    write(folder / "conf/problem/home.yaml", "door: bran\n")
    assert rejected().todo == "use 'barn'"


def test_a_group_without_a_pick_lists_the_options(folder: Path) -> None:
    write(folder / "params.yaml", "lock: bolt\npaint: red\n")
    error = rejected()
    assert str(error) == (
        "error: no door is picked\nwhere: params.yaml and the command line, key door\n"
        "next:  add door=NAME, one of barn, home"
    )


def test_an_unknown_option_has_the_nearest_suggested(folder: Path) -> None:
    error = rejected("door=bran")
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
    error = rejected()
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
    error = rejected(*overrides)
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
    error = rejected()
    assert error.what.startswith(what)
    assert "conf/lock/bolt.yaml" in error.where


def test_a_value_that_nothing_gives_is_named(folder: Path) -> None:
    write(folder / "params.yaml", "problem: home\nthrough: 2013-09-30\nlock: bolt\npaint: red\n")
    assert "Missing mandatory value: seed" in rejected().what


def test_a_group_given_twice_is_rejected(folder: Path) -> None:
    assert "appears more than once" in rejected("+lock=bolt").what


def test_without_params_there_is_nothing_to_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingFile, match=r"params\.yaml does not exist"):
        config.load(House)


def test_as_yaml_shows_what_was_composed(folder: Path) -> None:
    assert config.format_yaml(House, ["door=barn"]).splitlines() == [
        "door:",
        "  width: 3",
        "  hinges: []",
        "  panes: {}",
        "lock:",
        "  _target_: lifecycle.data.splits.split_by_time",
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
    assert config.compose_values(Plain) == {"seed": 1, "names": ["a", "b"]}
    with pytest.raises(WrongValue, match=r"names\.1 is 5: Input should be a valid string"):
        config.load(Plain, ["names=[x,5]"])


WIDE = "width: 1.5\nhinges: []\npanes:\n" + "".join(
    f"  pane{number}: {{side: left, screws: {number}}}\n" for number in range(2000)
)


def test_a_large_file_has_the_values_that_hydra_composes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "conf/door/gate.yaml", WIDE)
    fast = config.load(House, ["door=gate", "seed=5"])
    monkeypatch.setattr(config, "LARGE", 10**9)
    assert fast == config.load(House, ["door=gate", "seed=5"])
    assert fast.door.panes["pane1999"] == Hinge(side="left", screws=1999)
    assert fast.seed == 5


@pytest.mark.parametrize(
    ("width", "override"),
    [("1.5", "door.width=2.5"), ("2.5", "rooms=4"), ("${paint.C}", "paint.C=2.5")],
)
def test_a_large_file_is_overridden_and_interpolated_as_a_small_one(folder: Path, width: str, override: str) -> None:
    write(folder / "conf/door/gate.yaml", WIDE.replace("1.5", width))
    assert config.load(House, ["door=gate", override]).door.width == 2.5


@pytest.mark.parametrize(("line", "message"), [("width: 2", "duplicate key width"), ("heigth: 2", "key 'heigth'")])
def test_a_fault_of_a_large_file_is_named(folder: Path, line: str, message: str) -> None:
    write(folder / "conf/door/gate.yaml", WIDE + line)
    caught = rejected("door=gate")
    assert message in caught.what
    assert "conf/door/gate.yaml" in caught.where


@pytest.mark.parametrize(
    "text",
    [
        "${oc.env:SHOP_TOKEN}",
        "${ oc.env : SHOP_TOKEN }",
        "a ${oc.env:SHOP_TOKEN,none} b",
        "\\\\${oc.env:SHOP_TOKEN}",
        "${oc.decode:${oc.env:SHOP_TOKEN}}",
        "${oc.select:seed}",
        "${hydra:runtime.cwd}",
        "${now:%Y}",
        "${mine:a}",
        "${${paint.C}}",
        "${seed}${oc.env:SHOP_TOKEN}",
    ],
)
@pytest.mark.parametrize("place", ["paint", "metric", "lists", "params", "override", "added"])
def test_a_resolver_is_refused_wherever_it_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, place: str
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "swordfish")
    quoted = f"'{text}'"
    overrides: list[str] = []
    if place == "paint":
        write(folder / "conf/paint/red.yaml", f"_target_: sklearn.svm.SVC\n_rank_: 2\nC: {{deep: [1, {quoted}]}}\n")
    elif place == "metric":
        write(folder / "conf/metric/f1.yaml", f"_target_: {quoted}\n")
    elif place == "lists":
        write(folder / "conf/door/home.yaml", f"width: 0.9\nhinges: [{{side: {quoted}}}]\n")
    elif place == "params":
        with (folder / "params.yaml").open("a") as params:
            params.write(f"unused: [{quoted}]\n")
    else:
        overrides = [f"{'+' if place == 'added' else ''}paint.{'more' if place == 'added' else 'C'}={quoted}"]
    error = rejected(*overrides)
    assert "its result would be written into files that are committed" in error.what
    assert error.todo.startswith("write the value itself")
    assert "swordfish" not in str(error)
    wanted = {
        "paint": "conf/paint/red.yaml, key C.deep.1",
        "metric": "conf/metric/f1.yaml, key _target_",
        "lists": "conf/door/home.yaml, key hinges.0.side",
        "params": "params.yaml, key unused.0",
    }
    assert error.where == wanted.get(place, f"command line, {overrides[0] if overrides else ''}")


def test_what_a_resolver_for_a_secret_is_refused_with_can_be_pasted(folder: Path) -> None:
    error = rejected("paint.C='${oc.env:SHOP_TOKEN}'")
    assert str(error) == (
        "error: paint.C holds ${oc.env:SHOP_TOKEN}: its result would be written into files that are committed\n"
        "where: command line, paint.C='${oc.env:SHOP_TOKEN}'\n"
        "next:  write the value itself, or '\\${SHOP_TOKEN}' for the secret of a source (docs/sources.md)"
    )


@pytest.mark.parametrize(
    "spelled",
    ["'\\${oc.env:SHOP_TOKEN}'", "'${.literal}'", '"\\\\\\u0024{oc.env:SHOP_TOKEN}"'],
    ids=["plain", "named", "escaped"],
)
def test_an_escaped_resolver_stays_a_text(folder: Path, monkeypatch: pytest.MonkeyPatch, spelled: str) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "swordfish")
    literal = "literal: '\\${oc.env:SHOP_TOKEN}'\n"
    write(folder / "conf/paint/red.yaml", f"_target_: sklearn.svm.SVC\n_rank_: 2\n{literal}C: {spelled}\n")
    assert config.load(House).paint.arguments["C"] == "${oc.env:SHOP_TOKEN}"


def test_a_resolver_spelled_in_another_way_is_refused(folder: Path) -> None:
    write(folder / "conf/paint/red.yaml", '_target_: sklearn.svm.SVC\n_rank_: 2\nC: "\\x24{oc.env:SHOP_TOKEN}"\n')
    assert rejected().where == "conf/paint/red.yaml, key C"


@pytest.mark.parametrize("entry", ["/metric@here: ${oc.env:SHOP_TOKEN}", "/metric@here: ${oc.env:SHOP_TOKEN,f1}"])
def test_a_defaults_list_runs_no_resolver(folder: Path, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "swordfish")
    write(folder / "conf/paint/red.yaml", f"defaults:\n- {entry}\n- _self_\n_target_: sklearn.svm.SVC\n_rank_: 2\n")
    error = rejected()
    assert "swordfish" not in str(error)
    assert "'f1'" not in str(error)


def test_a_key_names_another_key(folder: Path) -> None:
    write(folder / "conf/paint/red.yaml", "_target_: sklearn.svm.SVC\n_rank_: 2\nC: ${ seed }\n")
    assert config.load(House).paint.arguments["C"] == 1


@pytest.mark.parametrize(
    ("override", "key"),
    [
        (r"paint.C=$\{oc.env:SHOP_TOKEN\}", "paint.C"),
        (r"+paint.more=[$\{oc.env:SHOP_TOKEN\}]", "paint.more.0"),
        (r"+paint.more={a:$\{oc.env:SHOP_TOKEN\}}", "paint.more.a"),
    ],
)
def test_a_resolver_that_hydra_would_unescape_is_refused(folder: Path, override: str, key: str) -> None:
    error = rejected(override)
    assert error.what.startswith(f"{key} holds ${{oc.env:SHOP_TOKEN}}: ")
    assert error.where == f"command line, {override}"
