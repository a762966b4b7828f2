"""Other programs, run to their end: what they print, or an error in three lines."""

import subprocess

from lifecycle.errors import FileError, MissingFile

SHOWN = 300


def said(program: str, *arguments: str) -> str:
    """What a program prints; raises MissingFile where it is not here, FileError with its own words where it fails."""
    asked = " ".join([program, *arguments])[:SHOWN]
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError as cause:
        raise MissingFile(f"there is no program {program}", where=asked, todo=f"install {program}") from cause
    if done.returncode:
        words = " ".join((done.stderr or done.stdout).split())[-SHOWN:]
        raise FileError(f"{program} ended with {done.returncode}: {words or 'no word'}", where=asked, todo=asked)
    return done.stdout.strip()
