"""Lists of the code that each stage runs, in a small repository written here."""

import hashlib
import json
import re

import pytest

from lifecycle.stages import trace

FILES = {
    "requirements.lock": "pandas==3.1.1\n",
    "src/lifecycle/__init__.py": "",
    "src/lifecycle/modeling/transformers/categories.py": "",
    "src/lifecycle/errors.py": "",
    "src/lifecycle/modeling/__init__.py": "",
    "src/lifecycle/modeling/persistence.py": "",
    "src/lifecycle/sources/__init__.py": "",
    "src/lifecycle/sources/shop.py": "from lifecycle import errors\n",
    "src/lifecycle/stages/__init__.py": "",
    "src/lifecycle/stages/collect.py": "class Config:\n    source: object\n",
    "src/lifecycle/stages/test.py": "from lifecycle.modeling import persistence\nclass Config:\n    seed: int\n",
    "src/lifecycle/stages/trace.py": "",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lists(folder):
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("reports/code/*.json")}


def test_each_stage_gets_what_it_imports_what_its_options_may_name_and_the_environment(folder):
    trace.run(trace.Config())
    found = lists(folder)
    assert set(found) == {"collect", "test"}
    assert list(found["collect"]) == [
        "requirements.lock",
        "src/lifecycle/errors.py",
        "src/lifecycle/sources/shop.py",
        "src/lifecycle/stages/collect.py",
    ]
    assert found["collect"]["requirements.lock"] == hashlib.sha256(b"pandas==3.1.1\n").hexdigest()


def test_a_stage_that_reads_models_runs_what_they_are_made_of(folder):
    trace.run(trace.Config())
    assert "src/lifecycle/modeling/transformers/categories.py" in lists(folder)["test"]


def test_a_changed_module_changes_the_lists_of_those_that_run_it_and_no_other(folder):
    trace.run(trace.Config())
    before = lists(folder)
    (folder / "src/lifecycle/sources/shop.py").write_text("", encoding="utf-8")
    trace.run(trace.Config())
    after = lists(folder)
    assert before["collect"] != after["collect"]
    assert before["test"] == after["test"]


def test_the_list_of_a_stage_that_is_gone_goes(folder):
    trace.run(trace.Config())
    (folder / "src/lifecycle/stages/test.py").unlink()
    assert re.fullmatch(r"1 stages run 3 modules", trace.run(trace.Config()))
    assert set(lists(folder)) == {"collect"}


def test_an_installed_engine_is_listed_by_its_own_paths_and_the_environment_from_above(tmp_path, monkeypatch):
    project = tmp_path / "company" / "projects" / "churn"
    (project / "src/churn").mkdir(parents=True)
    (tmp_path / "company/.git").mkdir()
    (tmp_path / "company/requirements.lock").write_text("pandas==3.1.1\n", encoding="utf-8")
    (project / "src/churn/source.py").write_text("from lifecycle.errors import SourceError\n", encoding="utf-8")
    (project / "pyproject.toml").write_text('[tool.lifecycle]\npackages = ["churn"]\n', encoding="utf-8")
    monkeypatch.chdir(project)
    trace.run(trace.Config())
    found = lists(project)["collect"]
    own = {name for name in found if not name.startswith("lifecycle/")}
    assert own == {"../../requirements.lock", "src/churn/source.py"}
    assert {"lifecycle/errors.py", "lifecycle/stages/collect.py", "lifecycle/sources/generated.py"} <= set(found)
    assert "lifecycle/sources/generated.py" not in lists(project)["split"]
