"""The contracts of conf/ and dvc.yaml, as the engine has them."""

from lifecycle.testing.contracts import *  # noqa: F403
