"""A release: one folder with everything that a prediction needs, checked before anything in it is used."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.errors import CorruptFile, LifecycleError, MissingFile, UnfitTable
from lifecycle.io.budget import MODEL, must_fit_bytes
from lifecycle.io.json_values import must_be_shallow
from lifecycle.io.plain_text import escape_hidden
from lifecycle.io.processor import threads_to_predict
from lifecycle.modeling.pipeline import Plan, predict_scores
from lifecycle.release import contract
from lifecycle.release.contract import Contract
from lifecycle.release.feature_words import FeatureLabel, label_features
from lifecycle.release.fields import get_dtype
from lifecycle.release.outputs import tabulate_outputs
from lifecycle.release.raw_contract import RawContract, parse_raw_contract
from lifecycle.release.raw_reader import RawReader
from lifecycle.release.row_reader import RowReader

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from lifecycle.online.features import OnlineFeatures

MANIFEST, QUESTION = "manifest.json", "question.json"
NEEDED = ("model.skops", "contract.json", "threshold.json", "card.md", "example.json", "lineage.json")
# The tolerance of the example's prediction, whose last digits depend on the processor.
CLOSE = 1e-6
# The key of an example's prediction by that of its row: a prepared one, and a raw one.
PREDICTIONS = {"request": "prediction", "question": "answer"}


@dataclass(frozen=True)
class Release:
    """A released model with its contract, threshold, card, example and lineage; `version` is its manifest's hash.

    `raw` is the contract of raw rows and `online` makes their features, where the release does so.
    """

    version: str
    pipeline: Pipeline
    contract: Contract
    threshold: float | None
    card: str
    example: Mapping[str, Any]
    lineage: Mapping[str, Any]
    raw: RawContract | None = None
    online: OnlineFeatures | None = None

    @cached_property
    def reader(self) -> RowReader:
        """What reads the rows of callers, prepared or raw."""
        raw = RawReader(self.raw, self.online, self.contract) if self.raw and self.online else None
        return RowReader(self.contract, raw)

    @cached_property
    def labels(self) -> Mapping[str, FeatureLabel]:
        """Features in words, by name, where the release makes them."""
        if self.online is None:
            return {}
        return label_features(self.online.definitions.features, self.online.definitions.schema)

    @property
    def plan(self) -> Plan:
        """The task, the classes and the columns of text and of images of the pipeline."""
        agreed, schema = self.contract, self.contract.schema
        return Plan(
            task=agreed.task,  # type: ignore[arg-type]
            classes=len(agreed.classes),
            texts=tuple(schema["x-texts"]),
            images=tuple(schema.get("x-images", ())),
        )

    def predict(self, rows: pd.DataFrame, *, prepared: bool = False) -> pd.DataFrame:
        """One prediction per row, raw or prepared, with its id first, as `id`, where it has one.

        `prepared` takes every row as a prepared one. Raises UnfitTable with field, got and wanted for the first row
        that breaks the contract.
        """
        rows = rows.rename(columns=contract.fold_name)
        self.must_have_columns(rows, prepared=prepared)
        read = self.choose_reader(prepared).read_table(rows)
        if len(read.rejected):
            first = read.rejected.iloc[0]
            raise UnfitTable(
                f"{first['field']}: got {first['got']}, wanted {first['wanted']}",
                where=f"row {first['row']}; {len(read.rejected):,} of {len(rows):,} rows break the contract",
                todo=f"correct {first['field']}, or let `lifecycle predict` score the other rows",
            )
        found = self.predict_features(read.features)
        if read.ids is not None:
            found.insert(0, "id", read.ids)
        return found.set_axis(rows.index)

    def predict_features(self, features: pd.DataFrame) -> pd.DataFrame:
        """One prediction per row of features that keep the contract."""
        if not len(features):
            return self.predict_features(self.typical).iloc[:0]
        from threadpoolctl import threadpool_limits

        with threadpool_limits(threads_to_predict(len(features))):
            prepared = self.pipeline["inputs"].transform(features)
            scores = predict_scores(self.plan, self.pipeline["estimator"], prepared)
        columns = tabulate_outputs(self.plan.task, self.contract.classes, self.threshold, scores)
        return pd.DataFrame(columns, index=features.index)

    @property
    def typical(self) -> pd.DataFrame:
        """One row of each feature's median or most frequent value."""
        values = {one.name: get_typical_value(self.contract, one.name) for one in self.contract.fields}
        return pd.DataFrame(
            {one.name: pd.Series([values[one.name]], dtype=get_dtype(one.kind)) for one in self.contract.fields}
        )

    def choose_reader(self, prepared: bool) -> RowReader:
        """The reader of rows of either kind, or of prepared ones alone."""
        return self.reader.of_prepared if prepared else self.reader

    def must_have_columns(self, rows: pd.DataFrame, *, prepared: bool = False) -> None:
        """Raise UnfitTable unless the table has every column that it must have, and none that is not known."""
        reader = self.choose_reader(prepared)
        names = [str(name) for name in rows.columns]
        wrong = reader.check_columns(names)
        if wrong:
            file = QUESTION if reader.find_raw(names) else "contract.json"
            raise UnfitTable(
                f"{wrong[0].field}: got {wrong[0].got}, wanted {wrong[0].wanted}",
                where=f"the table's columns; {len(wrong)} do not fit the contract of release {self.version}",
                todo=f"give the {count_columns(reader, names)} that {file} names, and {self.contract.id}",
            )


