"""The modules that a module needs, in a small package written here."""

from pathlib import Path

import pytest

from lifecycle.versioning.code_graph import list_imports, list_modules, list_needed_modules

FILES = {
    "__init__.py": "",
    "a.py": "import json\nfrom lifecycle import b\nfrom lifecycle.deep.c import thing\n",
    "b.py": "import lifecycle.deep.d\n",
    "lazy.py": "def run():\n    from lifecycle.b import x\n",
    "lonely.py": '"""from lifecycle import b"""\n',
    "round.py": "from lifecycle import trip\n",
    "trip.py": "from lifecycle import round\n",
    "deep/__init__.py": "",
    "deep/c.py": "thing = 1\n",
    "deep/d.py": "from lifecycle.deep import c\n",
}


@pytest.fixture
def source(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "lifecycle" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def files(source, stage):
    return sorted(
        path.relative_to(source / "lifecycle").as_posix() for path in list_needed_modules(stage, list_modules(source))
    )


def test_modules_by_dotted_name(source):
    found = list_modules(source)
    assert set(found) == {
        "lifecycle", "lifecycle.a", "lifecycle.b", "lifecycle.lazy", "lifecycle.lonely", "lifecycle.round",
        "lifecycle.trip", "lifecycle.deep", "lifecycle.deep.c", "lifecycle.deep.d",
    }  # fmt: skip
    assert found["lifecycle.deep"] == source / "lifecycle/deep/__init__.py"


def test_named_tells_modules_from_what_they_hold(source):
    known = list_modules(source)
    assert sorted(list_imports(known["lifecycle.a"], known)) == ["lifecycle.b", "lifecycle.deep.c"]


def test_imports_are_followed_through(source):
    assert files(source, "lifecycle.a") == ["a.py", "b.py", "deep/c.py", "deep/d.py"]


def test_imports_within_functions_count(source):
    assert files(source, "lifecycle.lazy") == ["b.py", "deep/c.py", "deep/d.py", "lazy.py"]


def test_text_is_no_import(source):
    assert files(source, "lifecycle.lonely") == ["lonely.py"]


def test_imports_in_a_circle_end(source):
    assert files(source, "lifecycle.round") == ["round.py", "trip.py"]


def test_an_unknown_module_is_an_error(source):
    with pytest.raises(KeyError):
        list_needed_modules("lifecycle.nothing", list_modules(source))


def test_this_package_itself():
    source = Path(__file__).parents[2] / "src"
    found = {
        path.relative_to(source / "lifecycle").as_posix()
        for path in list_needed_modules("lifecycle.stages.tune", list_modules(source))
    }
    assert {"stages/tune.py", "modeling/tuning.py", "modeling/pipeline.py", "targets.py", "io/atomic.py"} <= found
    assert "stages/test.py" not in found
