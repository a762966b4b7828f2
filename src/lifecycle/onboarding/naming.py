"""What a column's name says: that it names a row or an entity, or that it is a number of something."""

import re

ENTITIES = frozenset([
    "patient", "customer", "client", "user", "member", "subject", "person", "people", "student", "pupil", "employee",
    "worker", "account", "household", "family", "site", "clinic", "hospital", "school", "store", "shop", "device",
    "machine", "sensor", "vehicle", "station", "session", "participant", "driver", "player", "donor", "animal", "plot",
    "visitor", "owner", "author", "speaker", "writer", "respondent", "borrower", "merchant", "seller", "buyer",
    "operator", "physician", "doctor", "unit", "asset", "engine", "batch", "lot", "specimen", "sample", "tenant",
])  # fmt: skip
THINGS = ENTITIES | {
    "order", "ticket", "invoice", "case", "transaction", "trans", "txn", "record", "rec", "row", "product", "prod",
    "item", "policy", "claim", "booking", "bill", "receipt", "payment", "loan", "contract", "call", "event", "trip",
    "ride", "flight", "parcel", "shipment", "property", "listing", "applicant", "application", "encounter", "visit",
    "admission", "study", "sale", "purchase", "request", "message", "post", "review", "article", "book", "movie",
    "song", "game", "match", "team", "company", "supplier", "vendor", "agent", "project", "task", "job", "lead",
    "deal", "entry", "document", "doc", "object", "obj", "passenger", "guest", "voter", "serial", "seq", "sequence",
    "cust", "emp", "subj", "usubj", "resp", "hh", "acct", "group", "image", "file", "test", "run", "house", "building",
    "location", "region", "city", "country", "category", "class", "course", "line", "lab", "card", "meter", "node",
}  # fmt: skip
FOREIGN_THINGS = frozenset([
    "cliente", "clienta", "pedido", "factura", "cuenta", "contrato", "expediente", "orden", "paciente", "empleado",
    "socio", "usuario", "producto", "caso", "registro", "commande", "facture", "compte", "contrat", "dossier",
    "patient", "client", "adhérent", "adherent", "employé", "employe", "produit", "siret", "siren", "serie", "série",
    "ticket",
])  # fmt: skip
UNIQUE = frozenset(["id", "ids", "uuid", "guid", "ident", "identifier"])
NUMBERS = frozenset(
    ["no", "nr", "nro", "num", "number", "nummer", "numero", "número", "numéro", "key", "n°", "nº", "#"]
)
FOREIGN_NUMBERS = frozenset(["nr", "nro", "num", "numero", "número", "numéro", "n°", "nº"])
ATTRIBUTES = frozenset([
    "type", "status", "kind", "count", "check", "flag", "verified", "date", "expiry", "state", "valid", "class",
    "length", "required", "number", "no", "nr", "country", "issue", "source",
])  # fmt: skip
OTHER_WORDS = re.compile(
    r"(?:paid|said|laid|raid|maid|braid|plaid|grid|bid|acid|valid|solid|liquid|fluid|rapid|covid|void|humid|hybrid|"
    r"squid|oid|lipid|orchid|pyramid|arid|rid|mid|lid|kid|did|hid|rigid|rabid|vivid|lucid|candid|placid|stupid|"
    r"torrid|turbid|torpid|madrid|amid|aid)$"
)
WORD = re.compile(r"\b[nN][°º]|[A-Z]?[a-zà-öø-ÿ]+|[A-ZÀ-ÖØ-Þ]+(?![a-zà-öø-ÿ])|\d+|#")
JOINED = re.compile(r"(?P<thing>.+?)_?(?P<mark>id|no|nr|num|number|key)$")
GERMAN = re.compile(r"[^\W\d_]{3,}(?:nr|nummer)$")


def split_words(name: str) -> list[str]:
    """The words of a name in lower case, parted by signs, blanks, and capitals inside it."""
    return [word.lower() for word in WORD.findall(name)]


def names_entity(name: str) -> bool:
    """Whether a word of the name is an entity, such as a patient or a store."""
    return any(word.removesuffix("s") in ENTITIES or word in ENTITIES for word in split_words(name))


def is_called_id(name: str) -> bool:
    """Whether a name says that it is an id: order_id, OrderID, ORDERID, orderid, id_order."""
    words = split_words(name)
    if not words:
        return False
    if words[-1] in UNIQUE:
        return True
    if words[0] in UNIQUE and len(words) in (2, 3):
        return words[1] not in ATTRIBUTES
    return is_joined_id(words[-1], shouted=words[-1].upper() in name)


def is_joined_id(word: str, *, shouted: bool) -> bool:
    """Whether one word ends in id for identifier; in capitals it may begin with any word, else with a thing."""
    found = JOINED.fullmatch(word)
    if not found or found["mark"] != "id":
        return False
    return found["thing"] in THINGS or (shouted and len(found["thing"]) > 1 and not OTHER_WORDS.search(word))


def is_called_number(name: str) -> bool:
    """Whether a name says that it is a number or a key: ticket_no, TicketNo, Kundennr, numero_pedido, case key."""
    words = split_words(name)
    if not words:
        return False
    if words[-1] in NUMBERS or GERMAN.fullmatch(words[-1]):
        return True
    if words[0] in FOREIGN_NUMBERS:
        return words[-1] in FOREIGN_THINGS and len(words) <= 3
    found = JOINED.fullmatch(words[-1])
    return bool(found and found["thing"] in THINGS)


def names_a_row(name: str) -> bool:
    """Whether a name says that its values, if they differ, name the rows: an id, a number, a key or a code."""
    return is_called_id(name) or is_called_number(name) or split_words(name)[-1:] == ["code"]
