"""What other libraries keep to themselves is reached through one module each, and is there as that module read it."""

import ast
import inspect
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from pydoc import locate
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
DVC = "lifecycle.versioning.dvc_internals"
GTO = "lifecycle.versioning.gto_internals"
SKLEARN = "lifecycle.modeling.sklearn_internals"
LIGHTGBM = "lifecycle.modeling.lightgbm_internals"
STRUCTURE = "lifecycle.modeling.sklearn_structure"
SKOPS = "lifecycle.modeling.skops_internals"
PERSISTENCE = "lifecycle.modeling.persistence"
SKRUB = "lifecycle.eda.table_report"
STARLETTE = "lifecycle.serving.middleware"
UVICORN = "lifecycle.serving.connections"
MODULES = (DVC, GTO, SKLEARN, STRUCTURE, LIGHTGBM, SKOPS, PERSISTENCE, SKRUB, STARLETTE, UVICORN)


@dataclass(frozen=True)
class Part:
    """Something that a library does not document: `name` of an `owner` and, of a function, arguments it takes.

    A constant has the `value` that it was read with.
    """

    library: str
    module: str
    owner: str
    name: str
    use: str
    takes: tuple[str, ...] = ()
    value: Any = None

    @property
    def label(self) -> str:
        """How a person calls it."""
        return f"{self.owner}.{self.name}"


def dvc(owner: str, name: str, use: str, *takes: str, value: Any = None) -> Part:
    return Part("dvc", DVC, owner, name, use, takes, value)


