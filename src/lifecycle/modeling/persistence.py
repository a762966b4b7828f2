"""Model files: skops without its clock and addresses, loaded with our own list of types and nothing else.

A file may come from anybody who can also write its hash. So its unpacked size is known before it is unpacked, its
types and the shapes of its arrays before anything is made of them, and what compiled code will follow without looking
(the nodes of trees, the text of LightGBM, numbers of categories) is held against itself before it is asked.

What stands in the archives of skops, `schema.json` with `__id__`, `file`, `is_json` and `content`, is documented
nowhere and was read from skops 0.16.0; tests/contracts/test_private_parts.py holds it against the installed version.
"""

import io
import json
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from lifecycle.errors import CorruptFile
from lifecycle.io.archives import unpack_archive
from lifecycle.io.atomic import require_file, write_beside
from lifecycle.modeling import lightgbm_internals, sklearn_internals, sklearn_structure, skops_internals
from lifecycle.targets import list_project_estimators

# The types that our estimators are made of: what skops trusts by itself is of no account here. A project adds classes
# of its own packages in pyproject.toml; what a file says never adds one. Plain values and arrays are in
# lifecycle.modeling.skops_internals, LOADERS.
TRUSTED = (
    "lifecycle.modeling.estimators.averages.AverageClassifier",
    "lifecycle.modeling.estimators.averages.AverageRegressor",
    "lifecycle.modeling.estimators.calibrated.BetaCalibrated",
    "lifecycle.modeling.estimators.calibrated.TemperatureScaled",
    "lifecycle.modeling.estimators.catboost.CatBoostTreesClassifier",
    "lifecycle.modeling.estimators.catboost.CatBoostTreesRegressor",
    "lifecycle.modeling.estimators.clusters.StableKMeans",
    "lifecycle.modeling.estimators.clusters.StableHDBSCAN",
    "lifecycle.modeling.estimators.clusters.StableAgglomerative",
    "lifecycle.modeling.estimators.continued.ContinuedClassifier",
    "lifecycle.modeling.estimators.continued.ContinuedRegressor",
    "lifecycle.modeling.estimators.quantiles.Quantiles",
    "lifecycle.modeling.estimators.standardized_target.StandardizedLinearSVR",
    "lifecycle.modeling.estimators.standardized_target.StandardizedMLPRegressor",
    "lifecycle.modeling.estimators.tabular_network.TabularNetworkClassifier",
    "lifecycle.modeling.estimators.tabular_network.TabularNetworkRegressor",
    "lifecycle.modeling.transformers.arithmetic.Arithmetic",
    "lifecycle.modeling.transformers.bins.Bins",
    "lifecycle.modeling.transformers.counts.Counts",
    "lifecycle.modeling.transformers.crosses.Crosses",
    "lifecycle.modeling.transformers.svd.StableTruncatedSVD",
    "lifecycle.modeling.transformers.categories.KnownCategories",
    "lifecycle.modeling.transformers.categories.RareGrouped",
    "lifecycle.modeling.transformers.imputation.StableKNNImputer",
    "lifecycle.modeling.transformers.image_embeddings.ImageEmbeddings",
    "lifecycle.modeling.transformers.members.MemberInputs",
    "lifecycle.modeling.transformers.names.DistinctNames",
    "lifecycle.modeling.transformers.names.EncodedNames",
    "lifecycle.modeling.transformers.numeric.Interactions",
    "lifecycle.modeling.transformers.numeric.SmoothClip",
    "lifecycle.modeling.transformers.numeric.StableQuantileTransformer",
    "lifecycle.modeling.transformers.numeric.Ratios",
    "lifecycle.modeling.transformers.outliers.Clip",
    "lifecycle.modeling.transformers.sentence_embeddings.SentenceEmbeddings",
    "lifecycle.modeling.transformers.feature_selection.ModelBased",
    "lifecycle.modeling.transformers.feature_selection.StableSelectKBest",
    "lifecycle.modeling.transformers.tfidf.Tfidf",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    *sklearn_internals.MODEL_TYPES,
    *sklearn_internals.MORE_MODEL_TYPES,
)
EPOCH = (1980, 1, 1, 0, 0, 0)


def write_model(path: Path, model: dict[str, Any]) -> None:
    """Write a dictionary of fitted estimators and plain values: the same model gives the same bytes."""
    with write_beside(path) as beside:
        beside.write_bytes(normalize_archive(skops_internals.pack_objects(model)))