def count_columns(reader: RowReader, names: Sequence[str]) -> str:
    """How many columns a row of these names must have, in words."""
    raw = reader.find_raw(names)
    return f"{len(raw.raw.fields)} raw columns" if raw else f"{len(reader.contract.fields)} features"


def get_typical_value(agreed: Contract, name: str) -> Any:
    """The typical value of a feature."""
    return agreed.schema["properties"][name]["x-typical"]


def load_release(folder: str | Path = paths.RELEASE) -> Release:
    """The release in a folder, once every file has the hash in the manifest.

    Raises MissingFile where there is none, and CorruptFile for a file that was changed, added or removed, for
    types that are not trusted, and where the example's prediction is another.
    """
    return build_release(read_folder(Path(folder)), str(folder))


def load_release_at(revision: str) -> Release:
    """The release that a Git revision held, from Git, DVC's cache or its remote."""
    return build_release(read_files_at(revision), f"{revision}:{paths.RELEASE}")


def read_files_at(revision: str) -> dict[str, bytes]:
    """The bytes of every file of the release that a revision held; raises UnverifiedRelease for others than it says."""
    from lifecycle.versioning import revisions
    from lifecycle.versioning.recorded_folder import must_be_recorded

    manifest = revisions.read_bytes(revision, paths.RELEASE / MANIFEST)
    names = parse_manifest(manifest, f"{revision}:{paths.RELEASE}")
    read = {name: revisions.read_bytes(revision, paths.RELEASE / name) for name in names}
    files = {MANIFEST: manifest, **read}
    if lock := revisions.read_lock(revision):  # without one Git alone has the files, by their hash
        must_be_recorded(files, lock, paths.RELEASE, f"{revision}:{revisions.LOCK}")
    return files


def read_folder(folder: Path, most: int | None = None) -> dict[str, bytes]:
    """The bytes of every file in a release's folder by name: at most so many, or as many as the budget has.

    Raises MissingFile when there is no release, TooLarge above the budget, and CorruptFile for what is no file or has
    more bytes than `most`, before it is read.
    """
    if not (folder / MANIFEST).is_file():
        raise MissingFile(f"there is no release in {folder}", where=str(folder), todo="dvc repro package")
    found = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    strange = [path.name for path in found if not path.is_file()]
    if strange:
        raise build_error(f"{strange[0]} is no file", str(folder))
    total = sum(path.stat().st_size for path in found)
    if most is not None and total > most:
        raise build_error(f"the release has {total:,} bytes, and may have {most:,}", str(folder))
    must_fit_bytes(total, total, str(folder), expansion=MODEL)
    return {path.name: path.read_bytes() for path in found}


def build_release(files: Mapping[str, bytes], where: str) -> Release:
    """The release that these files are, checked; nothing in them is executed. Raises CorruptFile."""
    check_hashes(files, where)
    try:
        return parse_release(files, where)
    except LifecycleError:
        raise
    except Exception as cause:  # a model that holds other numbers than it was fitted to may raise anything
        words = " ".join(str(cause).split())[:160]
        raise build_error(f"its files do not fit together ({type(cause).__name__}: {words})", where) from cause