CHECKOUT = ("targets", "force", "allow_missing")
PARTS = (
    dvc("dvc.repo", "Repo", "to open the repository"),
    dvc("dvc.repo", "lock_repo", "to hold the lock", "repo"),
    dvc("dvc.exceptions", "DvcException", "to catch every error of DVC"),
    dvc("dvc.lock", "LockError", "to tell that another command holds the lock"),
    dvc("dvc.utils.serialize", "dumps_yaml", "to write dvc.lock as DVC does", "d"),
    dvc("dvc.utils.serialize", "parse_yaml", "to read dvc.lock as DVC does", "text", "path"),
    dvc("dvc.utils.serialize", "load_yaml", "to read an earlier dvc.yaml", "path", "fs"),
    dvc("dvc.parsing", "DataResolver", "to name the stages of a version", "repo", "wdir", "d"),
    dvc("dvc.parsing.DataResolver", "get_keys", "to name the stages of a version"),
    dvc("dvc.fs", "GitFileSystem", "to read an earlier dvc.yaml"),
    dvc("dvc.fs", "LocalFileSystem", "to read dvc.yaml"),
    dvc("dvc.fs", "MemoryFileSystem", "to read an earlier .dvc/config"),
    dvc("dvc.fs", "get_cloud_fs", "to open a remote of an earlier version", "repo_config"),
    dvc("dvc.scm", "SCM", "to find the Git repository", "root_dir", "search_parent_directories"),
    dvc("dvc.config.Config", "load_file", "to read an earlier .dvc/config", "path", "fs"),
    dvc("dvc.data_cloud", "Remote", "to open a remote of an earlier version", "name", "path", "fs"),
    dvc("dvc.rwlock", "RWLOCK_FILE", "to find the processes that run stages", value="rwlock"),
    dvc("Repo", "root_dir", "to tell whether this folder has a repository of its own"),
    dvc("Repo", "tmp_dir", "to find the processes that run stages"),
    dvc("Repo", "cache", "to find the cache"),
    dvc("Repo", "cloud", "to open a remote"),
    dvc("Repo", "config", "to read and set the default remote"),
    dvc("Repo", "index", "to list the outputs"),
    dvc("Repo", "status", "to tell which stages are stale"),
    dvc("Repo", "_reset", "to read dvc.yaml and dvc.lock anew"),
    dvc("Repo", "commit", "to note outputs of a stage that is not run", "target", "force"),
    dvc("Repo", "checkout", "to put outputs into place", *CHECKOUT),
    dvc("Repo.cache", "local", "to find the cache"),
    dvc("Repo.cloud", "get_remote_odb", "to open a remote", "name"),
    dvc("Repo.config", "edit", "to set the default remote", "level"),
    dvc("Repo.config", "load_one", "to read this machine's own settings of a remote", "level"),
    dvc("Repo.index", "outs", "to list the outputs"),
    dvc("Output", "def_path", "to tell where an output stands"),
    dvc("Output", "use_cache", "to tell whether DVC keeps an output"),
    dvc("Output", "hash_info", "to tell whether dvc.lock has an output"),
    dvc("Output", "exists", "to tell whether an output is here"),
    dvc("Output", "changed_checksum", "to tell whether an output was changed"),
    dvc("Output", "commit", "to put an output into the cache", "relink"),
    Part("dvc-data", DVC, "dvc_data.hashfile.hash_info", "HashInfo", "to hash a folder as DVC does", ("name", "value")),
    Part("dvc-data", DVC, "dvc_data.hashfile.tree", "Tree", "to hash a folder as DVC does"),
    Part("dvc-data", DVC, "a folder's list", "add", "to hash a folder as DVC does", ("key", "meta", "oid")),
    Part("dvc-data", DVC, "a folder's list", "digest", "to hash a folder as DVC does"),
    Part("dvc-data", DVC, "a folder's list", "hash_info", "to hash a folder as DVC does"),
    Part("dvc-data", DVC, "HashFileDB", "delete", "to remove a broken object", ("oid",)),
    Part("dvc-data", DVC, "HashFileDB", "add", "to repair a store from another", ("path", "fs", "oid", "hardlink")),
    Part("dvc-objects", DVC, "HashFileDB", "path", "to find the cache"),
    Part("dvc-objects", DVC, "HashFileDB", "all", "to list the objects of a store"),
    Part("dvc-objects", DVC, "HashFileDB", "exists", "to tell whether a store has an object", ("oid",)),
    Part("dvc-objects", DVC, "HashFileDB", "fs", "to read an object of a store"),
    Part("dvc-objects", DVC, "HashFileDB", "oid_to_path", "to read an object of a store", ("oid",)),
    Part("dvc-objects", DVC, "HashFileDB.fs", "open", "to read an object of a store", ("path", "mode")),
    Part("gto", GTO, "gto.api", "register", "to tag", ("repo", "name", "ref", "version", "message", "stdout")),
    Part(
        "gto",
        GTO,
        "gto.api",
        "assign",
        "to tag a version's stage",
        ("repo", "name", "stage", "version", "message", "simple", "skip_registration", "force"),
    ),
    Part("gto", GTO, "gto.constants", "SEPARATOR_IN_NAME", "to name the artifact of a tag", value=":"),
    Part("gto", GTO, "gto.constants", "SEPARATOR_IN_TAG", "to name the artifact of a tag", value="="),
    Part("gto", GTO, "gto.exceptions", "GTOException", "to catch every error of GTO"),
    Part("scmrepo", GTO, "scmrepo.exceptions", "SCMError", "to catch Git's errors under GTO"),
    Part(
        "scikit-learn",
        SKLEARN,
        "sklearn.utils._param_validation",
        "InvalidParameterError",
        "to say which argument an estimator rejects",
    ),
    *(
        Part("scikit-learn", SKLEARN, "HistGradientBoostingRegressor", name, "to score one row without a table")
        for name in ("_baseline_prediction", "_predictors")
    ),
    *(
        Part("scikit-learn", SKLEARN, "TreePredictor.nodes", name, "to score one row without a table")
        for name in (
            *("is_leaf", "left", "right", "feature_idx", "num_threshold"),
            *("missing_go_to_left", "value", "depth"),
        )
    ),
    Part("scikit-learn", SKLEARN, "KMeans", "_n_threads", "to give model files the same bytes on any cores"),
    Part("scikit-learn", SKLEARN, "_BinMapper", "n_threads", "to give model files the same bytes on any cores"),
    Part(
        "scikit-learn",
        SKLEARN,
        "TargetEncoder's arguments",
        "random_state",
        "to tell that its seed goes into its folds",
        value="deprecated",
    ),
    Part("lightgbm", LIGHTGBM, "lightgbm.libpath", "_LIB", "to score one row by the quick call"),
    Part("lightgbm", LIGHTGBM, "Booster", "_handle", "to score one row by the quick call"),
    *(
        Part("lightgbm", LIGHTGBM, "_LIB", f"LGBM_{name}", "to score one row by the quick call")
        for name in (
            "BoosterPredictForMatSingleRowFastInit",
            "BoosterPredictForMatSingleRowFast",
            "FastConfigFree",
        )
    ),
    Part("lightgbm", LIGHTGBM, "Booster", "pandas_categorical", "to compare the categories of an earlier model"),
    Part(
        "lightgbm",
        LIGHTGBM,
        "the text of a model",
        r"\[num_threads: \d+\]",
        "to give models the same bytes on any cores",
    ),
    Part("lightgbm", LIGHTGBM, "lightgbm.basic", "LightGBMError", "to say which argument an estimator rejects"),
    *(
        Part("lightgbm", LIGHTGBM, owner, name, "to hold the state of a model in a file against what it should be")
        for owner, name in (
            ("a booster's schema", "_handle"),
            *(("LGBMRegressor", name) for name in ("_other_params", "_objective", "_get_param_names")),
        )
    ),
    *(
        Part("scikit-learn", STRUCTURE, owner, name, "to hold a fitted estimator against itself")
        for owner, names in {
            "HistGradientBoostingRegressor": ("_predictors", "_bin_mapper"),
            "_BinMapper": ("is_categorical_",),
            "TreePredictor.nodes": ("is_leaf", "left", "right", "feature_idx", "is_categorical", "depth"),
            "Tree's state": ("nodes", "node_count", "max_depth"),
            "Tree's nodes": ("left_child", "right_child", "feature"),
            "Tree": ("n_features",),
            "IsolationForest": ("_max_features",),
            "OneHotEncoder": ("_n_features_outs", "_drop_idx_after_grouping", "_default_to_infrequent_mappings"),
            "KNeighborsClassifier": ("_fit_X", "_fit_method", "_y"),
            "KMeans": ("_n_threads",),
            "SVC": ("_n_support", "_sparse", "_impl", "_dual_coef_", "_intercept_", "_probA", "_probB"),
        }.items()
        for name in names
    ),
    *(
        Part("skops", SKOPS, owner, name, "to hold the types of a model file against our own list", takes)
        for owner, name, takes in (
            ("skops.io._audit", "get_tree", ("state", "load_context", "trusted")),
            ("skops.io._audit", "Node", ()),
            ("skops.io._audit", "NODE_TYPE_MAPPING", ()),
            ("skops.io._protocol", "PROTOCOL", ()),
            ("skops.io._utils", "LoadContext", ("src", "protocol")),
            ("skops.io._utils", "gettype", ("module_name", "cls_or_func")),
            *(("Node", name, ()) for name in ("module_name", "class_name", "children", "construct")),
            *(("TreeNode", name, ()) for name in ("args", "attrs")),
            *(("NdArrayNode", name, ()) for name in ("type", "buffer")),
            *(("RandomGeneratorNode", name, ()) for name in ("bit_generator_name", "seed_seq_state")),
            ("JsonNode", "content", ()),
            ("schema.json", "protocol", ()),
        )
    ),
    Part("skops", PERSISTENCE, "a model file", "schema.json", "to write the same bytes for the same model"),
    *(
        Part("skops", PERSISTENCE, "schema.json", name, "to write the same bytes for the same model")
        for name in ("__id__", "file", "is_json", "content")
    ),
    Part("skrub", SKRUB, "skrub._reporting._utils", "top_k_value_counts", "to sort ties", ("column", "k")),
    *(
        Part("skrub", SKRUB, "the report's HTML", pattern, "to write the same bytes for the same table")
        for pattern in (
            r"report_[0-9a-f]{8}-wrapper",
            r'\sid="[0-9a-f]{8}"',
            r"<svg\b(?:(?!</svg>).)*?<metadata>.*?</metadata>",
            r"<title>skrub report</title>",
            r"<tr>\s*<td class=\"elided\">",
        )
    ),
    Part("starlette", STARLETTE, "a request's scope", "endpoint", "to tell a route from an unknown path"),
    Part("starlette", STARLETTE, "request.state", "id", "to hand a request its id"),
    *(
        Part("uvicorn", UVICORN, "HttpToolsProtocol", name, "to limit connections", takes)
        for name, takes in {
            "__init__": ("config", "server_state", "app_state", "_loop"),
            "on_headers_complete": (),
            "on_message_complete": (),
            "on_response_complete": (),
            "send_400_response": ("msg",),
            "_start_asgi_task": ("cycle", "app"),
        }.items()
    ),
    *(
        Part("uvicorn", UVICORN, "a connection", name, "to limit connections")
        for name in ("connections", "cycle", "loop", "pipeline", "transport")
    ),
    *(
        Part("uvicorn", UVICORN, "a request of a connection", name, "to end what is answered with its connection")
        for name in ("disconnected", "response_complete")
    ),
)


