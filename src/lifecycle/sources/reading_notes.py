"""What was found while an entry was read, in words: lines left out, infinite values, formulas without values."""

from collections.abc import Iterable, Iterator

from lifecycle.sources.formats.entry import ReadResult

SHOWN = 5  # lines, columns


def describe_reading(result: ReadResult) -> list[tuple[str, str]]:
    """Each finding, and where it is or what to do."""
    return [*describe_left_out(result), *describe_infinite(result), *describe_unsaved(result)]


def describe_left_out(result: ReadResult) -> Iterator[tuple[str, str]]:
    """The lines that are no rows, by reason."""
    for reason, lines in result.left_out.items():
        yield (
            f"{count(len(lines), 'row')} {reason} left out",
            f"line{'' if len(lines) == 1 else 's'} {list_some(lines)}",
        )


def describe_infinite(result: ReadResult) -> Iterator[tuple[str, str]]:
    """How many infinite values are missing, and in which columns."""
    number = sum(result.infinite.values())
    if number:
        verb = "is" if number == 1 else "are"
        yield f"{count(number, 'infinite value')} {verb} missing", f"in {list_some(result.infinite)}"


def describe_unsaved(result: ReadResult) -> Iterator[tuple[str, str]]:
    """For each column, how many cells have a formula without a value, with the first of them."""
    for name, cells in result.unsaved.items():
        yield (
            f"{count(len(cells), 'cell')} of {name!r} with a formula and no saved value, so missing",
            f"the first is {cells[0]}; open the workbook in Excel or LibreOffice and save it, or export CSV",
        )


def count(number: int, noun: str) -> str:
    """The number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def list_some(found: Iterable[object]) -> str:
    """The first of these, and how many more there are."""
    every = [str(one) for one in found]
    more = f" and {len(every) - SHOWN:,} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
