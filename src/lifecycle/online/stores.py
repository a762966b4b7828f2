"""The store of events that conf/serve/ names by one word: a folder, or the address of Redis."""

from pathlib import Path

from lifecycle.errors import WrongValue
from lifecycle.online.event_store import EventStore, SqliteStore
from lifecycle.online.redis_store import SCHEMES, RedisStore
from lifecycle.sources.secrets import mask_secrets


def open_store(address: str | None) -> EventStore:
    """The store at an address; raises WrongValue for none or another kind, StoreError where it is out of reach."""
    if address is None:
        raise WrongValue(
            "there is no store of events", where="conf/serve/, key events", todo="events: data/events, a folder"
        )
    scheme, mark, _ = address.partition("://")
    if not mark:
        return SqliteStore(Path(address))
    if scheme in SCHEMES:
        return RedisStore(address)
    raise WrongValue(
        f"{mask_secrets(address)} is no store of events",
        where="conf/serve/, key events",
        todo="events: data/events, a folder, or events: redis://host:6379",
    )


def find_store(address: str | None) -> EventStore | None:
    """The store at an address, None where there is none or its folder does not exist: reading makes no folder."""
    if address is None or ("://" not in address and not Path(address).is_dir()):
        return None
    return open_store(address)