def explain_change(part: Part, owner: Any) -> str | None:
    """What differs from how a part was read, and what to do about it; None where nothing does."""
    who = f"{part.library} {version(part.library)}"
    use = f"which {part.module} uses {part.use}: read {part.library}'s source again and correct it"
    if not has_part(owner, part.name):
        return f"{who} has no {part.label} any more, {use}"
    if part.value is not None and (found := get_part(owner, part.name)) != part.value:
        return f"{part.label} of {who} is {found!r} and no longer {part.value!r}, {use}"
    lacking = sorted(set(part.takes) - list_arguments(getattr(owner, part.name))) if part.takes else []
    if lacking:
        return f"{part.label} of {who} takes no {' and no '.join(lacking)} any more, {use}"
    return None


def has_part(owner: Any, name: str) -> bool:
    """Whether a text has a pattern, a collection an element or any other object an attribute."""
    if isinstance(owner, str):
        return bool(re.search(name, owner, re.DOTALL))
    return name in owner if type(owner) in (set, dict) else hasattr(owner, name)


def get_part(owner: Any, name: str) -> Any:
    return owner[name] if type(owner) is dict else getattr(owner, name)


def list_arguments(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters)


def make_dvc_owners(folder: Path) -> dict[str, Any]:
    """A repository with one stage and its output, and what DVC keeps of them."""
    from dvc.repo import Repo

    (folder / "made").write_text("1", encoding="utf-8")
    (folder / "dvc.yaml").write_text("stages:\n  make:\n    cmd: echo\n    outs: [made]\n", encoding="utf-8")
    tree = import_module("dvc_data.hashfile.tree").Tree()
    with Repo.init(str(folder), no_scm=True) as repo:
        inner = {name: getattr(repo, name, None) for name in ("cache", "cloud", "config", "index")}
        store = getattr(inner["cache"], "local", None)
        output = next(iter(getattr(inner["index"], "outs", ())), None)
        made = {"Repo": repo, "Output": output, "HashFileDB": store, "HashFileDB.fs": getattr(store, "fs", None)}
        made["a folder's list"] = tree
        return made | {f"Repo.{name}": part for name, part in inner.items()}