def normalize_archive(packed: bytes) -> bytes:
    """A skops archive with ids and array files numbered in order of appearance, and no time in it.

    The number of threads that an estimator was fitted with is replaced by a fixed one: it changes no prediction.
    """
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(files.pop("schema.json"))
    names: dict[str, str] = {}
    renumber(schema, {}, names)
    entries = {names[name]: content for name, content in files.items()}
    entries["schema.json"] = json.dumps(schema, indent=1).encode()
    packed_again = io.BytesIO()
    with zipfile.ZipFile(packed_again, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[name])
    return packed_again.getvalue()


def renumber(node: Any, ids: dict[int, int], names: dict[str, str]) -> None:
    """Replace ids and array file names by numbers in order of appearance, in place."""
    if isinstance(node, list):
        for entry in node:
            renumber(entry, ids, names)
    elif isinstance(node, dict):
        if isinstance(node.get("file"), str):
            name = node["file"]
            node["file"] = names.setdefault(name, f"{len(names)}{Path(name).suffix}")
        if isinstance(node.get("__id__"), int):
            node["__id__"] = ids.setdefault(node["__id__"], len(ids))
        for key, entry in node.items():
            if isinstance(entry, str):
                node[key] = lightgbm_internals.reset_threads(entry) if key == "content" else entry
            elif key in sklearn_internals.THREAD_COUNTS and isinstance(entry, dict) and entry.get("is_json"):
                entry |= {"content": "1", "__id__": -1 - len(ids)}  # an id of its own: others may share the number
            renumber(entry, ids, names)


def read_model(path: Path) -> dict[str, Any]:
    """The dictionary that `write_model` wrote; nothing in the file is executed.

    Raises CorruptFile when the file is no such archive, holds a type that is not on our list or an estimator that
    does not fit together, or unpacks to more than lifecycle.io.archives allows.
    """
    return parse_model(require_file(path).read_bytes(), path)


def parse_model(packed: bytes, path: Path) -> dict[str, Any]:
    """As `read_model`, from the bytes of a file."""
    files, trusted = unpack_archive(packed, path), (*TRUSTED, *list_project_estimators())
    try:
        return dict(make_objects(files, trusted))
    except skops_internals.Untrusted as cause:
        raise CorruptFile(
            f"{path} holds types that are not trusted: {str(cause)[:200]}",
            where=str(path),
            todo=f"dvc checkout {path}; a class of the project's own is added to estimators under [tool.lifecycle]",
        ) from cause
    except Exception as cause:  # what a library raises that is handed another object's attributes is without end
        raise CorruptFile(
            f"{path} cannot be read as a model ({describe_cause(cause)})",
            where=f"{path}, {len(packed):,} bytes",
            todo=f"rm {path} && dvc checkout {path}",
        ) from cause


def describe_cause(cause: Exception) -> str:
    """What an exception says, in one line; its name where it says nothing."""
    return " ".join(str(cause).split())[:120] or type(cause).__name__


def make_objects(files: Mapping[str, bytes], trusted: Collection[str]) -> Any:
    """What the files of an archive hold: every part is checked before it is made, and again before it is asked.

    Raises Untrusted before anything is made, and whatever a part raises that is not what it should be.
    """
    nodes = skops_internals.order_nodes(skops_internals.parse_nodes(files))
    skops_internals.must_be_trusted(nodes, trusted)
    for node in nodes:
        skops_internals.check_node(node)
        check_native_state(node)
        check_object(skops_internals.name_type(node), node.construct())
    return nodes[-1].construct()


def check_native_state(node: Any) -> None:
    """Raise ValueError for what compiled code would read out of its bounds already while it is made."""
    name = skops_internals.name_type(node)
    if name == sklearn_structure.TREE:
        sklearn_structure.check_tree_state(node.args.construct(), node.attrs.construct())
    elif name == lightgbm_internals.BOOSTER:
        lightgbm_internals.check_booster_state(node.attrs.construct())


def check_object(name: str, made: Any) -> None:
    """Raise ValueError, or what a missing attribute raises, for an object that does not fit together."""
    sklearn_structure.check_estimator(name, made)
    if name in lightgbm_internals.MODELS:
        lightgbm_internals.check_parameters(made)
