# The tasks of this repository; CI runs these and nothing else.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1

.PHONY: repro setup test check audit gate review bench timings summary lock

repro: setup ## rebuild what has changed, then say what came out
	@lifecycle picks
	@dvc repro
	@lifecycle summary

setup: $(BIN)/.ready ## the environment of requirements-dev.lock, installed once

$(BIN)/.ready: requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up .venv from requirements-dev.lock (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

test: setup ## the tests
	@pytest --numprocesses auto --dist loadgroup

check: setup ## lint, format, types
	@ruff check .
	@ruff format --check .
	@mypy

audit: setup ## rebuild everything elsewhere and compare every hash
	@lifecycle audit

gate: setup ## exit 3 unless every KPI is reached, and with BASE=REV nothing got really worse
	@lifecycle gate --base="$$BASE" --labels="$$LABELS"

review: setup ## what this version does to the numbers of BASE (main), in reports/review.md
	@lifecycle review --base="$${BASE:-main}" --labels="$$LABELS"

bench: setup ## time a cold rebuild, a no-op, and one change
	@lifecycle bench

timings: setup ## time and memory of the last runs
	@lifecycle timings

summary: setup ## what the present version is
	@lifecycle summary

RESOLVE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header pyproject.toml

lock: ## resolve both locks anew: what the stages run, and that with what the tests need (needs uv)
	@$(RESOLVE) --output-file requirements.lock
	@$(RESOLVE) --constraint requirements.lock --group dev --output-file requirements-dev.lock
