"""How text, tables and figures of reports are made."""
