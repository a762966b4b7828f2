"""The files of code by the names that reports/code/ has for them, the engine in the project's src/ or installed."""

from pathlib import Path

from lifecycle.paths import SOURCE

ENGINE = __name__.partition(".")[0]
INSTALLED = Path(__file__).resolve().parents[2]  # the folder that holds the package which runs


def find_engine() -> Path:
    """The folder that holds the engine's package: src/ where the project has its code, else where it is installed."""
    return SOURCE if (SOURCE / ENGINE / "__init__.py").is_file() else INSTALLED


def name_file(path: Path) -> str:
    """The name of a file of code: its path from here, or the path in the package for an installed engine."""
    engine = find_engine()
    return (path.relative_to(engine) if path.is_absolute() and path.is_relative_to(engine) else path).as_posix()


def locate_file(name: str) -> Path:
    """Where the file of a name stands, there or not."""
    is_installed = name.startswith(f"{ENGINE}/")
    return find_engine() / name if is_installed else Path(name)
