"""One table or query of a database, as an entry beside those of files."""

from lifecycle.errors import WrongValue
from lifecycle.options import options
from lifecycle.sources.formats.entry import Entry


@options
class Database(Entry):
    """A table, or what a query reads: one of them. `path` is the file, or the database's address."""

    table: str = ""
    query: str = ""


def asked(entry: Database) -> dict[str, str]:
    """What is asked for; raises WrongValue unless it is a table or a query."""
    if bool(entry.table) == bool(entry.query):
        said = "both table: and query:" if entry.table else "neither table: nor query:"
        raise WrongValue(f"there is {said}", where=entry.path, todo="write table: or query:, one of them")
    return {"table": entry.table} if entry.table else {"query": entry.query}
