"""File format detection: how to read the table at an address, detected from its content."""

from lifecycle.onboarding.detect.detect import detect_format
from lifecycle.onboarding.detect.finding import DetectedFormat
from lifecycle.onboarding.note import Note

__all__ = ["DetectedFormat", "Note", "detect_format"]
