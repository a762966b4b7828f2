"""Where two nested values differ, and each difference as text in which nothing that went or came is hidden."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHORT = 80  # characters up to which a value is shown whole
AROUND = 20  # characters that are kept on each side of what differs in a longer one
MOST = 100  # names that went or came; what is beyond is counted


@dataclass(frozen=True)
class ChangeText:
    """A change in two cells; of a list they hold what went and what came, `listed`."""

    base: str
    head: str
    listed: bool = False

    def __str__(self) -> str:
        """The change in one line."""
        if self.listed:
            return ", ".join(part for part in (self.base, self.head) if part)
        return f"{self.base} → {self.head}"


def find_changes(before: Any, after: Any, above: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each value that differs, by its path of keys, with both values; None for one that is not there.

    Lists are compared item by item where both have as many, and stay whole where not.

    >>> list(find_changes({"a": {"b": 1}, "c": [{"d": 2}]}, {"a": {"b": 3}, "c": [{"d": 2}]}))
    [('a.b', 1, 3)]
    """
    if before == after:
        return
    opened = open_both(before, after)
    if opened is None:
        yield above.rstrip("."), before, after
        return
    one, other = opened
    for name in sorted(one.keys() | other.keys()):
        yield from find_changes(one.get(name), other.get(name), f"{above}{name}.")


def open_both(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The entries of two mappings, or of two lists of as many that hold some; None for values without entries."""
    if isinstance(before, list) and isinstance(after, list):
        nested = any(isinstance(one, Mapping | list) for one in (*before, *after))
        return (number_items(before), number_items(after)) if nested and len(before) == len(after) else None
    if any(isinstance(one, Mapping) and one for one in (before, after)) and all(
        one is None or isinstance(one, Mapping) for one in (before, after)
    ):
        return name_entries(before), name_entries(after)
    return None


def number_items(items: Sequence[Any]) -> dict[str, Any]:
    """The items by their position."""
    return {str(position): one for position, one in enumerate(items)}


def name_entries(value: Mapping[Any, Any] | None) -> dict[str, Any]:
    """The entries of a mapping by their names as text; none of None."""
    return {str(name): one for name, one in (value or {}).items()}


def make_plain(value: Any) -> Any:
    """The value in JSON's types: a date becomes text."""
    if isinstance(value, Mapping):
        return {str(key): make_plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [make_plain(entry) for entry in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def show_change(before: Any, after: Any) -> ChangeText:
    """A change as text: of two lists what went and what came, of two long values the part that differs.

    >>> str(show_change(["a", "b", "c"], ["a", "c", "d"])), str(show_change(1, None))
    ('− b, + d (2 stay)', '1 → —')
    """
    if isinstance(before, list) and isinstance(after, list):
        return show_list_change([spell(one) for one in before], [spell(one) for one in after])
    one, other = spell(before), spell(after)
    if None in (before, after) or max(len(one), len(other)) <= SHORT:
        return ChangeText(one, other)
    return ChangeText(*cut_to_difference(one, other))


def show_list_change(before: list[str], after: list[str]) -> ChangeText:
    """What went and what came; the order where only that differs."""
    old, new = Counter(before), Counter(after)
    went, came = list((old - new).elements()), list((new - old).elements())
    if not went and not came:
        return ChangeText(", ".join(before), ", ".join(after))
    staying = (old & new).total()
    stay = f"({staying:,} stay)" if staying else ""
    return ChangeText(mark_names("−", went), f"{mark_names('+', came)} {stay}".strip(), listed=True)


def mark_names(sign: str, names: Sequence[str]) -> str:
    """The names with a sign before each."""
    more = f" and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return ", ".join(f"{sign} {name}" for name in names[:MOST]) + more


def cut_to_difference(one: str, other: str) -> tuple[str, str]:
    """Two texts without most of what they begin and end with alike.

    >>> cut_to_difference("x" * 50 + "old" + "y" * 50, "x" * 50 + "new" + "y" * 50)[1]
    '…xxxxxxxxxxxxxxxxxxxxnewyyyyyyyyyyyyyyyyyyyy…'
    """
    start = count_alike(one, other)
    end = count_alike(one[start:][::-1], other[start:][::-1])
    first, last = max(0, start - AROUND), max(0, end - AROUND)
    cut = [f"{'…' if first else ''}{text[first : len(text) - last]}{'…' if last else ''}" for text in (one, other)]
    return cut[0], cut[1]


def count_alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def spell(value: Any) -> str:
    """A value on one line, as YAML has it; a dash for none.

    >>> spell({"floor": 0.7, "of": ["a", True]}), spell(None)
    ('{floor: 0.7, of: [a, true]}', '—')
    """
    if value is None:
        return "—"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {spell(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(spell(entry) for entry in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
