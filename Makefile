# What is done to the engine, and to this project as to every other one (tasks.mk).
PYTHON ?= python3
include tasks.mk

.PHONY: setup test test-all fuzz check wheel publish-wheel actionlint bench bench-serve bench-slow-clients bench-diff bench-monitor bench-quality lock

WORKERS := --numprocesses auto --dist loadgroup

setup: $(BIN)/.ready merge-driver ## the environment of requirements-dev.lock with the engine of src/lifecycle, installed once

$(BIN)/.ready: requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up .venv from requirements-dev.lock (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

test: setup ## the fast tests
	@pytest $(WORKERS) -m "not slow"

test-all: setup ## every test: also whole loops, audits, real servers and soaks, and which take longest
	@pytest $(WORKERS) --durations 60 --durations-min 20

fuzz: setup ## long fuzzing and soaks: 2,000 changed releases, files with changed bytes, reloads under load, and more of the like
	@FUZZ=long pytest $(WORKERS) -m slow tests/serving/test_fuzzed_releases.py tests/release/test_hostile_releases.py \
	  tests/onboarding/test_oversized.py tests/serving/test_process.py tests/flights/test_asked.py tests/review/test_false_alarms.py

check: setup ## lint, format, types, order of the rooms, workflows, project files
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports --no-logo
	@check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yaml
	@check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci .gitlab-ci.yml
	@check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	@check-jsonschema --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*))
	@check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	@check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	@zizmor --offline --quiet --no-progress .github/workflows
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory actionlint; else echo "actionlint is left out: no npm"; fi
	@$(MAKE) --no-print-directory wheel
	@kubernetes-validate --strict --quiet $(filter-out deploy/kustomization.yaml,$(wildcard deploy/*.yaml))

wheel: setup ## the engine as a wheel in dist/, with its metadata checked
	@rm -rf dist
	@python -m build --wheel --no-isolation --outdir dist > /dev/null
	@twine check --strict dist/*.whl > /dev/null || twine check --strict dist/*.whl

publish-wheel: wheel ## a release of TAG, v and the engine's version, with the wheel
	@test "$$TAG" = "v$$(lifecycle --version | cut -d ' ' -f 2)" || { echo "TAG is $$TAG, $$(lifecycle --version)"; exit 2; }
	@gh release create "$$TAG" dist/*.whl --verify-tag --generate-notes --title "Engine $$TAG"

actionlint: .github/actionlint/node_modules ## what actionlint finds in the workflows
	@for workflow in .github/workflows/*.yaml; do node .github/actionlint/lint.mjs $$workflow || exit 1; done

.github/actionlint/node_modules: .github/actionlint/package-lock.json
	@npm ci --silent --prefix .github/actionlint
	@touch $@

bench: setup ## time a cold rebuild, a no-op and one change, then bench-monitor
	@python -m benchmarks rebuild
	@python -m benchmarks monitor

bench-serve: setup ## measure the service and batch prediction beside bare ones
	@python -m benchmarks serve

bench-slow-clients: setup ## measure honest clients of the service beside 200 slow and 200 idle ones, for 2 minutes
	@python -m benchmarks slow_clients

bench-diff: setup ## measure the comparison of ten million rows with ten million others
	@python -m benchmarks diff

bench-monitor: setup ## measure the drift of a million rows beside scipy's own functions
	@python -m benchmarks monitor

bench-quality: setup ## DATA=FOLDER: a default run on each CSV of the folder beside LightGBM's defaults, row by row
	@python -m benchmarks quality "$(DATA)"

RESOLVE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate pyproject.toml

lock: ## resolve the locks anew: what the stages run, that with what the tests need, and both of a project (needs uv)
	@$(RESOLVE) --extra flights --output-file requirements.lock
	@$(RESOLVE) --extra flights --constraint requirements.lock --group dev --output-file requirements-dev.lock
	@$(RESOLVE) --constraint requirements-dev.lock --output-file template-monorepo/requirements.lock
	@$(RESOLVE) --constraint requirements-dev.lock --group project --output-file template-monorepo/requirements-dev.lock