def make_sklearn_owners(folder: Path) -> dict[str, Any]:
    """Fitted estimators, and the names in the records of a tree's nodes."""
    from sklearn.cluster import KMeans
    from sklearn.ensemble import HistGradientBoostingRegressor, IsolationForest
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import OneHotEncoder, TargetEncoder
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeRegressor

    rows = np.arange(100.0)[:, None]
    tree = DecisionTreeRegressor(max_depth=2).fit(rows, rows[:, 0]).tree_
    state = getattr(tree, "__getstate__", dict)()
    boosted = HistGradientBoostingRegressor(max_iter=2).fit(rows, rows[:, 0])
    predictors = getattr(boosted, "_predictors", [[SimpleNamespace(nodes=np.empty(0))]])
    arguments = inspect.signature(TargetEncoder).parameters.items()
    return {
        "HistGradientBoostingRegressor": boosted,
        "TreePredictor.nodes": set(predictors[0][0].nodes.dtype.names or ()),
        "Tree": tree,
        "Tree's state": set(state),
        "Tree's nodes": set(state["nodes"].dtype.names) if "nodes" in state else set(),
        "IsolationForest": IsolationForest(n_estimators=2).fit(rows),
        "OneHotEncoder": OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist").fit(rows),
        "KNeighborsClassifier": KNeighborsClassifier(algorithm="brute").fit(rows, rows[:, 0] > 50),
        "SVC": SVC().fit(rows, rows[:, 0] > 50),
        "KMeans": KMeans(2).fit(rows),
        "_BinMapper": getattr(boosted, "_bin_mapper", None),
        "TargetEncoder's arguments": {name: argument.default for name, argument in arguments},
    }


