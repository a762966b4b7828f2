"""Speed and memory, each beside a bare alternative in one run: what `make bench…` runs."""
