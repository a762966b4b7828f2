"""Releases that a stranger has changed, with the hashes to match: rejected in three lines, or they answer as before."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import hostile, releases
from builders.changes import change_release
from builders.effort import count_rounds

from lifecycle.errors import CorruptFile, LifecycleError, TooLarge
from lifecycle.release.release import MANIFEST, build_release

FAMILIES = ("lightgbm", "random_forest", "hist_gradient_boosting")
ROOT = Path(__file__).parents[2]
RECORDS = ("contract.json", "threshold.json", "example.json", "lineage.json", "manifest.json")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a small release."""
    return releases.files("binary", "linear", tmp_path_factory.mktemp("release"))


def rejected(files: dict[str, bytes]) -> str:
    """What is said of a release that is rejected, in three lines."""
    with pytest.raises(CorruptFile) as caught:
        build_release(files, "models/release")
    assert len(str(caught.value).splitlines()) == 3
    return caught.value.what


@pytest.mark.parametrize("found", ["a", float("nan"), float("inf"), -0.1, 1.1, True, [0.5], {}])
def test_a_threshold_is_a_probability(files: dict[str, bytes], found: Any) -> None:
    record = json.dumps({"threshold": found}).encode()
    assert "threshold.json" in rejected(hostile.sign(files | {"threshold.json": record}))


def test_a_threshold_is_there(files: dict[str, bytes]) -> None:
    assert "threshold.json says 'nothing'" in rejected(hostile.sign(files | {"threshold.json": b"{}"}))


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize(
    "content",
    [b"[]", b"null", b"7", b'[["a", 1]]', b"", b"{", b"\xff", b'{"a": NaN}'],
    ids=lambda content: str(content[:9]),
)
def test_a_record_is_an_object(files: dict[str, bytes], name: str, content: bytes) -> None:
    changed = hostile.sign(files | {name: content}) if name != MANIFEST else files | {name: content}
    assert name in rejected(changed)


@pytest.mark.parametrize("name", [name for name in RECORDS if name != MANIFEST])
@pytest.mark.parametrize("content", [b"[" * 10**5, b'{"a":' * 10**5], ids=["lists", "objects"])
def test_a_record_is_no_deeper_than_the_budget(files: dict[str, bytes], name: str, content: bytes) -> None:
    with pytest.raises(TooLarge, match="100,000 deep in one another, and may be 100") as caught:
        build_release(hostile.sign(files | {name: content}), "models/release")
    assert caught.value.where == f"models/release/{name}"


@pytest.mark.parametrize("content", [b"[" * 10**5, b'{"a":' * 10**5], ids=["lists", "objects"])
def test_a_manifest_too_deep_is_none(files: dict[str, bytes], content: bytes) -> None:
    assert MANIFEST in rejected(files | {MANIFEST: content})


@pytest.mark.parametrize("key", ["request", "prediction"])
@pytest.mark.parametrize("found", [None, [], "a", 7])
def test_an_example_has_rows(files: dict[str, bytes], key: str, found: Any) -> None:
    example = json.loads(files["example.json"]) | {key: found}
    record = json.dumps(example).encode()
    assert f"example.json has no {key}" in rejected(hostile.sign(files | {"example.json": record}))


@pytest.mark.parametrize("model", [7, [], {"inputs": 1}, np.arange(3.0)])
def test_a_model_is_a_pipeline(files: dict[str, bytes], model: Any) -> None:
    from lifecycle.modeling.skops_internals import pack_objects

    packed = pack_objects({"pipeline": model})
    assert "no pipeline of inputs and an estimator" in rejected(hostile.sign(files | {"model.skops": packed}))


def test_an_estimator_that_cannot_predict_is_rejected(files: dict[str, bytes]) -> None:
    packed = hostile.set_attribute(files["model.skops"], "LogisticRegression", "coef_", "abc")
    assert "do not fit together" in rejected(hostile.sign(files | {"model.skops": packed}))


# Fuzzing, in a process of its own, which a crash would take along


def fuzz(family: str, count: int, folder: Path, seed: int = 1) -> dict[str, int]:
    """How many changed releases were rejected, and how many answered; raises for any other end."""
    files = releases.files("binary", family, folder)
    rows = releases.rows(40, seed=7)
    random, ends = np.random.default_rng(seed), {"rejected": 0, "answered": 0}
    for number in range(count):
        changed = change_release(random, files)
        (folder / "last").write_text(f"{family}, change {number}")
        try:
            release = build_release(changed, "models/release")
            assert len(release.predict(rows)) == len(rows)
            ends["answered"] += 1
        except LifecycleError as error:
            assert len(str(error).splitlines()) == 3, str(error)
            ends["rejected"] += 1
    return ends


def run_fuzz(family: str, count: int, folder: Path) -> dict[str, int]:
    """`fuzz` in a process of its own: what it counted, or a failure that names the change that ended it."""
    code = f"import sys; sys.path[:0] = {[str(ROOT / 'tests'), str(Path(__file__).parent)]!r}\n"
    code += "import json, pathlib, warnings, test_hostile_releases as one\nwarnings.simplefilter('ignore')\n"
    code += f"print(json.dumps(one.fuzz({family!r}, {count}, pathlib.Path({str(folder)!r}))))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        check=False,
    )
    last = (folder / "last").read_text() if (folder / "last").exists() else "before the first change"
    assert done.returncode == 0, f"{last}: exit {done.returncode}\n{done.stderr[-2000:]}"
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_a_changed_release_is_rejected_or_answers(family: str, tmp_path: Path) -> None:
    ends = run_fuzz(family, 40, tmp_path)
    assert ends["rejected"] + ends["answered"] == 40
    assert ends["rejected"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("family", [*FAMILIES, "linear", "mlp"])
def test_many_changed_releases_are_rejected_or_answer(family: str, tmp_path: Path) -> None:
    count = count_rounds(60, 400)
    ends = run_fuzz(family, count, tmp_path)
    assert ends["rejected"] + ends["answered"] == count
    assert ends["rejected"] > count / 4