def make_lightgbm_owners(folder: Path) -> dict[str, Any]:
    """A fitted booster, its text, and the C library."""
    from lightgbm import LGBMRegressor, libpath

    rows = pd.DataFrame({"x": np.arange(100.0), "kind": pd.Categorical(["a", "b"] * 50)})
    model = LGBMRegressor(n_estimators=2, n_jobs=1, verbose=-1).fit(rows, rows["x"])
    booster = model.booster_
    return {
        "LGBMRegressor": model,
        "a booster's schema": read_schema_keys({"model": booster}),
        "Booster": booster,
        "the text of a model": booster.model_to_string(),
        "_LIB": getattr(libpath, "_LIB", None),
    }


def make_skops_owners(folder: Path) -> dict[str, Any]:
    """What stands in a model file, and the keys of its schema."""
    import skops.io
    from sklearn.tree import DecisionTreeRegressor
    from skops.io._audit import get_tree
    from skops.io._utils import LoadContext

    rows = np.arange(9.0)[:, None]
    tree = DecisionTreeRegressor().fit(rows, rows[:, 0]).tree_
    model = {"numbers": rows, "count": 3, "tree": tree, "random": np.random.default_rng(1)}
    with zipfile.ZipFile(BytesIO(skops.io.dumps(model))) as archive:
        names = set(archive.namelist())
        schema = json.loads(archive.read("schema.json")) if "schema.json" in names else {}
        node = get_tree(schema, LoadContext(src=archive, protocol=schema["protocol"]), trusted=[])
    inner = {"NdArrayNode": "numbers", "JsonNode": "count", "TreeNode": "tree", "RandomGeneratorNode": "random"}
    nodes = {owner: node.content[name] for owner, name in inner.items()}
    return {"a model file": names, "schema.json": set(list_keys(schema)), "Node": node, **nodes}


def read_schema_keys(model: Any) -> set[str]:
    """The keys in the schema of a model's file."""
    import skops.io

    with zipfile.ZipFile(BytesIO(skops.io.dumps(model))) as archive:
        return set(list_keys(json.loads(archive.read("schema.json"))))


def list_keys(node: Any) -> Iterator[str]:
    for entry in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from list_keys(entry)
    yield from node if isinstance(node, dict) else ()


def make_skrub_owners(folder: Path) -> dict[str, Any]:
    from lifecycle.eda.table_report import render_table_report

    table = pd.DataFrame({"x": np.arange(20.0), "y": np.arange(20.0) % 3, "kind": ["a", "b"] * 10})
    return {"the report's HTML": render_table_report(table, "A table")}


