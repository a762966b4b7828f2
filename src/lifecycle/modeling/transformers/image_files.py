"""Image files that a table's cells name: found below one folder and nowhere else, and decoded within limits."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from lifecycle.errors import UnfitTable

if TYPE_CHECKING:
    from PIL.Image import Image

# Formats whose decoders take no scripts and start no programs.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_BYTES = 32 * 2**20
MOST_PIXELS = 64_000_000
LONGEST_NAME = 1000


def read_image_file(root: Path, name: str) -> bytes:
    """The bytes of the image that a cell names by its path below `root`.

    Raises UnfitTable for a path that is absolute or leads out of the folder, also by a symbolic link, and for a file
    that is missing, no plain file, or larger than `MOST_BYTES`. Nothing outside the folder is opened.
    """
    path = locate_image(root, name)
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise make_image_error(name, root, f"has more than {MOST_BYTES // 2**20} MiB", "store a smaller one")
    return content


def locate_image(root: Path, name: str) -> Path:
    """The file that a path below `root` names, with every symbolic link followed; raises UnfitTable."""
    if not is_relative_name(name):
        raise make_image_error(name, root, "is no path below the folder of images", "name it relative to that folder")
    try:
        folder, path = root.resolve(), (root / name).resolve()
        inside, found = path.is_relative_to(folder), path.is_file()
    except (OSError, RuntimeError, ValueError):  # a name too long for the file system, or links in a circle
        inside, found = True, False
    if not inside:
        raise make_image_error(name, root, "is no path below the folder of images", "copy the file into that folder")
    if not found:
        raise make_image_error(name, root, "is not there", f"put the file into {root}, or leave the cell empty")
    return path


def is_relative_name(name: str) -> bool:
    """Whether a text is a relative path of a system's own signs, with no step upwards."""
    if len(name) > LONGEST_NAME or "\\" in name or not name.isprintable():
        return False
    windows = PureWindowsPath(name)
    rooted = name.startswith("/") or windows.drive or windows.root
    return not rooted and ".." not in PurePosixPath(name).parts


def decode_image(content: bytes, name: str, root: Path) -> Image:
    """The upright image in RGB; raises UnfitTable for what is no image, is damaged, or has too many pixels."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            must_be_small(image.size)
            return ImageOps.exif_transpose(image).convert("RGB")
    except UnidentifiedImageError as cause:
        raise make_image_error(name, root, f"is none of {', '.join(FORMATS)}", f"store it as {FORMATS[0]}") from cause
    except Exception as cause:  # decoders raise OSError, SyntaxError, ValueError, struct.error and others
        why = " ".join(str(cause).split())[:120]
        raise make_image_error(name, root, f"cannot be read ({why})", f"store it as {FORMATS[0]}") from cause


def must_be_small(size: tuple[int, int]) -> None:
    """Raise ValueError for an image of more pixels than are decoded."""
    width, height = size
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width} × {height} pixels, and at most {MOST_PIXELS:,} are decoded")


def make_image_error(name: str, root: Path, what: str, todo: str) -> UnfitTable:
    """The error for an image that a cell names; the name is cut, so that no message grows with a request."""
    shown = name if len(name) <= 80 else name[:80] + "…"
    return UnfitTable(f"the image {shown!r} {what}", where=f"images in {root}", todo=todo)