def parse_release(files: Mapping[str, bytes], where: str) -> Release:
    """The release of files that have the hashes of their manifest."""
    from lifecycle.modeling.persistence import parse_model

    agreed = contract.parse_contract(parse_json(files, "contract.json", where), f"{where}/contract.json")
    raw, online = parse_raw(files, where)
    pipeline = parse_model(files["model.skops"], Path(where) / "model.skops")["pipeline"]
    check_pipeline(pipeline, where)
    check_features(pipeline, agreed, where)
    found = Release(
        version=compute_version(files[MANIFEST]),
        pipeline=pipeline,
        contract=agreed,
        threshold=parse_threshold(files, where),
        card=files["card.md"].decode("utf-8"),
        example=parse_example(files, where),
        lineage=parse_json(files, "lineage.json", where),
        raw=raw,
        online=online,
    )
    check_example(found, where)
    return found


def check_pipeline(pipeline: Any, where: str) -> None:
    """Raise CorruptFile unless the model is a pipeline with inputs and an estimator."""
    from sklearn.pipeline import Pipeline

    names = [name for name, _ in pipeline.steps] if type(pipeline) is Pipeline else []
    if not {"inputs", "estimator"} <= set(names):
        raise build_error("the model is no pipeline of inputs and an estimator", where)


def parse_threshold(files: Mapping[str, bytes], where: str) -> float | None:
    """The decision threshold, a probability from 0 to 1, or None; raises CorruptFile for anything else."""
    found = parse_json(files, "threshold.json", where).get("threshold", "nothing")
    if found is None:
        return None
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found <= 1:
        raise build_error(f"threshold.json says {str(found)[:40]!r}, not a probability from 0 to 1, or null", where)
    return found


def parse_example(files: Mapping[str, bytes], where: str) -> dict[str, Any]:
    """The example rows and their predictions, each by its key; raises CorruptFile where one is no object."""
    found = parse_json(files, "example.json", where)
    wanted = [
        name
        for row, prediction in PREDICTIONS.items()
        if row == "request" or row in found
        for name in (row, prediction)
    ]
    wrong = [name for name in wanted if not isinstance(found.get(name), dict)]
    if wrong:
        raise build_error(f"example.json has no {wrong[0]} that is an object", where)
    return found


def parse_raw(files: Mapping[str, bytes], where: str) -> tuple[RawContract | None, OnlineFeatures | None]:
    """The contract of raw rows and what makes their features; None where rows are asked with the features."""
    if QUESTION not in files:
        return None, None
    from lifecycle.online.packing import unpack_features

    raw = parse_raw_contract(parse_json(files, QUESTION, where), f"{where}/{QUESTION}")
    return raw, unpack_features(files, where)


@dataclass(frozen=True)
class RawParts:
    """What a release has for raw rows: their contract, the files that make their features, and one as an example."""

    contract: Mapping[str, Any]
    files: Mapping[str, bytes]
    example: Mapping[str, Any]


def pack_release(
    *,
    model: bytes,
    agreed: Mapping[str, Any],
    threshold: float | None,
    request: Mapping[str, Any],
    page: str,
    lineage: Mapping[str, Any],
    forms: Mapping[str, str],
    raw: RawParts | None = None,
) -> dict[str, bytes]:
    """The files of a release by name, the manifest among them; the example's predictions are the model's own.

    `model` is a file that `lifecycle.modeling.persistence` wrote, `agreed` the contract, `page` the card, `forms` the
    model's portable forms, `raw` what raw rows are answered with.
    """
    from lifecycle.modeling.persistence import parse_model

    pipeline = parse_model(model, paths.MODEL)["pipeline"]
    found = contract.parse_contract(agreed, "contract.json")
    asked = {**raw.files, QUESTION: encode_json(raw.contract)} if raw else {}
    answering = Release("", pipeline, found, threshold, page, {}, lineage, *parse_raw(asked, str(paths.RELEASE)))
    questions = {"request": request} | ({"question": raw.example} if raw else {})
    answers = {PREDICTIONS[row]: predict_example(answering, questions, row) for row in questions}
    files = {
        "model.skops": model,
        "contract.json": encode_json(agreed),
        "threshold.json": encode_json({"threshold": threshold}),
        "card.md": page.rstrip("\n").encode() + b"\n",
        "example.json": encode_json(questions | answers),
        "lineage.json": encode_json(lineage),
        **{name: text.encode() for name, text in forms.items()},
        **asked,
    }
    return files | {MANIFEST: encode_json({"files": build_manifest(files)})}


