"""The bundled problem's own code: its source and its cleaning steps, named in conf/ by `_target_`."""
