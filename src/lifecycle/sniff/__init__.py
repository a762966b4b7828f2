"""What a data address holds and how it is to be read, seen from its content."""

from lifecycle.sniff.finding import Found, Note
from lifecycle.sniff.reading import look

__all__ = ["Found", "Note", "look"]
