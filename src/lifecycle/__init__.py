"""The machine-learning lifecycle in Git and DVC: from raw rows to a released, monitored and retrained model.

`from lifecycle import load_release` gives the release to predict with.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lifecycle.release.release import load_release as load_release


def __getattr__(name: str) -> Any:
    """Import `load_release` on first use: importing the package stays cheap. Raises AttributeError for other names."""
    if name == "load_release":
        from lifecycle.release.release import load_release

        return load_release
    raise AttributeError(f"module 'lifecycle' has no attribute {name!r}")
