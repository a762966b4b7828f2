"""Words that GitHub would make links of, broken for a machine and not for a reader."""

import re

BREAK = "\u200b"  # has no width
BREAKS = (
    (re.compile("@"), f"@{BREAK}"),
    (re.compile(r"#(?=\d+\b)"), f"#{BREAK}"),
    (re.compile(r"(?i)\b(GH)-(?=\d)"), rf"\1{BREAK}-"),
    (re.compile(r"(?i)(?<![^\W_])(https?|ftp|mailto|xmpp|data|javascript):"), rf"\1{BREAK}:"),
    (re.compile(r"(?i)(?<![^\W_])www\."), f"www{BREAK}."),
)


def break_references(text: str) -> str:
    """The text without a mention, the number of an issue, an address or an e-mail that would become a link."""
    for pattern, broken in BREAKS:
        text = pattern.sub(broken, text)
    return text
