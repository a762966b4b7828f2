"""Booleans in text: words and signs for yes and no, and one value beside gaps."""

import numpy as np

from lifecycle.arrays import Booleans, Strings
from lifecycle.data.cells.numbers import fold_signs

TRUE = frozenset([
    "true", "yes", "on", "1", "ja", "wahr", "oui", "vrai", "sí", "si", "sì", "verdadero", "cierto", "sim",
    "verdadeiro", "vero", "да", "истина", "так", "правда", "tak", "prawda", "kyllä", "igen", "ano", "evet",
    "doğru", "da", "adevărat", "taip", "jah", "ναι", "是", "真", "はい", "예", "✓", "✔", "☑", "✅", "t", "y", "j",
    "+",
])  # fmt: skip
FALSE = frozenset([
    "false", "no", "off", "0", "nein", "falsch", "non", "faux", "falso", "não", "nao", "нет", "ложь", "ні",
    "nie", "nieprawda", "nej", "ei", "nem", "ne", "hayır", "hayir", "yanlış", "nu", "όχι", "fals", "否", "假",
    "いいえ", "아니오", "✗", "✘", "☐", "❌", "f", "n", "-",
])  # fmt: skip
LETTERS_TRUE = {"o": ("oui",), "s": ("sí", "si", "sì", "sim"), "д": ("да",), "e": ("evet",), "i": ("igen",)}
LETTERS_FALSE = {"н": ("нет",), "h": ("hayır", "hayir")}
PAIRS = ({"y", "n"}, {"j", "n"}, {"t", "f"})
LETTERS = frozenset("yntfj").union(LETTERS_TRUE, LETTERS_FALSE)
MARKS = frozenset("x×✓✔☑☒✅*•●+")
MOST_SPELLINGS = 16  # of yes and no in one column


def match_true(texts: Strings) -> Booleans | None:
    """Which texts mean yes, the others no; None unless every text is one of the two, and both occur.

    Single letters need their like, as Y and N, or the word that they begin: S and N are compass points too.
    """
    if not 2 <= len(texts) <= MOST_SPELLINGS:
        return None
    words = [simplify(text) for text in texts]
    true = TRUE | {letter for letter, whole in LETTERS_TRUE.items() if set(whole) & set(words)}
    false = FALSE | {letter for letter, whole in LETTERS_FALSE.items() if set(whole) & set(words)}
    found = np.array([word in true for word in words], dtype=bool)
    if not all(word in true or word in false for word in words) or found.all() or not found.any():
        return None
    return found if are_letters_sure(set(words)) else None


def simplify(text: str) -> str:
    """A text in lower case without signs that are not seen, 1.0 as 1 and 0.00 as 0."""
    folded = fold_signs(text).strip()
    whole, _, part = folded.partition(".")
    return whole if whole in ("0", "1") and not part.strip("0") else folded.casefold()


def are_letters_sure(words: set[str]) -> bool:
    """Whether two letters that stand alone are a pair."""
    return not words <= LETTERS or words in PAIRS


def is_yes_or_no(text: str) -> bool:
    """Whether a text means yes or no."""
    return simplify(text) in TRUE or simplify(text) in FALSE


def means_no(text: str) -> bool:
    """Whether a text means no."""
    return simplify(text) in FALSE


def is_mark(text: str) -> bool:
    """Whether a text is what people put into a box that they tick."""
    return text.casefold() in MARKS
