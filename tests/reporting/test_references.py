"""Words that GitHub would link."""

import pytest

from lifecycle.reporting.references import BREAK, break_references


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("@alice", f"@{BREAK}alice"),
        ("a@b.example", f"a@{BREAK}b.example"),
        ("#8 o/r#8", f"#{BREAK}8 o/r#{BREAK}8"),
        ("gh-8", f"gh{BREAK}-8"),
        ("_https://x.example", f"_https{BREAK}://x.example"),
        ("www.x.example", f"www{BREAK}.x.example"),
        ("metadata: #a, awww.", "metadata: #a, awww."),
    ],
)
def test_a_word_that_would_link_is_broken(text: str, broken: str) -> None:
    assert break_references(text) == broken
