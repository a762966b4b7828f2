"""YAML with comments that every reader takes alike."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from ruamel.yaml import YAML

from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer.commented_yaml import Commented, render_document


def test_a_document_as_written() -> None:
    content = {
        "task": Commented("binary", "two values"),
        "slices": [],
        "kpis": Commented([{"metric": "roc_auc", "floor": Commented(0.5, "trivial")}], "one"),
        "columns": {"no": {"true": ["1"], "false": ["0"]}, "a b": None},
    }
    assert render_document("What is asked.\nTwo lines.", content) == (
        "# What is asked.\n# Two lines.\n"
        "task: binary # two values\n"
        "slices: []\n"
        "kpis: # one\n  - metric: roc_auc\n    floor: 0.5 # trivial\n"
        'columns:\n  "no": {"true": ["1"], "false": ["0"]}\n  a b: null\n'
    )


def test_a_comment_stays_on_its_line() -> None:
    assert render_document("t", {"a": Commented(1, "one\ntwo: \x07 [three]")}) == "# t\na: 1 # one two: [three]\n"


def test_what_means_a_missing_value_cannot_be_written() -> None:
    with pytest.raises(UnfitTable, match=r"the text \?\?\? cannot be written"):
        render_document("t", {"a": "???"})


KEYS = st.text(min_size=1, max_size=8).filter(lambda text: text != "???")
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20).filter(lambda text: text != "???"),
        st.sampled_from(["${a}", "\\${a}", "\\\\${", "1e3", "no", "~", "0x1", "1_0", "=", "<<", "1:30", "2020-01-01"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.text(max_size=20))
def test_any_content_comes_back(content: dict[str, object], why: str) -> None:
    text = render_document("t", {key: Commented(value, why) for key, value in content.items()})
    if content:
        assert OmegaConf.to_container(OmegaConf.create(text), resolve=True) == content
    assert set(yaml.safe_load(text) or {}) == set(content)


@pytest.mark.parametrize("name", ["x" * 500, "x" * 3000, "\n\x07" * 400, "🙂" * 2000, '"\\' * 600])
def test_a_long_key_comes_back_from_every_place(name: str) -> None:
    content: dict[str, Any] = {
        "columns": {name: {"type": Commented("number", "why"), "role": "feature"}},
        "tables": {"t": {name: "text"}},
        "steps": [{"_target_": "a.b", "columns": {name: "%d"}}],
        "keep": [name],
    }
    plain = {**content, "columns": {name: {"type": "number", "role": "feature"}}}
    text = render_document("title", content)
    assert yaml.safe_load(text) == plain
    assert OmegaConf.to_container(OmegaConf.create(text), resolve=True) == plain
    assert YAML(typ="safe").load(text) == plain


def test_no_hidden_character_is_written_and_every_one_comes_back() -> None:
    text = "safe\u202egnp.exe\x1b[31m \u2066a\u2069\ufeff"
    made = render_document(text, {text: Commented([text], text)})
    assert not set(made) & set("\u202e\x1b\u2066\u2069\ufeff")
    assert yaml.safe_load(made) == {text: [text]}


def test_a_line_break_in_a_comment_adds_no_key() -> None:
    made = render_document("a\nb: 1", {"x": Commented(1, "why\ny: 2\r\nz: 3\u2028w: 4\x85v: 5")})
    assert yaml.safe_load(made) == {"x": 1}
