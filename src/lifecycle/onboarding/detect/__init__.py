"""File format detection: how a table at an address is to be read, found from its content."""

from lifecycle.onboarding.detect.detect import look
from lifecycle.onboarding.detect.finding import Found, Note

__all__ = ["Found", "Note", "look"]
