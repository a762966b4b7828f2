"""What `${…}` may be: the name of a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lifecycle.io.interpolations import find_resolver, find_resolvers


@pytest.mark.parametrize(
    ("text", "resolver"),
    [
        ("plain", ""),
        ("$5 {a} $ {b:c}", ""),
        ("${seed}", ""),
        ("${ door.width } ${panes[0].side} ${..x}", ""),
        ("\\${oc.env:A}", ""),
        ("\\\\\\${oc.env:A}", ""),
        ("${oc.env:A}", "${oc.env:A}"),
        ("\\\\${oc.env:A}", "${oc.env:A}"),
        ("a ${seed} ${ oc.env :\n A } b", "${ oc.env : A }"),
        ("${a", "${a"),
        ("${${a}}", "${${a}}"),
        ("'${oc.env:A}'", "${oc.env:A}"),
    ],
)
def test_the_first_resolver_of_a_text(text: str, resolver: str) -> None:
    assert find_resolver(text) == resolver


def test_every_text_of_a_record_is_looked_at_and_no_key() -> None:
    values = {"${oc.env:A}": 1, "a": [True, {"b": "${x:}"}], "c": None, "d": "${y:1}"}
    assert list(find_resolvers(values)) == [(("a", "1", "b"), "${x:}"), (("d",), "${y:1}")]


PIECES = ["\\", "$", "{", "}", ":", "oc.env", "probe", "a", " ", ",", "'", '"', "[", "]", "${", "${probe:", "\\${"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_is_let_through_calls_no_resolver(text: str) -> None:
    called: list[str] = []
    OmegaConf.register_new_resolver("probe", lambda *given: called.append("probe") or "", replace=True)
    if find_resolver(text):
        return
    try:
        OmegaConf.to_container(OmegaConf.create({"a": 1, "text": text}), resolve=True)
    except OmegaConfBaseException:
        pass
    finally:
        OmegaConf.clear_resolver("probe")
    assert called == []
