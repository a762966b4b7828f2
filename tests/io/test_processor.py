"""What libraries are told of the processor before they load, and how many threads there are, here and elsewhere."""

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import joblib
import pytest

import lifecycle
from lifecycle.io import processor

X86_64 = platform.machine().lower() in ("x86_64", "amd64")
VARIABLES = (*processor.INSTRUCTIONS, *processor.ONE_THREAD, processor.WAITING[0], "OMP_WAIT_POLICY")
CONTEXT: Any = sys.modules["joblib.externals.loky.backend.context"]


def run(program: str, **environment: str) -> Any:
    """What a program prints as JSON, in a Python of its own that takes warnings for errors."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    source = {"PYTHONPATH": str(Path(lifecycle.__file__).parents[1])}
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env=kept | source | environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)


ENVIRONMENT = """
import json, os, sys
import lifecycle.stages
told = dict(os.environ)
assert "numpy" not in sys.modules
import numpy
print(json.dumps({name: told[name] for name in sys.argv[1:] or told}))
"""
ELSEWHERE = "import platform; platform.machine = lambda: 'aarch64'\n"


@pytest.mark.skipif(not X86_64, reason="the instructions are those of x86-64")
def test_importing_the_stages_sets_the_same_digits_and_bounds_the_waiting() -> None:
    told = run(ENVIRONMENT)
    assert told["OPENBLAS_CORETYPE"] == "Haswell"
    assert told["NPY_DISABLE_CPU_FEATURES"] == "X86_V4 AVX512_ICL AVX512_SPR"
    assert told["OPENBLAS_NUM_THREADS"] == "1"
    assert told["GOMP_SPINCOUNT"] == "1000"


@pytest.mark.skipif(not X86_64, reason="the instructions are those of x86-64")
def test_ours_win_where_digits_depend_on_it_and_the_users_where_only_time_does() -> None:
    told = run(
        ENVIRONMENT,
        OPENBLAS_CORETYPE="SkylakeX",
        NPY_DISABLE_CPU_FEATURES="X86_V3",
        OPENBLAS_NUM_THREADS="4",
        GOMP_SPINCOUNT="7",
    )
    assert told["OPENBLAS_CORETYPE"] == "Haswell"
    assert told["NPY_DISABLE_CPU_FEATURES"] == "X86_V4 AVX512_ICL AVX512_SPR"
    assert told["OPENBLAS_NUM_THREADS"] == "1"
    assert told["GOMP_SPINCOUNT"] == "7"
    assert "GOMP_SPINCOUNT" not in run(ENVIRONMENT, OMP_WAIT_POLICY="active")


def test_another_processor_is_told_nothing_of_instructions_and_numpy_does_not_warn() -> None:
    told = run(ELSEWHERE + ENVIRONMENT)
    assert not processor.INSTRUCTIONS.keys() & told.keys()
    assert told["GOMP_SPINCOUNT"] == "1000"


@pytest.mark.parametrize("numpy", ["2.3.5", "1.26.4", "unreadable"])
def test_a_numpy_that_has_other_features_is_told_nothing(monkeypatch: pytest.MonkeyPatch, numpy: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(processor, "version", lambda name: numpy)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    processor.set_environment()
    assert not processor.INSTRUCTIONS.keys() & os.environ.keys()


def test_without_numpy_nothing_is_known_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(processor, "version", missing)
    assert not processor.has_same_instructions()


@pytest.mark.parametrize("machine", ["x86_64", "AMD64"])
def test_x86_64_has_one_name_under_each_system(monkeypatch: pytest.MonkeyPatch, machine: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert processor.has_same_instructions()


def test_numpy_and_openblas_use_what_they_are_told() -> None:
    used = run(
        "import lifecycle.stages, json, numpy, scipy.linalg, threadpoolctl\n"
        "blas = [one for one in threadpoolctl.threadpool_info() if one['user_api'] == 'blas']\n"
        "found = numpy.show_config(mode='dicts')['SIMD Extensions'].get('found', [])\n"
        "print(json.dumps({'found': found, 'blas': blas}))"
    )
    assert {one["num_threads"] for one in used["blas"]} == {1}
    if X86_64:
        assert not {"X86_V4", "AVX512_ICL", "AVX512_SPR"} & set(used["found"])
        assert {one["architecture"] for one in used["blas"]} == {"Haswell"}


@pytest.mark.parametrize("module", ["lifecycle.stages.train", "lifecycle.__main__"])
def test_all_is_set_before_anything_imports_numpy(module: str) -> None:
    program = f"""
