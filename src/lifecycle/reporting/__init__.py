"""How reports are made: text, Markdown tables, figures, templates and HTML pages."""
