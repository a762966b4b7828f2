"""docs/architecture.md draws the floors that import-linter enforces, and describes each room as the room does."""

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
ENGINE = ROOT / "src/lifecycle"


def read_floors() -> list[list[str]]:
    """The rooms of each floor, the ground floor first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (one["layers"] for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    return [sorted(re.split(r" [|:] ", layer)) for layer in reversed(layers)]


FLOORS = read_floors()


def describe_room(name: str) -> str:
    """The first sentence of a room's docstring."""
    path = ENGINE / name / "__init__.py" if (ENGINE / name).is_dir() else ENGINE / f"{name}.py"
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.splitlines()[0].rstrip(".").replace("|", "\\|")


def draw_floors(floors: list[list[str]]) -> str:
    """The floors as a Mermaid drawing, the highest on top."""
    numbered = [*enumerate(floors, start=1)]
    lines = ["flowchart TB"]
    for number, rooms in reversed(numbered):
        nodes = "; ".join(f'{room.strip("_")}["{room}"]' for room in rooms)
        lines += [f'  subgraph floor{number}["{number}"]', "    direction TB", f"    {nodes}", "  end"]
    return "\n".join([*lines, "  " + " --> ".join(f"floor{number}" for number, _ in reversed(numbered))])


def tabulate_rooms(floors: list[list[str]]) -> str:
    """The rooms as a Markdown table, the highest floor first."""
    rows = [
        f"| {number} | `{room}` | {describe_room(room)} |"
        for number, rooms in reversed([*enumerate(floors, start=1)])
        for room in rooms
    ]
    return "\n".join(["| floor | room | what it is |", "|---:|---|---|", *rows])


def test_the_drawing_has_the_floors_that_are_enforced() -> None:
    (drawing,) = re.findall(r"```mermaid\n(.*?)\n```", PAGE, flags=re.DOTALL)
    assert drawing == draw_floors(FLOORS)


def test_every_room_is_described_by_its_own_first_line() -> None:
    table = tabulate_rooms(FLOORS)
    assert [row for row in table.splitlines() if row not in PAGE.splitlines()] == []
    assert table in PAGE


def test_every_room_stands_on_one_floor() -> None:
    rooms = {path.stem for path in ENGINE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(rooms - {"__init__"}) == sorted(room for floor in FLOORS for room in floor)
