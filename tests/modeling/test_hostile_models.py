"""Model files that a stranger has made: a person is told in three lines, and the process lives on."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from builders import hostile
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from lifecycle.errors import CorruptFile
from lifecycle.modeling.estimators.clusters import StableAgglomerative, StableKMeans
from lifecycle.modeling.persistence import TRUSTED, parse_model
from lifecycle.modeling.sklearn_internals import MORE_MODEL_TYPES
from lifecycle.modeling.skops_internals import LOADERS

RANDOM = np.random.default_rng(1)
ROWS = RANDOM.normal(size=(200, 3))
LABELS = (ROWS[:, 0] + RANDOM.normal(size=200) > 0).astype(int)
PATH = Path("a.skops")
SURE = {"n_estimators": 3, "min_child_samples": 5, "verbose": -1, "n_jobs": 1, "random_state": 1}


def dump(model: Any) -> bytes:
    return skops.io.dumps({"pipeline": model})


def rejected(packed: bytes) -> str:
    """What is said of a file that is rejected, in three lines."""
    with pytest.raises(CorruptFile) as caught:
        parse_model(packed, PATH)
    assert len(str(caught.value).splitlines()) == 3
    return caught.value.what


def fitted(model: Any) -> bytes:
    return dump(model.fit(ROWS, LABELS))


# What is trusted


def list_default_types() -> list[str]:
    """Every type and function that skops trusts by itself."""
    lists = import_module("skops.io._trusted_types")
    named = {one for name in dir(lists) if name.endswith("TYPE_NAMES") for one in getattr(lists, name)}
    losses = import_module("skops.io._sklearn").ALLOWED_LOSSES
    return sorted(named | {f"{one.__module__}.{one.__name__}" for one in losses})


def name_node(loader: str, name: str) -> dict[str, Any]:
    """A node without content that makes an object of a type by a loader."""
    module, _, kind = name.rpartition(".")
    return {"__class__": kind, "__module__": module, "__loader__": loader}


def hold(node: dict[str, Any]) -> bytes:
    """A model file whose dictionary holds a node."""

    def change(schema: Any) -> None:
        schema["content"]["pipeline"] = node

    return hostile.change_schema(dump(1), change)


def test_every_type_that_skops_trusts_is_ours_or_rejected() -> None:
    names = list_default_types()
    assert len(names) > 300
    for name in names:
        if name in TRUSTED or name in (LOADERS["TypeNode"] or ()):
            continue
        for loader in ("ObjectNode", "TypeNode", "FunctionNode"):
            assert f"holds types that are not trusted: {name}" in rejected(hold(name_node(loader, name)))


def test_a_trusted_type_is_an_object_and_no_function() -> None:
    for name in TRUSTED:
        assert f"{name} (FunctionNode)" in rejected(hold(name_node("FunctionNode", name)))
        assert "holds types that are not trusted" in rejected(hold(name_node("TypeNode", name)))


@pytest.mark.parametrize("name", MORE_MODEL_TYPES)
def test_a_type_that_an_option_of_one_s_own_may_name_comes_back(name: str) -> None:
    module, _, kind = name.rpartition(".")
    labels = np.exp(LABELS) if kind.endswith("Regressor") else LABELS
    model = getattr(import_module(module), kind)().fit(np.abs(ROWS), labels)
    loaded = parse_model(dump(model), PATH)["pipeline"]
    use = "predict" if hasattr(model, "predict") else "transform"
    np.testing.assert_array_equal(getattr(loaded, use)(np.abs(ROWS)), getattr(model, use)(np.abs(ROWS)))


@pytest.mark.parametrize(
    "model",
    [
        CountVectorizer(input="filename"),
        HashingVectorizer(input="file"),
        TfidfVectorizer(input="filename"),
        TfidfVectorizer(token_pattern="(a+)+$"),
        TfidfVectorizer(ngram_range=(1, 10**9)),
        FunctionTransformer(np.exp),
        FunctionTransformer(np.load),
        Pipeline([("a", OneHotEncoder())], memory="elsewhere"),
        ColumnTransformer([("a", OneHotEncoder(), np.flatnonzero)]),
    ],
    ids=lambda model: type(model).__name__,
)
def test_what_could_open_a_file_or_run_a_function_is_rejected(model: Any) -> None:
    rejected(dump(model))


def test_an_attribute_takes_no_method_s_place() -> None:
    model = DecisionTreeClassifier().fit(ROWS, LABELS)
    model._validate_X_predict = float
    assert "has the attributes _validate_X_predict" in rejected(dump(model))


def test_an_id_that_stands_twice_hides_nothing() -> None:
    """skops takes the first of the parts that have one id: what is checked is what is made."""
    text = fitted(LGBMClassifier(**SURE))

    def change(schema: Any) -> None:
        planted = {**hostile.value("tree\nversion=v4\n"), "__id__": 77}
        schema["content"] = {"first": planted, **schema["content"]}
        schema["key_types"]["content"].insert(0, name_node("TypeNode", "builtins.str"))
        hostile.attribute(schema, "Booster", "_handle")["__id__"] = 77

    assert "LightGBM model" in rejected(hostile.change_schema(text, change))


def test_a_part_that_holds_itself_is_rejected() -> None:
    inner = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": [{"__id__": 5}]}
    assert "a builtins.list is a part of itself" in rejected(hold({**inner, "__id__": 5}))


# Arrays and JSON


def test_a_deep_schema_is_rejected() -> None:
    assert "cannot be read" in rejected(hostile.pack({"schema.json": b"[" * 10**6}))
    deep = '{"__class__":"list","__module__":"builtins","__loader__":"ListNode","content":['
    text = '{"protocol":2,' + deep[1:] + deep * 5000
    assert "cannot be read" in rejected(hostile.pack({"schema.json": (text + "]}" * 5001).encode()}))


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ("(1000000000000,)", "<f8"),
        ("(1000000000000,)", "|V0"),
        ("(-1,)", "<f8"),
        ("(2,)", "|O"),
        ("(0, 99999999)", "<f8"),
    ],
)
def test_the_header_of_an_array_does_not_lie(shape: str, kind: str) -> None:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + b"\0" * 8
    packed = dump(np.arange(3.0))
    node = hostile.read_schema(packed)["content"]["pipeline"]
    assert "an array of shape" in rejected(hostile.pack(hostile.unpack(packed) | {node["file"]: content}))


# Trees, in a process of their own: what fails here would take pytest with it


def edit_nodes(kind: str, field: str, place: int, found: int) -> Callable[[bytes], bytes]:
    """Another number in the nodes of the first tree of a class."""

    def change(packed: bytes) -> bytes:
        schema = hostile.read_schema(packed)
        node = next(hostile.find_nodes(schema, kind))["content"]["content"]["nodes"]

        def write(nodes: np.ndarray) -> None:
            nodes[field][place] = found

        return hostile.change_array(packed, node, write)

    return change


def edit_tree(name: str, found: Any) -> Callable[[bytes], bytes]:
    """Another number in the state of the first Tree."""

    def change(schema: Any) -> None:
        next(hostile.find_nodes(schema, "Tree"))["content"]["content"][name] = hostile.value(found)

    return lambda packed: hostile.change_schema(packed, change)


def edit_arguments(place: int, found: Any) -> Callable[[bytes], bytes]:
    """Another argument of the first Tree."""

    def change(schema: Any) -> None:
        next(hostile.find_nodes(schema, "Tree"))["__reduce__"]["args"]["content"][place] = hostile.value(found)

    return lambda packed: hostile.change_schema(packed, change)


def edit(kind: str, name: str, found: Any) -> Callable[[bytes], bytes]:
    """Another value of an attribute."""
    return lambda packed: hostile.set_attribute(packed, kind, name, found)


def edit_array(kind: str, name: str, change: Callable[[np.ndarray], np.ndarray | None]) -> Callable[[bytes], bytes]:
    """Another array as an attribute."""
    return lambda packed: hostile.change_array(
        packed, hostile.attribute(hostile.read_schema(packed), kind, name), change
    )


def edit_line(name: str, change: Callable[[list[str]], list[str]]) -> Callable[[bytes], bytes]:
    """Another list in the first tree, or the head, of LightGBM's text, whose sizes stay right."""

    def apply(text: str) -> str:
        head, tree, rest = text.partition("Tree=0\n")
        where, start = (head, "") if f"\n{name}=" in head else (rest, tree)
        before, line, after = where.partition(f"\n{name}=" if where is head else f"{name}=")
        value, newline, after = after.partition("\n")
        changed = before + line + " ".join(change(value.split(" "))) + newline + after
        if where is head:
            return changed + tree + rest
        sizes = head.partition("tree_sizes=")[2].split("\n")[0]
        first, _, others = sizes.partition(" ")
        head = head.replace(f"tree_sizes={sizes}", f"tree_sizes={int(first) + len(changed) - len(rest)} {others}")
        return head + start + changed

    return lambda packed: hostile.change_text(packed, apply)


