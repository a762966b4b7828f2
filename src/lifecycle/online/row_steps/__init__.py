"""The steps of conf/clean/ and conf/features/ for one row of plain values, equal to the bit to those for tables.

Each function is named like the step that it stands for. It takes the kinds of the row's columns, the other tables, and
the step's own arguments, and gives None for what only a table can tell and for what the step would refuse: then the row
takes the way of tables.
"""
