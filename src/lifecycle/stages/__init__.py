"""One file per DVC stage: each reads what it declares, calls pure modules, and writes its outputs."""
