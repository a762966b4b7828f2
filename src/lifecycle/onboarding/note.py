"""A note on a new table, as `lifecycle new` prints it and writes it into the files."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """A finding and its evidence or consequence, each one short phrase for a person."""

    what: str
    why: str
