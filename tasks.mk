# The tasks of a project, here and in every other one; CI runs these and nothing else. Its Makefile says what setup does.
# Where the environment and its locks are: here, or at the top of a repository that holds several projects.
TOP := $(if $(wildcard requirements.lock),,$(shell git rev-parse --show-cdup))
BIN := $(TOP).venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
export PYTHONPATH := src

.PHONY: merge-driver repro audit gate review pull comment due advance propose publish timings summary remote gc

repro: setup ## rebuild what has changed, then say what came out
	@lifecycle resolve
	@lifecycle picks
	@dvc repro
	@lifecycle prune
	@lifecycle summary

audit: setup ## rebuild everything elsewhere and compare every hash
	@lifecycle audit

gate: setup ## exit 3 if a KPI misses its floor or, with BASE=REV, if anything is significantly worse
	@lifecycle gate --base="$$BASE" --labels="$$LABELS"

review: setup ## what this version does to the numbers of BASE (main), in reports/review.md
	@lifecycle review --base="$${BASE:-main}" --labels="$$LABELS"

pull: setup ## what the remote has of this version, where there is one
	@if [ -n "$$(dvc config core.remote)" ]; then dvc pull || echo "the remote did not give everything: make repro"; \
	else echo "no remote is set: make repro"; fi

comment: setup ## post the review of a run's artefact on the pull request that the environment names
	@lifecycle comment

due: setup ## whether POLICY (monthly) of conf/policy/ asks for a new model now, in runs/due.md
	@lifecycle due --policy "$${POLICY:-monthly}"

advance: setup ## move params.yaml to the next data version that the source has
	@lifecycle advance

propose: setup ## a pull request with what advance and repro changed, or a note on why it is worse
	@lifecycle propose

publish: setup ## a release of TAG with what is served and its reports
	@lifecycle publish "$$TAG"

timings: setup ## time and memory of the last runs
	@lifecycle timings

summary: setup ## what the present version is
	@lifecycle summary

remote: setup ## make remote URL=ADDRESS: where data and models are shared
	@lifecycle remote $(URL)

gc: setup ## remove from the cache what neither the workspace, a tag nor a branch needs
	@lifecycle gc

merge-driver: ## how Git merges what stages write: it keeps this side
	@if git rev-parse --git-dir > /dev/null 2>&1; then git config merge.generated.name "keep this side" \
	&& git config merge.generated.driver true; fi
