"""Steps that make the table: functions `(tables, **arguments) -> tables`, named in conf/clean/."""
