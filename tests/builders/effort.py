"""How long fuzzing goes on: `make fuzz` asks for more than a change of the code waits for."""

import os


def count_rounds(few: int, many: int) -> int:
    """`many` under FUZZ=long, else `few`."""
    return many if os.environ.get("FUZZ") == "long" else few
