"""The machine-learning lifecycle in Git and DVC: stages (verbs) and the pure modules they use (nouns).

`from lifecycle import load_release` gives the released model.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lifecycle.release.release import load_release as load_release


def __getattr__(name: str) -> Any:
    """`load_release`, imported when it is asked for: importing the package costs nothing."""
    if name == "load_release":
        from lifecycle.release.release import load_release

        return load_release
    raise AttributeError(f"module 'lifecycle' has no attribute {name!r}")
