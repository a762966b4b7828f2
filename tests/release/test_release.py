"""Releases: the model's own answers, checked files, nothing executed."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
from builders import releases

import lifecycle
from lifecycle.errors import CorruptFile, MissingFile, UnfitTable
from lifecycle.release import portable, release
from lifecycle.release.release import load_release

COLUMNS = {
    "binary": ["id", "probability", "predicted"],
    "multiclass": ["id", "predicted", "probability_late", "probability_early", "probability_on time"],
    "regression": ["id", "predicted"],
    "clustering": ["id", "cluster"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return releases.write(tmp_path_factory.mktemp("binary"))


@pytest.fixture
def copy(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def bare(found, table):
    """What the pipeline itself says of the rows."""
    features = table.drop(columns="order").astype({"hour": "float64", "gift": "float64"})
    estimator, prepared = found.pipeline["estimator"], found.pipeline["inputs"].transform(features)
    return estimator.predict_proba(prepared) if found.contract.classes else estimator.predict(prepared)


@pytest.mark.parametrize(("task", "family"), releases.CALLS)
def test_a_release_answers_as_its_model_does(task, family, tmp_path):
    found = load_release(releases.write(tmp_path, task, family))
    table = releases.rows(200, seed=2)
    answered, scores = found.predict(table), bare(found, table)
    ends = ["low", "high"] if family == "quantile_regression" else []
    assert list(answered.columns) == COLUMNS[task] + ends
    assert answered["id"].tolist() == table["order"].tolist()
    if task == "binary":
        np.testing.assert_allclose(answered["probability"], scores[:, 1], rtol=1e-8)
        assert (answered["predicted"] == (answered["probability"] >= 0.4)).all()
    elif task == "multiclass":
        np.testing.assert_allclose(answered.filter(like="probability_"), scores, rtol=1e-8)
        assert answered["predicted"].tolist() == [found.contract.classes[code] for code in scores.argmax(axis=1)]
    elif family == "quantile_regression":
        np.testing.assert_allclose(answered[["low", "predicted", "high"]], scores, rtol=1e-8)
    elif task == "regression":
        np.testing.assert_allclose(answered["predicted"], scores, rtol=1e-8)
    else:
        assert answered["cluster"].tolist() == scores.tolist()


@pytest.mark.parametrize(("task", "family"), releases.CALLS)
def test_a_row_is_answered_the_same_alone_and_among_others(task, family, tmp_path):
    found = load_release(releases.write(tmp_path, task, family))
    table = releases.rows(60, seed=3)
    together = found.predict(table)
    alone = pd.concat([found.predict(table.iloc[[place]]) for place in range(len(table))])
    pd.testing.assert_frame_equal(together, alone, check_exact=True)


def test_the_same_model_makes_the_same_bytes_and_version(tmp_path, folder):
    again = releases.write(tmp_path)
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    manifest = (folder / "manifest.json").read_bytes()
    assert load_release(folder).version == hashlib.sha256(manifest).hexdigest()[:12]


def test_another_threshold_is_another_version(folder):
    files = release.read_folder(folder)
    changed = files | {"threshold.json": release.encode_json({"threshold": 0.5})}
    changed["manifest.json"] = release.encode_json(
        {"files": release.build_manifest({name: text for name, text in changed.items() if name != "manifest.json"})}
    )
    with pytest.raises(CorruptFile, match="threshold"):
        release.build_release(files | {"threshold.json": changed["threshold.json"]}, "here")
    example = json.loads(files["example.json"])
    found = release.build_release(changed, "here") if not 0.4 <= example["prediction"]["probability"] < 0.5 else None
    assert found is not None
    assert found.version != release.build_release(files, "here").version


def test_rows_without_an_id_are_answered_without_one(folder):
    table = releases.rows(3, seed=4).drop(columns="order")
    assert list(load_release(folder).predict(table).columns) == ["probability", "predicted"]


def test_answers_keep_the_index_of_the_rows(folder):
    table = releases.rows(3, seed=4).set_axis([7, 5, 9])
    assert load_release(folder).predict(table).index.tolist() == [7, 5, 9]


def test_no_rows_have_no_answers_in_the_same_columns(folder):
    found = load_release(folder).predict(releases.rows(3, seed=4).iloc[:0])
    assert found.shape == (0, 3)
    assert str(found.dtypes["predicted"]) == "bool"


def test_a_row_that_breaks_the_contract_is_rejected_with_field_got_and_wanted(folder):
    table = releases.rows(3, seed=4).astype({"size": object})
    table.loc[1, "size"] = "big"
    with pytest.raises(UnfitTable) as caught:
        load_release(folder).predict(table)
    assert caught.value.what == "size: got 'big', wanted a number from -50 to 50, or null"
    assert caught.value.where == "row 1; 1 of 3 rows break the contract"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda table: table.drop(columns="hour"), "hour: got nothing, wanted a whole number from 0 to 23"),
        (lambda table: table.assign(siz=1.0), "siz: got a value, wanted no such field; use 'size'"),
    ],
)
def test_a_table_of_other_columns_is_rejected(folder, change, what):
    with pytest.raises(UnfitTable) as caught:
        load_release(folder).predict(change(releases.rows(3, seed=4)))
    assert caught.value.what.startswith(what)


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", release.NEEDED)
def test_a_changed_file_is_rejected_by_name(copy, name):
    flipped(copy / name)
    with pytest.raises(CorruptFile, match=f"{name} has SHA-256 [0-9a-f]{{12}}…, and manifest.json says"):
        load_release(copy)


@pytest.mark.parametrize("name", release.NEEDED)
def test_a_removed_file_is_rejected_by_name(copy, name):
    (copy / name).unlink()
    with pytest.raises(CorruptFile, match=f"{name} is missing, and manifest.json names it"):
        load_release(copy)


def test_an_added_file_is_rejected_by_name(copy):
    (copy / "more.py").write_text("raise SystemExit")
    with pytest.raises(CorruptFile, match=r"more\.py is in the folder, and manifest\.json does not name it"):
        load_release(copy)


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        '{"files": {}}',
        '{"files": {"../model.skops": "0"}}',
        '{"files": 3}',
    ],
)
def test_another_manifest_is_rejected(copy, manifest):
    (copy / "manifest.json").write_text(manifest)
    with pytest.raises(CorruptFile, match=r"manifest\.json is no manifest of a release"):
        load_release(copy)


def test_a_manifest_that_leaves_a_file_out_is_rejected(copy):
    files = json.loads((copy / "manifest.json").read_text())["files"]
    del files["model.lightgbm.txt"]
    (copy / "manifest.json").write_text(json.dumps({"files": files}))
    with pytest.raises(CorruptFile, match="does not name it"):
        load_release(copy)


def test_an_empty_folder_holds_no_release(tmp_path):
    with pytest.raises(MissingFile, match="there is no release in"):
        load_release(tmp_path)


class Planted:
    """Tells when it is made."""

    def __reduce__(self):
        return (os.mkdir, ("executed",))


def sealed_with(copy, content):
    """The release with another model and a manifest that agrees with it."""
    (copy / "model.skops").write_bytes(content)
    files = {name: text for name, text in release.read_folder(copy).items() if name != "manifest.json"}
    (copy / "manifest.json").write_bytes(release.encode_json({"files": release.build_manifest(files)}))


def test_a_planted_pickle_does_not_run_though_the_manifest_names_it(copy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sealed_with(copy, pickle.dumps(Planted()))
    with pytest.raises(CorruptFile, match="cannot be read as a model"):
        load_release(copy)
    assert not (tmp_path / "executed").exists()


def test_a_pickle_planted_in_the_archive_does_not_run(copy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile(copy / "model.skops") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    described = json.loads(files["schema.json"])
    described["content"]["planted"] = {
        "__class__": "Planted", "__module__": "builtins", "__loader__": "ObjectNode", "__id__": 9999,
        "__reduce__": {"args": "executed"}, "content": None,
    }  # fmt: skip
    files |= {"schema.json": json.dumps(described).encode(), "planted.pkl": pickle.dumps(Planted())}
    with zipfile.ZipFile(tmp_path / "planted.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    content = (tmp_path / "planted.zip").read_bytes()
    (tmp_path / "planted.zip").unlink()
    sealed_with(copy, content)
    with pytest.raises(CorruptFile):
        load_release(copy)
    assert not (tmp_path / "executed").exists()


def test_a_model_of_other_features_is_rejected(copy):
    document = json.loads((copy / "contract.json").read_text())
    document["required"].reverse()
    document["properties"] = {name: document["properties"][name] for name in document["required"]}
    (copy / "contract.json").write_text(json.dumps(document))
    sealed_with(copy, (copy / "model.skops").read_bytes())
    with pytest.raises(CorruptFile, match="the model takes 6 features"):
        load_release(copy)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("threshold.json", "{}", "threshold.json says 'nothing', not a probability"),
        ("threshold.json", '{"threshold": "0.4"}', "threshold.json says '0.4', not a probability"),
        ("example.json", '{"request": {}}', "example.json has no prediction that is an object"),
        ("card.md", b"\xff", "UnicodeDecodeError"),
    ],
)
def test_files_that_do_not_fit_together_are_rejected_with_the_reason(copy, name, content, why):
    (copy / name).write_bytes(content.encode() if isinstance(content, str) else content)
    sealed_with(copy, (copy / "model.skops").read_bytes())
    with pytest.raises(CorruptFile, match=why):
        load_release(copy)


def test_an_example_that_is_answered_otherwise_is_rejected(copy):
    example = json.loads((copy / "example.json").read_text())
    example["prediction"]["probability"] += 0.01
    (copy / "example.json").write_text(json.dumps(example))
    sealed_with(copy, (copy / "model.skops").read_bytes())
    with pytest.raises(CorruptFile, match="the example's prediction is"):
        load_release(copy)


@pytest.mark.parametrize(
    ("task", "family"), [one for one in releases.CALLS if one[1] in ("lightgbm", "quantile_regression")]
)
def test_the_portable_form_gives_the_same_numbers(task, family, tmp_path):
    folder = releases.write(tmp_path, task, family)
    found, table = load_release(folder), releases.rows(100, seed=5)
    features = table.drop(columns="order").astype({"hour": "float64", "gift": "float64"})
    prepared = found.pipeline["inputs"].transform(features)
    boosters = [lightgbm.Booster(model_file=str(path)) for path in sorted(folder.glob("*.lightgbm.txt"))]
    said = np.column_stack([booster.predict(prepared) for booster in boosters])
    estimator = found.pipeline["estimator"]
    if family == "quantile_regression":
        np.testing.assert_array_equal(np.sort(said, axis=1), estimator.predict(prepared))
    elif task == "binary":
        np.testing.assert_array_equal(said[:, 0], estimator.predict_proba(prepared)[:, 1])
    else:
        own = estimator.predict_proba(prepared) if task == "multiclass" else estimator.predict(prepared)
        np.testing.assert_array_equal(said.reshape(own.shape), own)


def test_a_family_without_a_portable_form_has_none(tmp_path):
    folder = releases.write(tmp_path, "binary", "linear")
    assert sorted(path.name for path in folder.iterdir()) == sorted([*release.NEEDED, "manifest.json"])
    assert portable.export_portable_forms(load_release(folder).pipeline["estimator"]) == {}


def test_the_package_gives_load_release_and_importing_it_loads_no_library():
    environment = os.environ | {"PYTHONPATH": str(Path(lifecycle.__file__).parents[1])}
    code = "import sys, lifecycle; print(sorted({'pandas', 'sklearn', 'numpy', 'fastapi'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert lifecycle.load_release is load_release
    with pytest.raises(AttributeError, match="has no attribute 'load_relase'"):
        _ = lifecycle.load_relase