def edit_item(kind: str, name: str, key: int | str, found: Any) -> Callable[[bytes], bytes]:
    """Another plain value in a list or a dictionary that is an attribute, or one more in a dictionary."""

    def change(schema: Any) -> None:
        node = hostile.attribute(schema, kind, name)
        if node["__class__"] == "dict" and key not in node["content"]:
            node["key_types"]["content"].append(name_node("TypeNode", "builtins.str"))
        node["content"][key] = hostile.value(found)

    return lambda packed: hostile.change_schema(packed, change)


def place(index: int, found: str) -> Callable[[list[str]], list[str]]:
    """A list with another number in one place."""
    return lambda values: [found if at == index else one for at, one in enumerate(values)]


def make_forest() -> Any:
    return RandomForestClassifier(3, max_depth=3, random_state=1)


def make_boosted() -> Any:
    return HistGradientBoostingClassifier(max_iter=3, random_state=1)


def make_lightgbm() -> Any:
    return LGBMClassifier(**SURE)


HOSTILE: list[tuple[str, Callable[[], Any], Callable[[bytes], bytes]]] = [
    ("a child out of range", make_forest, edit_nodes("Tree", "left_child", 0, 10**9)),
    ("a child below zero", make_forest, edit_nodes("Tree", "right_child", 0, -7)),
    ("a circle", make_forest, edit_nodes("Tree", "left_child", 0, 0)),
    ("a feature out of range", make_forest, edit_nodes("Tree", "feature", 0, 10**9)),
    ("a feature below zero", make_forest, edit_nodes("Tree", "feature", 0, -(10**9))),
    ("fewer nodes than said", make_forest, edit_tree("node_count", 10**6)),
    ("a forest deeper than its nodes", make_forest, edit_tree("max_depth", 2**40)),
    ("more features than rows have", make_forest, edit_arguments(0, 10**6)),
    ("more outputs than counts", make_forest, edit_arguments(2, 10**6)),
    ("a tree for wider rows", make_forest, edit("DecisionTreeClassifier", "n_features_in_", 4)),
    ("a forest for other rows", make_forest, edit("RandomForestClassifier", "n_features_in_", 2)),
    ("more jobs than a machine has", make_forest, edit("RandomForestClassifier", "n_jobs", 10**9)),
    ("a boosted child out of range", make_boosted, edit_nodes("TreePredictor", "left", 0, 2**31)),
    ("a boosted circle", make_boosted, edit_nodes("TreePredictor", "right", 0, 0)),
    ("a boosted tree deeper than its nodes", make_boosted, edit_nodes("TreePredictor", "depth", 0, 2**24)),
    ("a boosted feature out of range", make_boosted, edit_nodes("TreePredictor", "feature_idx", 0, 10**9)),
    ("a boosted split by categories", make_boosted, edit_nodes("TreePredictor", "is_categorical", 0, 1)),
    ("a LightGBM child out of range", make_lightgbm, edit_line("left_child", place(0, "99999"))),
    ("a LightGBM leaf out of range", make_lightgbm, edit_line("right_child", place(0, "-99999"))),
    ("a LightGBM circle", make_lightgbm, edit_line("left_child", place(0, "0"))),
    ("a LightGBM feature out of range", make_lightgbm, edit_line("split_feature", place(0, "99999"))),
    ("a LightGBM feature below zero", make_lightgbm, edit_line("split_feature", place(0, "-5"))),
    ("more LightGBM leaves than values", make_lightgbm, edit_line("num_leaves", lambda _: ["2147483647"])),
    ("fewer LightGBM leaves than values", make_lightgbm, edit_line("num_leaves", lambda _: ["2"])),
    ("LightGBM trees out of place", make_lightgbm, edit_line("tree_sizes", place(1, "999999999"))),
    ("a LightGBM tree of a negative size", make_lightgbm, edit_line("tree_sizes", place(1, "-9"))),
    ("more LightGBM classes than trees", make_lightgbm, edit_line("num_class", lambda _: ["100000"])),
    ("LightGBM classes of the objective", make_lightgbm, edit_line("objective", lambda _: ["multiclass num_class:99"])),
    ("more LightGBM features than names", make_lightgbm, edit_line("max_feature_idx", lambda _: ["99999"])),
    ("a LightGBM category out of range", make_lightgbm, edit_line("decision_type", place(0, "1"))),
    ("LightGBM words", make_lightgbm, lambda packed: hostile.change_text(packed, lambda _: "tree\nTree=0\nabc")),
    ("no LightGBM text", make_lightgbm, edit("Booster", "_handle", None)),
    ("a LightGBM text that is a number", make_lightgbm, edit("Booster", "_handle", 12)),
    ("a second LightGBM parameter", make_lightgbm, edit("LGBMClassifier", "_objective", "binary num_threads=99")),
    ("a LightGBM parameter that no option gives", make_lightgbm, edit_item("LGBMClassifier", "_other_params", "n", 1)),
    ("more LightGBM jobs", make_lightgbm, edit_item("LGBMClassifier", "_other_params", "n_jobs", 10**9)),
    ("a vector of another width", SVC, edit_array("SVC", "support_vectors_", lambda one: one[:, :1].copy())),
    ("more support vectors than there are", SVC, edit_array("SVC", "_n_support", lambda one: one * 10**6)),
    ("fewer coefficients", SVC, edit_array("SVC", "_dual_coef_", lambda one: one[:, :1].copy())),
    (
        "a neighbour of no class",
        lambda: KNeighborsClassifier(algorithm="brute"),
        edit_array("KNeighborsClassifier", "_y", lambda one: one + 10**9),
    ),
    (
        "neighbours of another width",
        lambda: KNeighborsClassifier(algorithm="brute"),
        edit_array("KNeighborsClassifier", "_fit_X", lambda one: one[:, :1].copy()),
    ),
    (
        "centres of another width",
        lambda: StableKMeans(2, random_state=1),
        edit_array("StableKMeans", "cluster_centers_", lambda one: one[:, :1].copy()),
    ),
    (
        "placed rows of another width",
        lambda: StableAgglomerative(2, random_state=1),
        edit_array("StableAgglomerative", "rows_", lambda one: one[:, :1].copy()),
    ),
    (
        "draws of another size",
        lambda: IsolationForest(n_estimators=2, random_state=1),
        edit("IsolationForest", "_max_features", 2),
    ),
]


