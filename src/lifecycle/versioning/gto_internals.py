"""GTO's Python functions, of which it documents the command line alone: the one module that imports GTO.

Read from gto 1.10.1 and scmrepo 3.6.2, through which GTO asks Git. tests/contracts/test_private_parts.py holds every
name and argument that is used here against the installed version.
"""

from typing import cast

from lifecycle.versioning.dvc_internals import without_warnings


def to_name(tag: str) -> str:
    """GTO's own name of an artifact that tags call so."""
    from gto.constants import SEPARATOR_IN_NAME, SEPARATOR_IN_TAG

    return tag.replace(SEPARATOR_IN_TAG, SEPARATOR_IN_NAME)


def register(name: str, version: str, message: str) -> None:
    """Tag HEAD as a version of an artifact, named as in tags; raises one of `gto_errors()`."""
    from gto.api import register as tag

    with without_warnings():
        tag(repo=".", name=to_name(name), ref="HEAD", version=version, message=message, stdout=False)


def assign(name: str, version: str, stage: str, message: str) -> None:
    """Tag a released version as the one of a stage, once more where it was before; raises one of `gto_errors()`."""
    from gto.api import assign as tag

    with without_warnings():
        tag(
            repo=".",
            name=to_name(name),
            stage=stage,
            version=version,
            message=message,
            simple=False,
            skip_registration=True,
            force=True,
        )


def gto_errors() -> tuple[type[Exception], ...]:
    """What GTO raises, and Git through it; for `except`, which asks for them only once something is raised."""
    from gto.exceptions import GTOException
    from scmrepo.exceptions import SCMError

    return cast("tuple[type[Exception], ...]", (GTOException, SCMError))
