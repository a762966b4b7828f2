"""Which modules of the package a stage needs: its imports, followed through, and the fields that it takes."""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeGuard


def list_modules(source: Path, packages: Sequence[str] = ("lifecycle",)) -> dict[str, Path]:
    """The modules of the packages by dotted name, for a folder that holds the packages."""
    found = {}
    for path in (path for package in packages for path in sorted((source / package).rglob("*.py"))):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def list_imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The known modules that a file imports anywhere in it; of a package's start those that every import of it runs."""
    for module, names in parse_imports(path.read_text(encoding="utf-8"), path.name == "__init__.py"):
        below = [name for name in names if name in known]
        yield from below
        if module in known and (not names or len(below) < len(names)):
            yield module


@cache  # by the text: every stage asks for the same files
def parse_imports(text: str, is_start: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The modules that a text imports, each with the dotted names that it takes from it; none taken for a plain import.

    Of a package's start its statements count, without those in functions and conditions.
    """
    tree = ast.parse(text)
    found: list[tuple[str, tuple[str, ...]]] = []
    for node in tree.body if is_start else ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, tuple(f"{node.module}.{alias.name}" for alias in node.names)))
    return tuple(found)


def list_needed_modules(module: str, known: dict[str, Path]) -> set[Path]:
    """The files that `module` runs, itself included: known modules, and the templates that stand beside them.

    A package's start counts where it does more than describe the package.
    """
    waiting, seen = [module], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += list_imports(known[name], known)
            waiting += [package for package in list_packages(name) if package in known]
    files = {known[name] for name in seen if does_something(known[name])}
    return files | {template for path in files for template in path.parent.glob(f"{path.stem}.*.j2")}


def list_packages(name: str) -> list[str]:
    """The packages that contain a module, by dotted name."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def does_something(path: Path) -> bool:
    """Whether a file is a module, or a package's start with more in it than a docstring."""
    return path.name != "__init__.py" or has_statements(path.read_text(encoding="utf-8"))


@cache
def has_statements(text: str) -> bool:
    """Whether a text has more than expressions, such as a docstring."""
    return any(not isinstance(node, ast.Expr) for node in ast.parse(text).body)


def list_taken_groups(path: Path) -> set[str]:
    """The names of the fields of the class `Config` in a stage's file."""
    classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    fields = [node.target for one in classes if one.name == "Config" for node in one.body if is_field(node)]
    return {field.id for field in fields if isinstance(field, ast.Name)}


def is_field(node: ast.stmt) -> TypeGuard[ast.AnnAssign]:
    """Whether a statement declares a field."""
    return isinstance(node, ast.AnnAssign)
