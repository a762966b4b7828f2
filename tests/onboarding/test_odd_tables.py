"""Tables with one fault each: types, roles and values are right, or what is doubtful is said with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders.onboarding import BASE, ROWS, ask, format_csv, insert, members

RANDOM = np.random.default_rng(29)
AMOUNTS = [round(float(value), 2) for value in RANDOM.normal(2_600, 4_000, ROWS)]
POSITIVE = [abs(value) + 1 for value in AMOUNTS]
ID = {"row": ("text", "id")}
Write = Callable[[float], str]


def without_key(rows: int = ROWS) -> dict[str, Sequence[str]]:
    """The table without the column that names a row."""
    return {name: cells for name, cells in members(rows).items() if name != "member_id"}


def with_feature(name: str, kind: str = "number") -> dict[str, tuple[str, str]]:
    """Types and roles of the table with one more feature."""
    return BASE | {name: (kind, "feature")}


def numbers(table: pd.DataFrame, name: str) -> list[float | None]:
    """The numbers of a column."""
    return [None if pd.isna(value) else float(value) for value in table[name]]


def indian(value: float) -> str:
    """1,23,456.50"""
    whole, part = f"{value:.2f}".split(".")
    head = whole[:-3]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, whole[-3:]]) + f".{part}"


NUMBERS: dict[str, Write] = {
    "minus of typesetting": lambda value: f"{value:.2f}".replace("-", "\u2212"),
    "minus of full width": lambda value: f"{value:.2f}".replace("-", "\uff0d"),
    "minus behind": lambda value: f"{abs(value):.2f}" + "-" * (value < 0),
    "parentheses": lambda value: f"({-value:,.2f})" if value < 0 else f"{value:,.2f}",
    "plus": lambda value: f"{value:+.2f}",
    "exponent": lambda value: f"{value:.6e}",
    "kilograms": lambda value: f"{value:.2f} kg",
    "kilometres an hour": lambda value: f"{value:.2f} km/h",
    "degrees": lambda value: f"{value:.2f}°C",
    "square metres": lambda value: f"{value:.2f} m²",
    "milliseconds": lambda value: f"{value:.2f}ms",
    "percent": lambda value: f"{value:.2f}%",
    "dollars": lambda value: f"${value:,.2f}".replace("$-", "-$"),
    "euros behind": lambda value: f"{value:.2f} €",
    "code in front": lambda value: f"USD {value:,.2f}",
    "code behind": lambda value: f"{value:,.2f} CHF",
    "rupees": lambda value: f"Rs. {value:.2f}",
    "kroner": lambda value: f"{value:,.2f} kr",
    "pounds and minus": lambda value: ("-" if value < 0 else "") + f"£{abs(value):,.2f}",
}


@pytest.mark.parametrize("kind", list(NUMBERS))
def test_a_number_in_a_safe_notation_is_a_number(kind: str, tmp_path: Path) -> None:
    told = ask(tmp_path, insert("load", [NUMBERS[kind](value) for value in AMOUNTS]))
    assert told.kinds == with_feature("load")
    assert told.first == []
    assert numbers(told.clean(), "load") == AMOUNTS


@pytest.mark.parametrize(
    ("write", "factor"),
    [
        (lambda value: f"{value:.2f}k" if value < 3_000 else f"{value / 1e3:.5f}M", 1e3),
        (lambda value: f"${value:.2f}K" if value < 3_000 else f"${value / 1e3:.5f}M", 1e3),
        (lambda value: f"{value:.2f} Mio" if value < 3_000 else f"{value / 1e3:.5f} Mrd", 1e6),
    ],
    ids=["k and M", "money", "German"],
)
def test_multipliers_multiply(write: Write, factor: float, tmp_path: Path) -> None:
    told = ask(tmp_path, insert("load", [write(value) for value in POSITIVE]))
    assert told.kinds["load"][1] == "feature"
    assert told.kinds["load"][0] in ("number", "integer")
    assert numbers(told.clean(), "load") == pytest.approx([value * factor for value in POSITIVE])


@pytest.mark.parametrize("word", ["inf", "Infinity", "-inf", "∞", "-∞", "1.#INF", "+Inf"])
def test_infinity_in_any_spelling_is_missing_and_counted(word: str, tmp_path: Path) -> None:
    cells = [word if place % 40 == 3 else f"{value:.2f}" for place, value in enumerate(AMOUNTS)]
    told = ask(tmp_path, insert("ratio", cells))
    assert told.kinds == with_feature("ratio")
    assert told.first == ["ratio is infinite in 9 rows: as its values are written; read as missing"]
    expected = [None if place % 40 == 3 else value for place, value in enumerate(AMOUNTS)]
    assert numbers(told.clean(), "ratio") == expected


UNSAFE: dict[str, tuple[Sequence[str], str]] = {
    "units": (
        [f"{value:.1f} {'kg' if value < 3e3 else 'lb'}" for value in POSITIVE], "numbers in different units: kg, lb"),
    "currencies": (
        [f"{'€' if value < 3e3 else '$'}{value:.1f}" for value in POSITIVE], "numbers in different units: $, €"),
    "ranges": ([f"{value:.0f}-{value + 10:.0f}" for value in POSITIVE], "100% of them begin with a number, such as "),
    "rounded": ([f"about {value:.0f}" for value in POSITIVE], "100% of them begin with a number, such as 'about "),
    "remarks": (
        [f"{value:.0f} (old)" if place % 4 else "not measured" for place, value in enumerate(POSITIVE)],
        "75% of them begin with a number, such as ",
    ),
    "limits": (
        ["<5" if place % 10 == 2 else f"{value:.1f}" for place, value in enumerate(POSITIVE)],
        "90.0% of them numbers but not <5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(UNSAFE))
def test_what_begins_with_a_number_and_is_not_read_is_said(kind: str, tmp_path: Path) -> None:
    cells, said = UNSAFE[kind]
    told = ask(tmp_path, insert("load", cells))
    assert told.kinds["load"][0] == "category"
    assert len(told.first) == 1
    assert told.first[0].startswith(f"load is text, though {said}")


TELLING_NOTHING: dict[str, tuple[str, str, Sequence[str]]] = {
    "amounts in the Indian way": ("income", "number", [indian(1e5 + 7.31 * place * place) for place in range(ROWS)]),
    "clock times": ("call_time", "category", [f"{place // 60:02}:{place % 60:02}:07" for place in range(ROWS)]),
    "money": ("price", "number", [f"${1_000 + 3.37 * place * place:,.2f}" for place in range(ROWS)]),
    "units": ("mass", "number", [f"{1 + 0.37 * place * place:.2f} kg" for place in range(ROWS)]),
    "integers": ("steps", "integer", [str(900 + 7 * place * place) for place in range(ROWS)]),
    "negative": ("delta", "number", [f"\u2212{1 + 0.37 * place * place:.2f}" for place in range(ROWS)]),
    "lengths of time": ("spell", "category", [f"{place // 60}m{place % 60:02}s" for place in range(ROWS)]),
    "ranges": ("band", "category", [f"{place}-{3 * place + 7}" for place in range(ROWS)]),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(TELLING_NOTHING))
def test_that_values_differ_makes_no_id(kind: str, tmp_path: Path) -> None:
    name, type_, cells = TELLING_NOTHING[kind]
    shuffled = np.random.default_rng(4).permutation(np.array(cells, dtype=object)).tolist()
    told = ask(tmp_path, insert(name, shuffled, without_key()))
    assert told.kinds[name][0] == type_
    assert told.kinds[name][1] in ("feature", "context")
    assert [one for one, (_, role) in told.kinds.items() if role == "id"] == ["row"]
    assert len(told.clean()) == ROWS


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("order_id", lambda place: str(90_001 + 7 * place)),
        ("ticket_no", lambda place: str(5_000 + 3 * place)),
        ("TicketNo", lambda place: str(5_000 + 3 * place)),
        ("ORDERID", lambda place: str(5_000 + 3 * place)),
        ("invoice number", lambda place: f"{place:08}"),
        ("reference", lambda place: f"6f1c{place:04x}-11aa-4b5c-9d0e-00000000{place:04x}"),
        ("contact", lambda place: f"someone{place}@example.org"),
        ("parcel", lambda place: f"PX-{place:05}"),
    ],
    ids=["digits", "no", "No", "ID", "zeros", "uuid", "mail", "code"],
)
def test_digits_are_an_id_where_the_name_says_so_and_keys_are_one_anyway(
    name: str, write: Callable[[int], str], tmp_path: Path
) -> None:
    order = np.random.default_rng(4).permutation(ROWS).tolist()
    told = ask(tmp_path, {name: [write(place) for place in order], **without_key()})
    assert told.kinds[name][1] == "id"
    assert "row" not in told.kinds


def test_equal_rows_without_an_id_are_kept(tmp_path: Path) -> None:
    once = insert("load", [f"{value:.2f}" for value in AMOUNTS], without_key())
    told = ask(tmp_path, {name: [*cells, *cells[:14]] for name, cells in once.items()})
    assert told.kinds["row"] == ("text", "id")
    assert told.notes[0].startswith("14 rows equal to an earlier one in every column: they are kept")
    assert len(told.clean()) == ROWS + 14
    assert len(told.rejected()) == 0


def visits(write: Callable[[int], str], entities: int = 36, each: int = 10) -> dict[str, list[str]]:
    """Some rows of each entity in any order; an entity is mostly well or mostly ill."""
    random = np.random.default_rng(8)
    of = random.permutation(np.repeat(np.arange(entities), each))
    ill = random.random(len(of)) < np.where(random.random(entities) < 0.4, 0.93, 0.06)[of]
    return {
        "who": [write(int(one)) for one in of],
        "pulse": [f"{value:.2f}" for value in random.normal(70, 8, len(of))],
        "grip": [f"{value:.1f}" for value in random.normal(40, 6, len(of)) + 2 * ill],
        "state": ["ill" if one else "well" for one in ill],
    }


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("patient", lambda one: f"P{one:03}"),
        ("subject", lambda one: str(one + 1)),
("household", lambda one: f"{['Abel', 'Bo', 'Cyd'][one % 3]} {['Ash', 'Elm', 'Fir'][one // 3 % 3]}{one // 9 * 'x'}"),
        ("ref", lambda one: f"K-{one * 37 % 991:03}"),
        ("machineId", lambda one: str(500 + one)),
    ],
    ids=["keys", "integers", "names", "codes", "id"],
)  # fmt: skip
def test_rows_of_one_entity_stay_in_one_part(name: str, write: Callable[[int], str], tmp_path: Path) -> None:
    table = {name if one == "who" else one: cells for one, cells in visits(write).items()}
    told = ask(tmp_path, table, "--target", "state")
    assert told.kinds[name][1] == "group"
    assert told.split == "grouped"
    groups = len(set(table[name]))
    assert told.first[0].startswith(
        f"{name} is the group of the rows, split grouped: {groups} values, {360 / groups:.0f} rows of each; "
    )


def test_an_entity_within_which_the_target_varies_by_chance_is_noted(tmp_path: Path) -> None:
    table = visits(lambda one: f"P{one:03}")
    table["state"] = np.random.default_rng(1).permutation(table["state"]).tolist()
    told = ask(tmp_path, {"patient": table.pop("who"), **table}, "--target", "state")
    assert told.first[0].startswith(
        "rows of one patient are in several parts: 36 values, 10 rows of each; --group patient"
    )
    assert told.split == "stratified"


def test_a_column_within_which_other_columns_hardly_vary_is_noted_whatever_its_name(tmp_path: Path) -> None:
    random, table = np.random.default_rng(5), visits(str)
    age, height = random.integers(20, 70, 36), random.normal(170, 9, 36)
    of = [int(one) for one in table.pop("who")]
    constant = {"age": [str(age[one]) for one in of], "height": [f"{height[one]:.1f}" for one in of]}
    table["state"] = random.permutation(table["state"]).tolist()
    told = ask(tmp_path, {"p_nr": [str(700 + one) for one in of], **constant, **table}, "--target", "state")
    assert any("p_nr" in line and "36 values, 10 rows of each" in line for line in told.first)


@pytest.mark.parametrize("kind", ["zip", "score", "ward"])
def test_values_that_repeat_are_no_group_by_themselves(kind: str, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    trips = np.array(members()["trips"], dtype=int)
    cells = {
        "zip": [str(10_115 + 7 * one) for one in random.integers(0, 40, ROWS)],
        "score": [str(20 + one + two) for one, two in zip(trips, random.integers(0, 3, ROWS), strict=True)],
        "ward": [f"{'NESW'[one % 4]} {one // 4}" for one in random.integers(0, 24, ROWS)],
    }[kind]
    told = ask(tmp_path, insert(kind, cells))
    assert told.kinds[kind][1] == "feature"
    assert told.kinds["town"][1] == "feature"
    assert (told.split, told.first) == ("stratified", [])


@pytest.mark.parametrize("mark", ["X", "x", "✓", "yes", "Y", "1", "checked"])
def test_one_value_beside_gaps_is_a_boolean(mark: str, tmp_path: Path) -> None:
    ticked = (np.random.default_rng(3).random(ROWS) < 0.3).tolist()
    told = ask(tmp_path, insert("vip", [mark if one else "" for one in ticked]))
    assert told.kinds == with_feature("vip", "boolean")
    assert told.clean()["vip"].tolist() == ticked


@pytest.mark.parametrize("word", ["no", "N", "0", "false"])
def test_a_no_beside_gaps_is_said_and_no_feature(word: str, tmp_path: Path) -> None:
    filled = (np.random.default_rng(3).random(ROWS) < 0.3).tolist()
    told = ask(tmp_path, insert("vip", [word if one else "" for one in filled]))
    assert told.kinds["vip"][1] == "context"
    assert told.why("vip").endswith(f"constant: {word} or missing")
    (line,) = told.first
    assert line.startswith(f"vip is {word} or a gap: {ROWS - sum(filled)} gaps may mean yes or missing; ")
    assert told.clean()["vip"].isna().sum() == ROWS - sum(filled)


def test_plus_and_minus_are_two_values_of_a_target(tmp_path: Path) -> None:
    told = ask(tmp_path, target_in(lambda place, one: "" if place % 60 == 7 else "+" if one else "-"))
    assert told.kinds == BASE
    assert told.first[0].startswith("the target: 6 rows without left: ")
    expected = [one == "yes" for place, one in enumerate(members()["left"]) if place % 60 != 7]
    assert told.clean()["left"].tolist() == expected


def test_one_value_without_gaps_is_constant(tmp_path: Path) -> None:
    told = ask(tmp_path, insert("vip", ["X"] * ROWS))
    assert told.kinds["vip"][1] == "context"
    assert "constant: X" in told.why("vip")


def target_in(spell: Callable[[int, bool], str]) -> dict[str, list[str]]:
    """The table with its target in other words."""
    table = members()
    return table | {"left": [spell(place, one == "yes") for place, one in enumerate(table["left"])]}


SPELLED: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "yes and no": (("yes", "Yes", "YES ", "y"), ("no", "No", " NO", "n"), ("", "None", "n/a")),
    "true and false": (("true", "TRUE", "True"), ("false", "F", "False"), ("", "null")),
    "digits and words": (("1", "yes"), ("0", "no"), ("-", "")),
    "signs that are not seen": (("yes", "yes\u200b"), ("no", "\ufeffno"), ("", "?")),
    "German": (("ja", "Ja ", "J"), ("nein", "NEIN"), ("?", "")),
}


@pytest.mark.parametrize("kind", list(SPELLED))
def test_yes_and_no_in_many_spellings_are_one_target(kind: str, tmp_path: Path) -> None:
    yes, no, gaps = SPELLED[kind]

    def spell(place: int, one: bool) -> str:
        return (
            gaps[place // 25 % len(gaps)] if place % 25 == 4 else (yes if one else no)[place % len(yes if one else no)]
        )

    told = ask(tmp_path, target_in(spell))
    assert told.kinds == BASE
    assert told.problem["task"] == "binary"
    gone = len([place for place in range(ROWS) if place % 25 == 4])
    assert told.first[0].startswith(f"the target: {gone} rows without left: clean rejects and counts them")
    assert told.first[1].startswith("the target: left is positive where it is ")
    expected = [one == "yes" for place, one in enumerate(members()["left"]) if place % 25 != 4]
    assert told.clean()["left"].tolist() == expected
    assert len(told.rejected()) == gone


def test_two_words_in_several_cases_are_two_classes(tmp_path: Path) -> None:
    words = {True: ["gone", "Gone", "GONE "], False: ["stayed", " Stayed"]}
    told = ask(tmp_path, target_in(lambda place, one: words[one][place % len(words[one])]))
    assert told.kinds == BASE
    assert told.first[0].startswith("the target: left is positive where it is ")
    positive = [one == "yes" for one in members()["left"]]
    assert told.clean()["left"].tolist() in (positive, [not one for one in positive])


def test_classes_that_differ_in_case_and_blanks_are_joined_and_named(tmp_path: Path) -> None:
    words = ["red", "Red", "blue", "blue ", "green"]
    told = ask(tmp_path, target_in(lambda place, one: words[place % 5 if one else place % 4 - place % 2]))
    assert told.problem["task"] == "multiclass"
    assert told.columns["left"]["categories"] == ["blue", "green", "red"]
    assert any("'Red' for 'red'" in line for line in told.first)
    assert set(told.clean()["left"]) == {"blue", "green", "red"}


@pytest.mark.parametrize(("count", "kind"), [(4, "positive"), (2, "positive"), (3, "negative"), (1, "positive")])
def test_too_few_of_a_class_for_the_folds_are_counted(count: int, kind: str, tmp_path: Path) -> None:
    rare, usual = ("yes", "no") if kind == "positive" else ("no", "yes")
    chosen = set(range(0, 90 * count, 90))
    told = ask(tmp_path, members() | {"left": [rare if place in chosen else usual for place in range(ROWS)]})
    assert told.code == 0
    assert told.first[0].startswith(f"the target: {count} {kind}{'s' * (count > 1)} do not make 3 folds")


def test_enough_of_a_rare_class_are_not_said_to_be_too_few(tmp_path: Path) -> None:
    told = ask(tmp_path, members() | {"left": ["yes" if place % 24 == 0 else "no" for place in range(ROWS)]})
    assert "do not make" not in told.out


def in_sites(share: float) -> dict[str, Sequence[str]]:
    """The table in which one site has a share of the rows, and seven have the others."""
    random = np.random.default_rng(6)
    small = [f"S-{one:02}" for one in random.integers(2, 9, ROWS)]
    return insert("site", ["S-01" if place < share * ROWS else small[place] for place in range(ROWS)])


def test_one_group_with_nearly_all_rows_is_refused_with_the_cause(tmp_path: Path) -> None:
    what, where, todo = ask(tmp_path, in_sites(0.9), "--group", "site").error
    assert what.startswith("group 'S-01' of site has 90% of the rows: no split by groups gives train, valid and test")
    assert where == "column site, --group"
    assert todo == "leave out --group, or collect rows of other groups"
    assert not list(tmp_path.glob("conf/*/*"))


def test_without_it_the_same_rows_are_split_at_random(tmp_path: Path) -> None:
    told = ask(tmp_path, in_sites(0.9))
    assert (told.code, told.split) == (0, "stratified")


def test_a_group_with_a_third_of_the_rows_is_split(tmp_path: Path) -> None:
    told = ask(tmp_path, in_sites(0.33), "--group", "site")
    assert (told.code, told.split, told.kinds["site"][1]) == (0, "grouped", "group")


MONEY: dict[str, Write] = {
    "kronor": lambda value: f"{value:,.2f} kr".replace(",", " "),
    "euros": lambda value: f"{value:,.2f} €".translate({ord(","): ".", ord("."): ","}),
    "code": lambda value: f"NOK {value:,.2f}",
    "Swiss": lambda value: f"Fr. {value:,.2f}".replace(",", "'"),
    "zloty": lambda value: f"{value:.2f} zł".replace(".", ","),
}


@pytest.mark.parametrize("kind", list(MONEY))
def test_money_as_the_target_is_regression(kind: str, tmp_path: Path) -> None:
    table = members() | {"left": [MONEY[kind](value) for value in POSITIVE]}
    told = ask(tmp_path, format_csv(table, ";"))
    assert told.kinds == BASE | {"left": ("number", "target")}
    assert told.problem["task"] == "regression"
    assert numbers(told.clean(), "left") == pytest.approx(POSITIVE)


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (lambda value: f"ca. {value:.0f} kr", "100% of them begin with a number, such as 'ca. "),
        (lambda value: f"{value:.1f} {'kg' if value < 3_000 else 'lb'}", "numbers in different units: kg, lb"),
    ],
    ids=["about", "units"],
)
def test_numbers_in_a_notation_that_is_not_read_are_no_classes(write: Write, what: str, tmp_path: Path) -> None:
    told = ask(tmp_path, members() | {"left": [write(value) for value in POSITIVE]})
    assert told.code == 2
    assert told.error[0].startswith(f"the target 'left' is no number in a notation that is read: {what}")
