"""Units, currencies and multipliers beside the digits of numbers."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lifecycle.data.cells.numbers import fold_signs

MOST_LETTERS = 20  # of a unit
CODES = frozenset([
    "AED", "ARS", "AUD", "BAM", "BDT", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK",
    "DZD", "EGP", "ETB", "EUR", "GBP", "GEL", "GHS", "HKD", "HRK", "HUF", "IDR", "ILS", "INR", "ISK", "JOD",
    "JPY", "KES", "KRW", "KWD", "KZT", "LKR", "MAD", "MXN", "MYR", "NGN", "NOK", "NPR", "NZD", "OMR", "PEN",
    "PHP", "PKR", "PLN", "QAR", "RMB", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD",
    "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VND", "XAF", "XOF", "ZAR",
])  # fmt: skip
NAMES = frozenset([
    "kr", "kr.", "rs", "rs.", "zł", "kč", "fr", "fr.", "lei", "лв", "лв.", "руб", "руб.", "rm", "rp", "rp.", "ден",
    "дин", "din", "ft", "us$", "au$", "a$", "ca$", "c$", "r$", "nz$", "hk$", "nt$", "s$", "mx$", "s/", "s/.",
    "usd", "eur", "gbp", "chf", "nok", "sek", "dkk", "inr", "jpy", "cny", "cad", "aud", "pln", "czk", "huf", "brl",
])  # fmt: skip
CLEAR = {  # multipliers that mean nothing else
    **dict.fromkeys(["thousand", "Thousand", "tsd", "Tsd", "tsd.", "Tsd."], 1e3),
    **dict.fromkeys(["lakh", "Lakh", "lakhs", "Lakhs", "lac", "Lac", "lacs", "Lacs"], 1e5),
    **dict.fromkeys(["million", "Million", "mio", "Mio", "mio.", "Mio.", "mln", "mln."], 1e6),
    **dict.fromkeys(["crore", "Crore", "crores", "Crores"], 1e7),
    **dict.fromkeys(["billion", "Billion", "mrd", "Mrd", "mrd.", "Mrd.", "bln"], 1e9),
}
BESIDE_BARE = dict.fromkeys(["k", "K"], 1e3) | {"M": 1e6, "bn": 1e9, "Bn": 1e9}
UNSURE = {"m": 1e6, "mn": 1e6, "MM": 1e6, "Cr": 1e7, "cr": 1e7, "B": 1e9, "b": 1e9, "G": 1e9, "T": 1e12, "tn": 1e12}
FACTORS = CLEAR | BESIDE_BARE | UNSURE
NO_UNITS = re.compile(
    r"[ap]\.?m\.?|(or |and )?(more|less|up|over|above|below|under|older|younger)|plus|bis|to|about|approx\.?|ca\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Affixes:
    """What stands beside the digits of a column's numbers: units that are left out, and multipliers."""

    units: tuple[str, ...] = ()
    multipliers: tuple[tuple[str, float], ...] = ()


def split_affixes(text: str) -> tuple[str, str] | None:
    """What stands before and behind the digits, which are a zero byte here, without signs; None without digits."""
    head, mark, tail = text.partition("\0")
    return (fold_signs(head).strip(" (-+"), fold_signs(tail).strip(" )-")) if mark else None


def choose_affixes(pairs: Collection[tuple[str, str]]) -> Affixes | None:
    """The one unit, and the multipliers, that the pairs of heads and tails stand for; None where that is not safe.

    Before a number only a currency is a unit: a word there, as in `Store 5`, names something.
    """
    heads, tails = {head for head, _ in pairs if head}, {tail for _, tail in pairs if tail}
    if not all(map(is_currency, heads)):
        return None
    bare = ("", "") in pairs
    split = [split_multiplier(tail) for tail in tails]
    names, units = {name for name, _ in split if name}, heads | {unit for _, unit in split if unit}
    money = bool(units) and all(map(is_currency, units))
    if names and (money or not units) and are_multipliers(names, money, bare):
        return build_affixes(units, names)
    units = heads | tails
    alone = all(is_unit(tail, bare) for tail in tails) and not {"m", "M"} <= tails
    return build_affixes(units, ()) if alone else None


def build_affixes(units: Collection[str], names: Iterable[str]) -> Affixes | None:
    """Units that are one, in any case or in the plural, with multipliers; None for units that differ."""
    different = {unit.casefold(): unit for unit in sorted(units)}
    if len(different) > 1 and set(different) != {one := min(different, key=len), f"{one}s"}:
        return None
    return Affixes(tuple(sorted(different.values())), tuple((name, FACTORS[name]) for name in sorted(names)))


def split_multiplier(tail: str) -> tuple[str, str]:
    """The multiplier and the currency of a text behind a number, as in `M €`; anything else is a unit."""
    if tail in FACTORS:
        return tail, ""
    fitting = [name for name in FACTORS if tail.startswith(name) and is_currency(tail[len(name) :].strip())]
    name = "" if is_currency(tail) else max(fitting, key=len, default="")
    return name, tail[len(name) :].strip()


def are_multipliers(names: set[str], money: bool, bare: bool) -> bool:
    """Whether texts behind numbers can be nothing but multipliers: beside each other, a currency, or bare numbers."""
    factors = {FACTORS[name] for name in names}
    if names & {"B", "b", "G", "T"} and not (money or 1e6 in factors):
        return False  # bytes
    if "m" in names and ("M" in names or not (money or 1e3 in factors or 1e9 in factors)):
        return False  # metres, minutes
    return money or names <= set(CLEAR) or len(factors) > 1 or (bare and names <= set(BESIDE_BARE))


def is_currency(text: str) -> bool:
    """Whether a text is the sign, the code or the short name of a currency."""
    is_sign = len(text) == 1 and unicodedata.category(text) == "Sc"
    return is_sign or text in CODES or text.casefold() in NAMES


def is_unit(text: str, bare: bool) -> bool:
    """Whether a text behind a number can be its unit, `bare` numbers being in the column too.

    Percent beside plain numbers may be shares, and 12 beside 12A are two things.
    """
    if not text or len(text) > MOST_LETTERS or NO_UNITS.fullmatch(text):
        return False
    if bare and (text in ("%", "‰", "+") or (len(text) == 1 and text.isupper())):
        return False
    start = text[0].isalpha() or text[0] in '%‰°′″"+/' or unicodedata.category(text[0]) == "Sc"
    return start and text != "/" and all(is_unit_sign(text, place) for place in range(len(text)))


def is_unit_sign(text: str, place: int) -> bool:
    """Whether a sign can be part of a unit: a letter, a mark, or a power behind one."""
    sign = text[place]
    if sign.isdecimal():
        is_last = not text[place + 1 : place + 2].isalnum()
        return sign in "23" and place > 0 and is_last and (text[place - 1].isalpha() or text[place - 1] == "^")
    return sign.isalpha() or sign in '%‰°′″"+/·.*^²³ -' or unicodedata.category(sign) in ("Sc", "Mn")


def is_known_affix(pair: tuple[str, str]) -> bool:
    """Whether what stands beside a number is one unit or nothing."""
    head, tail = pair
    return not (head and tail) and (not head or is_currency(head)) and (not tail or is_unit(tail, False))
