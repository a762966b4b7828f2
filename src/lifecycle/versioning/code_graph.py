"""Which modules of the package a stage needs: its imports, followed through, and the fields that it takes."""

import ast
from collections.abc import Iterable, Iterator, Sequence
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
    for node in list_nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            below = [name for name in inner if name in known]
            yield from below
            if node.module in known and len(below) < len(inner):
                yield node.module


def list_nodes(path: Path) -> Iterable[ast.AST]:
    """All nodes of a file; of a package's start its statements, without those in functions and conditions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tree.body if path.name == "__init__.py" else ast.walk(tree)


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
    if path.name != "__init__.py":
        return True
    return any(not isinstance(node, ast.Expr) for node in ast.parse(path.read_text(encoding="utf-8")).body)


def list_taken_groups(path: Path) -> set[str]:
    """The names of the fields of the class `Config` in a stage's file."""
    classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    fields = [node.target for one in classes if one.name == "Config" for node in one.body if is_field(node)]
    return {field.id for field in fields if isinstance(field, ast.Name)}


def is_field(node: ast.stmt) -> TypeGuard[ast.AnnAssign]:
    """Whether a statement declares a field."""
    return isinstance(node, ast.AnnAssign)
