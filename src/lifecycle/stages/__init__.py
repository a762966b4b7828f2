"""One file per DVC stage: each reads what it declares, calls pure modules, and writes its outputs.

Importing this package sets variables of the environment, before a stage imports numpy: see `lifecycle.io.processor`.
"""

from lifecycle.io import processor

processor.set_environment()
