"""Configuration classes: frozen, keyword-only, strict."""

import dataclasses

import pytest
from pydantic import TypeAdapter, ValidationError

from lifecycle.options import Call, Keyed, options


@options
class Shelf:
    """A class as a stage would declare it."""

    height: float
    books: int = 3


def test_values_are_given_by_name_and_never_changed() -> None:
    shelf = Shelf(height=1.5)
    assert (shelf.height, shelf.books) == (1.5, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        shelf.books = 4  # type: ignore[misc]
    with pytest.raises(TypeError):
        Shelf(1.5)  # type: ignore[misc]


@pytest.mark.parametrize("text", ['{"height": "1.5"}', '{"height": 1.5, "books": 2.0}', '{"height": 1.5, "hooks": 1}'])
def test_no_type_is_converted_and_no_key_is_unknown(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Shelf).validate_json(text)


def test_a_call_without_arguments_has_none() -> None:
    assert Call(target="a.b") == Call(target="a.b", arguments={})


def test_what_extends_keyed_has_arguments_beside_its_own_fields() -> None:
    assert Keyed() == Keyed(arguments={})
    assert Keyed().arguments is not Keyed().arguments
    assert issubclass(Call, Keyed)
    read = TypeAdapter(Call).validate_json('{"target": "a.b", "arguments": {"C": 0.5, "names": ["x"]}}')
    assert read == Call(target="a.b", arguments={"C": 0.5, "names": ["x"]})
    with pytest.raises(ValidationError):
        TypeAdapter(Keyed).validate_json('{"target": "a.b"}')