def encode_json(record: Any) -> bytes:
    """A record as JSON in its own order and with every digit."""
    return escape_hidden(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def compute_version(manifest: bytes) -> str:
    """The first 12 hexadecimal digits of the manifest's SHA-256."""
    return hashlib.sha256(manifest).hexdigest()[:12]


def build_manifest(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file by its name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def parse_manifest(manifest: bytes, where: str) -> dict[str, str]:
    """The hash of each file that a manifest names; raises CorruptFile where it is no manifest of a release."""
    try:
        files = dict(decode_json(manifest)["files"])
        lacking = sorted(set(NEEDED) - set(files))
        if lacking or not all(is_file_name(name) and isinstance(hashed, str) for name, hashed in files.items()):
            raise ValueError(f"{', '.join(lacking) or 'a plain file name'} is missing")
    except (ValueError, KeyError, TypeError, RecursionError) as cause:
        raise build_error(
            f"{MANIFEST} is no manifest of a release ({' '.join(str(cause).split())[:120]})", where
        ) from cause
    return files


def is_file_name(name: str) -> bool:
    """Whether a name is that of a file beside the manifest."""
    return name not in ("", ".", "..", MANIFEST) and Path(name).name == name and "\\" not in name


def check_hashes(files: Mapping[str, bytes], where: str) -> None:
    """Raise CorruptFile unless the files are those of the manifest, byte for byte."""
    known = parse_manifest(files[MANIFEST], where)
    for name in sorted(known.keys() | (files.keys() - {MANIFEST})):
        if name not in files:
            raise build_error(f"{name} is missing, and {MANIFEST} names it", where)
        if name not in known:
            raise build_error(f"{name} is in the folder, and {MANIFEST} does not name it", where)
        found = hashlib.sha256(files[name]).hexdigest()
        if found != known[name]:
            raise build_error(f"{name} has SHA-256 {found[:12]}…, and {MANIFEST} says {known[name][:12]}…", where)


def check_features(pipeline: Any, agreed: Contract, where: str) -> None:
    """Raise CorruptFile unless the model takes the contract's features in their order."""
    taken = [str(name) for name in getattr(pipeline, "feature_names_in_", ())]
    if taken != agreed.names:
        raise build_error(
            f"the model takes {len(taken)} features, the contract names {len(agreed.names)} others", where
        )


def check_example(found: Release, where: str) -> None:
    """Raise CorruptFile unless the examples have the predictions that they had when they were released."""
    for row, prediction in PREDICTIONS.items():
        if row not in found.example and row != "request":
            continue
        expected = found.example[prediction]
        try:
            given = predict_example(found, found.example, row)
        except UnfitTable as cause:
            raise build_error(f"the example's {row} is rejected ({cause.what})", where) from cause
        if given.keys() != expected.keys() or not all(is_close(given[name], expected[name]) for name in expected):
            raise build_error(f"the example's {prediction} is {given}, and was {expected} when released", where)


def predict_example(found: Release, examples: Mapping[str, Any], row: str) -> dict[str, Any]:
    """The prediction of an example row by its key in example.json, without its id."""
    predictions = found.predict(pd.DataFrame([examples[row]]), prepared=row == "request")
    return list_records(predictions.drop(columns="id", errors="ignore"))[0]


def is_close(one: Any, other: Any) -> bool:
    """Whether two values of a prediction are the same but for the last digits."""
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(one == other)


def list_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table in Python's own types."""
    names = [str(name) for name in table.columns]
    columns = [np.asarray(table[name]).tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def parse_json(files: Mapping[str, bytes], name: str, where: str) -> dict[str, Any]:
    """The object in a JSON file of a release; raises TooLarge for one too deep, CorruptFile for anything else."""
    try:
        must_be_shallow(files[name].decode("utf-8", errors="replace"), f"{where}/{name}")
        found = decode_json(files[name])
    except (ValueError, RecursionError) as cause:
        raise build_error(f"{name} is not valid JSON ({' '.join(str(cause).split())[:120]})", where) from cause
    if not isinstance(found, dict):
        raise build_error(f"{name} is valid JSON, and no object", where)
    return found


def decode_json(content: bytes) -> Any:
    """What JSON says; raises ValueError for NaN and Infinity too, and RecursionError where it is too deep."""

    def reject(constant: str) -> None:
        raise ValueError(f"{constant} is no number of JSON")

    return json.loads(content, parse_constant=reject)


def build_error(what: str, where: str) -> CorruptFile:
    """The error for a release that is not what was released."""
    return CorruptFile(what, where=where, todo=f"dvc checkout {paths.RELEASE}, or dvc repro --force package")