import json, os, sys
class Watch:
    told = []
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            self.told.append("GOMP_SPINCOUNT" in os.environ)
sys.meta_path.insert(0, Watch())
import {module}
import lifecycle.cli.predict, lifecycle.cli.serve, lifecycle.cli.monitor, lifecycle.cli.replay, numpy
print(json.dumps(Watch.told))
"""
    assert run(program) == [True]


@pytest.mark.parametrize(
    ("system", "machine", "said"),
    [
        ("Linux", "x86_64", None),
        ("Linux", "aarch64", "this is aarch64 under Linux"),
        ("Darwin", "arm64", "this is arm64 under Darwin"),
        ("Windows", "AMD64", "this is AMD64 under Windows"),
    ],
)
def test_where_last_digits_may_differ_it_is_said(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, said: str | None
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    found = processor.describe_other_digits()
    assert (found is None) is (said is None)
    assert found is None or (found.startswith("note: last digits may differ") and found.endswith(str(said)))


@pytest.mark.parametrize(("asked", "count"), [("1", 1), ("3", 3), ("2,4", 2), (" 5 ", 5)])
def test_the_number_that_the_user_sets_is_taken(monkeypatch: pytest.MonkeyPatch, asked: str, count: int) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert processor.processors() == count


@pytest.mark.parametrize("asked", ["", "0", "-1", "many"])
def test_what_is_no_number_of_threads_is_passed_over(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert processor.processors() == joblib.cpu_count()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to a processor")
def test_a_process_that_is_bound_to_one_processor_has_one_thread() -> None:
    program = (
        "import json, os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from lifecycle.io.processor import processors, threads_to_fit\n"
        "print(json.dumps([processors(), threads_to_fit(10**6)]))"
    )
    assert run(program, OMP_NUM_THREADS="") == [1, 1]


@pytest.fixture
def control_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The control files of a container on a machine with sixteen processors; what is not here does not exist."""
    files: dict[str, str] = {}
    exists = os.path.exists

    def read(name: str) -> Any:
        copy = tmp_path / name.replace("/", "_")
        copy.write_text(files[name], encoding="utf-8")
        return copy.open(encoding="utf-8")

    monkeypatch.setattr(CONTEXT, "open", read, raising=False)
    monkeypatch.setattr(os.path, "exists", lambda name: name in files if "/cgroup/" in str(name) else exists(name))
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)
    for name in ("OMP_NUM_THREADS", "LOKY_MAX_CPU_COUNT"):
        monkeypatch.delenv(name, raising=False)
    return files


@pytest.mark.parametrize(("limit", "count"), [("200000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", 16)])
def test_a_container_of_today_has_as_many_threads_as_its_quota(
    control_files: dict[str, str], limit: str, count: int
) -> None:
    control_files["/sys/fs/cgroup/cpu.max"] = limit
    assert processor.processors() == count


@pytest.mark.parametrize(("quota", "count"), [("300000\n", 3), ("-1\n", 16)])
def test_a_container_of_the_first_kind_has_so_too(control_files: dict[str, str], quota: str, count: int) -> None:
    control_files["/sys/fs/cgroup/cpu/cpu.cfs_quota_us"] = quota
    control_files["/sys/fs/cgroup/cpu/cpu.cfs_period_us"] = "100000\n"
    assert processor.processors() == count


@pytest.mark.parametrize(
    ("rows", "to_fit", "to_predict"),
    [(0, 1, 1), (1, 1, 1), (1_999, 1, 1), (2_000, 1, 2), (49_999, 1, 4), (50_000, 2, 4), (10**7, 4, 4)],
)
def test_few_rows_have_one_thread(monkeypatch: pytest.MonkeyPatch, rows: int, to_fit: int, to_predict: int) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    assert (processor.threads_to_fit(rows), processor.threads_to_predict(rows)) == (to_fit, to_predict)