@pytest.mark.parametrize(("make", "change"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_what_compiled_code_follows_is_rejected(make: Callable[[], Any], change: Callable[[bytes], bytes]) -> None:
    model = make()
    packed = dump(model.fit(ROWS, LABELS))
    np.testing.assert_array_equal(parse_model(packed, PATH)["pipeline"].predict(ROWS), model.predict(ROWS))
    assert "cannot be read as a model" in rejected(change(packed))


def reverse_first(packed: bytes) -> bytes:
    """The categories of the first feature in the opposite order."""
    first = hostile.attribute(hostile.read_schema(packed), "OneHotEncoder", "categories_")["content"][0]
    return hostile.change_array(packed, first, np.flip)


def edit_counts(packed: bytes) -> bytes:
    """A number of columns far beyond those that the categories make."""
    counts = hostile.attribute(hostile.read_schema(packed), "OneHotEncoder", "_n_features_outs")
    if "file" in counts:
        return hostile.change_array(packed, counts, lambda one: one * 10**6)
    return edit_item("OneHotEncoder", "_n_features_outs", 0, 10**6)(packed)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (edit_counts, "other columns than categories"),
        (reverse_first, "out of order"),
    ],
)
def test_categories_that_do_not_fit_their_columns_are_rejected(change: Callable[[bytes], bytes], why: str) -> None:
    values = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 2.0]])
    packed = dump(OneHotEncoder(sparse_output=False).fit(values))
    assert why in rejected(change(packed))