def make_starlette_owners(folder: Path) -> dict[str, Any]:
    """The scope of a request as it is once it was answered, and its state."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.testclient import TestClient

    seen: dict[str, Any] = {}

    async def answer(request: Request) -> Response:
        seen["request.state"] = request.state
        return Response()

    inner = Starlette(routes=[Route("/", answer)])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})["id"] = "a"
        await inner(scope, receive, send)
        seen["a request's scope"] = set(scope)

    TestClient(app).get("/")
    return seen


def make_uvicorn_owners(folder: Path) -> dict[str, Any]:
    """The protocol, and what an object of its classes is given when it is made."""
    from uvicorn.protocols.http import httptools_impl

    return {
        "HttpToolsProtocol": httptools_impl.HttpToolsProtocol,
        "a connection": set(list_assigned(httptools_impl.HttpToolsProtocol)),
        "a request of a connection": set(list_assigned(httptools_impl.RequestResponseCycle)),
    }


def list_assigned(kind: type) -> Iterator[str]:
    """The names that an object of a class gets in `__init__`."""
    for node in ast.walk(ast.parse(dedent(inspect.getsource(kind.__init__)))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


MAKERS = {
    "dvc": make_dvc_owners,
    "dvc-data": make_dvc_owners,
    "dvc-objects": make_dvc_owners,
    "scikit-learn": make_sklearn_owners,
    "lightgbm": make_lightgbm_owners,
    "skops": make_skops_owners,
    "skrub": make_skrub_owners,
    "starlette": make_starlette_owners,
    "uvicorn": make_uvicorn_owners,
}
OWNERS: dict[Any, dict[str, Any]] = {}


def find_owner(part: Part, make_folder: pytest.TempPathFactory) -> Any:
    """The module of a part, or the object that was made to look at; nothing in place of a module that is gone."""
    maker = MAKERS.get(part.library)
    if maker and maker not in OWNERS:
        OWNERS[maker] = maker(make_folder.mktemp("owners"))
    made = OWNERS.get(maker, {})
    return made[part.owner] if part.owner in made else locate(part.owner)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.library} {part.label}")
def test_a_private_part_is_as_it_was_read(part: Part, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert (said := explain_change(part, find_owner(part, tmp_path_factory))) is None, said


def find_part(label: str) -> Part:
    return next(part for part in PARTS if part.label == label)


def test_a_part_that_is_gone_is_told_in_words(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = find_part("Repo.checkout")
    repo = find_owner(part, tmp_path_factory)
    monkeypatch.delattr(type(repo), "checkout")
    assert explain_change(part, repo) == (
        f"dvc {version('dvc')} has no Repo.checkout any more, which lifecycle.versioning.dvc_internals uses "
        "to put outputs into place: read dvc's source again and correct it"
    )


def test_a_module_that_is_gone_is_told_in_words(tmp_path_factory: pytest.TempPathFactory) -> None:
    part = Part("scikit-learn", SKLEARN, "sklearn.utils._gone", "Error", "to say what is wrong")
    assert explain_change(part, find_owner(part, tmp_path_factory)) == (
        f"scikit-learn {version('scikit-learn')} has no sklearn.utils._gone.Error any more, which "
        "lifecycle.modeling.sklearn_internals uses to say what is wrong: "
        "read scikit-learn's source again and correct it"
    )


def test_an_argument_that_is_gone_is_told_in_words(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = find_part("Repo.checkout")
    repo = find_owner(part, tmp_path_factory)
    monkeypatch.setattr(type(repo), "checkout", lambda self, targets, force: None)
    assert explain_change(part, repo) == (
        f"Repo.checkout of dvc {version('dvc')} takes no allow_missing any more, which "
        "lifecycle.versioning.dvc_internals uses to put outputs into place: read dvc's source again and correct it"
    )


def test_a_constant_that_changed_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    import dvc.rwlock

    monkeypatch.setattr(dvc.rwlock, "RWLOCK_FILE", "running.json")
    assert explain_change(find_part("dvc.rwlock.RWLOCK_FILE"), dvc.rwlock) == (
        f"dvc.rwlock.RWLOCK_FILE of dvc {version('dvc')} is 'running.json' and no longer 'rwlock', which "
        "lifecycle.versioning.dvc_internals uses to find the processes that run stages: "
        "read dvc's source again and correct it"
    )


@pytest.mark.parametrize(
    ("label", "owner", "said"),
    [
        ("TreePredictor.nodes.num_threshold", {"value"}, "TreePredictor.nodes.num_threshold any more, which"),
        (r"the text of a model.\[num_threads: \d+\]", "[threads: 1]", "which lifecycle.modeling.lightgbm_internals"),
        ("schema.json.__id__", {"id"}, "schema.json.__id__ any more, which lifecycle.modeling.persistence uses"),
        ("the report's HTML.<title>skrub report</title>", "<title>A</title>", "which lifecycle.eda.table_report uses"),
        ("Booster._handle", SimpleNamespace(), "Booster._handle any more, which lifecycle.modeling.lightgbm_internals"),
        ("gto.api.assign", SimpleNamespace(), "gto.api.assign any more, which lifecycle.versioning.gto_internals uses"),
        ("a request's scope.endpoint", {"path"}, "which lifecycle.serving.middleware uses to tell a route from an"),
    ],
)
def test_every_library_is_spoken_for(label: str, owner: Any, said: str) -> None:
    assert said in str(explain_change(find_part(label), owner))


def test_every_type_of_a_model_file_is_where_it_was_read() -> None:
    from lifecycle.modeling.persistence import TRUSTED

    gone = []
    for name in TRUSTED:
        module, _, kind = name.rpartition(".")
        if not isinstance(getattr(import_module(module), kind, None), type):
            gone.append(name)
    assert not gone, (
        f"no library has {', '.join(gone)} any more: correct MODEL_TYPES in {SKLEARN}, TRUSTED in {PERSISTENCE}"
    )


def explain_version(library: str, module: str, docstring: str, installed: str) -> str | None:
    """That a module names no version of a library, or another than is installed; None where it names that one."""
    read = re.search(rf"\b{re.escape(library)} (\d+(?:\.\d+)*)", docstring, re.IGNORECASE)
    if read is None:
        return f"{module} does not say from which version of {library} it was read: write it into its docstring"
    if read[1] != installed:
        return (
            f"{module} was read from {library} {read[1]}, and {installed} is installed: compare what it uses with the "
            "new source, then write the new version into its docstring"
        )
    return None


@pytest.mark.parametrize(("library", "module"), sorted({(part.library, part.module) for part in PARTS}))
def test_a_module_was_read_from_the_version_that_is_installed(library: str, module: str) -> None:
    docstring = str(import_module(module).__doc__)
    assert (said := explain_version(library, module, docstring, version(library))) is None, said


def test_another_version_is_told_in_words() -> None:
    assert explain_version("dvc", DVC, "Read from dvc 3.67.1.", "3.70.0") == (
        "lifecycle.versioning.dvc_internals was read from dvc 3.67.1, and 3.70.0 is installed: compare what it uses "
        "with the new source, then write the new version into its docstring"
    )
    assert explain_version("dvc", DVC, "Read from dvc-data 3.18.3.", "3.70.0") == (
        "lifecycle.versioning.dvc_internals does not say from which version of dvc it was read: "
        "write it into its docstring"
    )


PACKAGES = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}  # the engine's and the project's
OWN = {*PACKAGES, "benchmarks", *sys.stdlib_module_names}
DOCUMENTED = {"_replace", "_asdict", "_fields"}  # of named tuples


def is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__")) and name != "_"


def is_own(name: str) -> bool:
    """Whether a dotted name is this repository's or the standard library's."""
    return name.partition(".")[0] in OWN


def list_private_uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of each private part that a module takes from elsewhere: imported, asked for or named in a text."""
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    defined |= {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        names = list_names(node, defined)
        yield from ((node.lineno, name) for name in names if any(map(is_private, name.split("."))))


def list_names(node: ast.AST, defined: set[str]) -> list[str]:
    """The dotted names in a node that may be of another library."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if not is_own(alias.name)]
    if isinstance(node, ast.ImportFrom) and not is_own(str(node.module)):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Attribute) and node.attr not in DOCUMENTED:
        own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and node.attr in defined
        return [] if own else [node.attr]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr"):
        return [str(one.value) for one in node.args[1:2] if isinstance(one, ast.Constant)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"\w+(\.\w+)+", node.value):
        return [node.value] if not is_own(node.value) else []
    return []


def find_sources() -> list[Path]:
    apart = {ROOT / "src" / f"{module.replace('.', '/')}.py" for module in MODULES}
    return sorted({*(ROOT / "src").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")} - apart)


def test_no_other_module_takes_a_private_part() -> None:
    uses = [
        f"{path.relative_to(ROOT)}, line {line}, takes {name}, which its library keeps to itself: "
        "put it into the module that tests/contracts/test_private_parts.py names for the library"
        for path in find_sources()
        for line, name in list_private_uses(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not uses, "\n".join(uses)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from sklearn.utils import _param_validation", ["sklearn.utils._param_validation"]),
        ("from skrub._reporting import _utils", ["skrub._reporting._utils"]),
        ("import sklearn.tree._tree", ["sklearn.tree._tree"]),
        ("repo._reset()", ["_reset"]),
        ("getattr(booster, '_handle')", ["_handle"]),
        ("TYPES = ('sklearn.tree._tree.Tree',)", ["sklearn.tree._tree.Tree"]),
        ("class Mine(KMeans):\n    def fit(self): self._n_threads", ["_n_threads"]),
        ("class Mine(KMeans):\n    def _own(self): self._own()", []),
        ("from lifecycle import _mine\nparts._replace(a=1)\ntype(a).__name__\nlog('run_')", []),
    ],
)
def test_what_is_private_is_found(code: str, names: list[str]) -> None:
    assert [name for _, name in list_private_uses(ast.parse(code))] == names
