"""Spellings of one category that differ in case, blanks or Unicode form alone."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lifecycle.arrays import Integers, Strings
from lifecycle.data.cells.numbers import fold_signs
from lifecycle.onboarding.infer.booleans import is_mark

MOST_TEXTS = 10_000  # different texts of a column that are compared
FEW_TEXTS = 50  # different texts of a column that are joined though each occurs once
MOST_JOINED = 200  # spellings that are written into the schema
RARE = 0.1  # maximum share of a letter's rows in the case that is a slip


@dataclass(frozen=True)
class Joined:
    """The place of each text's name among the texts, the other spellings by name, and pairs that stay apart."""

    places: Integers
    spellings: Mapping[str, tuple[str, ...]]
    apart: tuple[str, ...] = ()


def join_spellings(texts: Strings, counts: Integers) -> Joined:
    """The texts that differ in case, blanks or Unicode form alone joined under the most frequent, else the first.

    Texts of one letter stay apart where both cases are frequent, as m and M may be two things, save x and X.
    """
    places = np.arange(len(texts))
    groups = [] if are_keys(counts) else find_groups(texts)
    if sum(map(len, groups)) > MOST_JOINED:
        return Joined(places, {}, tuple(texts[place] for place in groups[0]))
    spellings, apart = {}, list[str]()
    for group in groups:
        ordered = sorted(group, key=lambda place: (-int(counts[place]), texts[place]))
        names = [str(texts[place]) for place in ordered]
        if len(names[0]) == 1 and not is_mark(names[0]) and counts[ordered[1:]].sum() > RARE * counts[ordered].sum():
            apart += names
        else:
            spellings[names[0]] = tuple(names[1:])
            places[ordered] = ordered[0]
    return Joined(places, spellings, tuple(apart))


def are_keys(counts: Integers) -> bool:
    """Whether most of many texts occur once: keys, in which aB and Ab are two."""
    return len(counts) > FEW_TEXTS and int((counts == 1).sum()) > 0.5 * int(counts.sum())


def find_groups(texts: Strings) -> list[list[int]]:
    """The places of texts that are the same but for case, blanks and Unicode form, where there are several."""
    if len(texts) > MOST_TEXTS:
        return []
    groups = defaultdict[str, list[int]](list)
    for place, text in enumerate(texts):
        groups[fold_text(text)].append(place)
    return [group for group in groups.values() if len(group) > 1]


def fold_text(text: str) -> str:
    """A text in the one case, spacing and Unicode form by which spellings are compared."""
    return " ".join(unicodedata.normalize("NFC", fold_signs(text)).casefold().split())