@pytest.mark.parametrize("found", [7, -1, "a", None, True])
def test_a_word_out_of_place_is_rejected(found: Any) -> None:
    packed = dump(TfidfVectorizer().fit(["some words", "some others"]))
    assert "not numbered from 0 on" in rejected(edit_item("TfidfVectorizer", "vocabulary_", "some", found)(packed))


OWN = "from sklearn.linear_model import LogisticRegression\n\nclass Shrunk(LogisticRegression):\n    pass\n"
PROJECT = '[tool.lifecycle]\npackages = ["clients"]\nestimators = {}\n'


def test_a_class_of_the_project_is_read_where_the_project_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src/clients").mkdir(parents=True)
    (tmp_path / "src/clients/__init__.py").touch()
    (tmp_path / "src/clients/estimators.py").write_text(OWN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "src")
    packed = dump(import_module("clients.estimators").Shrunk().fit(ROWS, LABELS))
    for number, (named, allowed) in enumerate([("[]", False), ('["clients.estimators.Shrunk"]', True)]):
        top = tmp_path / str(number)
        (top / "src/clients").mkdir(parents=True)
        (top / "pyproject.toml").write_text(PROJECT.format(named), encoding="utf-8")
        monkeypatch.chdir(top)
        if allowed:
            assert type(parse_model(packed, PATH)["pipeline"]).__name__ == "Shrunk"
        else:
            assert "types that are not trusted: clients.estimators.Shrunk" in rejected(packed)
