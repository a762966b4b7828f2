"""What a column's name says."""

import pytest

from lifecycle.onboarding.naming import is_called_id, is_called_number, names_a_row, names_entity, split_words


def test_words_are_parted_by_signs_and_capitals() -> None:
    assert split_words("TicketNo_2 of-HTTPServer") == ["ticket", "no", "2", "of", "http", "server"]


@pytest.mark.parametrize(
    "name",
    ["id", "_id", "order_id", "Order ID", "OrderID", "orderId", "ORDERID", "orderid", "RESPID", "JOBID", "GROUPID",
     "CUST_ID", "id_order", "ID Cliente", "idCliente", "id_de_pedido", "uuid", "user.guid"],
)  # fmt: skip
def test_ids_in_many_spellings(name: str) -> None:
    assert is_called_id(name)


@pytest.mark.parametrize(
    "name",
    ["paid", "PAID", "AMOUNTPAID", "HIGHBID", "ACID", "COVID", "GRID", "steroid", "THYROID", "citric acid", "valid",
     "id_type", "id_verified", "void", "humid", "ideal", "idle_time", "width", "", "°", "HYBRID", "PREPAID"],
)  # fmt: skip
def test_other_words_that_end_or_begin_with_id(name: str) -> None:
    assert not is_called_id(name)
    assert not is_called_number(name)


@pytest.mark.parametrize(
    "name",
    ["no", "ticket_no", "TicketNo", "Ticket No.", "TICKETNO", "ticketno", "OrderNumber", "order number", "CaseKey",
     "case_key", "Kundennr", "Kunden-Nr.", "KUNDENNUMMER", "Rechnungsnummer", "klantnummer", "numero_pedido",
     "Número de pedido", "numéro de commande", "n° client", "Nº factura", "order #", "SEQNO", "InvoiceNum"],
)  # fmt: skip
def test_numbers_in_many_spellings(name: str) -> None:
    assert is_called_number(name)
    assert names_a_row(name)


@pytest.mark.parametrize(
    "name",
    ["numero_hijos", "num_orders", "no_of_items", "number_of_rooms", "casino", "CASINO", "volcano", "monkey", "turkey",
     "amount", "price", "total", "income", "piano", "ethno", "domino", "enr", "snr", "number of pedidos"],
)  # fmt: skip
def test_counts_and_other_words_are_no_numbers_of_things(name: str) -> None:
    assert not names_a_row(name)


def test_codes_name_rows_and_entities_are_words() -> None:
    assert names_a_row("zip_code")
    assert not names_a_row("encode")
    assert [names_entity(name) for name in ("patient", "Patients", "storeType", "households", "restore")] == [
        True, True, True, True, False,
    ]  # fmt: skip
