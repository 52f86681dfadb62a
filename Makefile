# Thin: each target calls one program. `make` lists the targets.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help env report guide test lint types unit snapshots bench races peers rpeers build lock clean

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK_VENV := build/lock
PEERS_VENV := build/peers
UPGRADE ?=

# The first Python on the path that is new enough; choose another with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$p; break; fi; done)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: $(STAMP) ## Make .venv and install what requirements.lock pins

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { \
	echo "relatum needs Python 3.11 or newer, and none was found on the path."; \
	echo "Install one from python.org, or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; \
	exit 1; }
	@test -x $(BIN)/python || { echo "== environment: $(VENV) from $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@echo "== packages: about a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=23.3"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --disable-pip-version-check
	@touch $@

report: env ## Check, fit and render the plan of analysis/study.toml
	@$(BIN)/relatum run
	@echo "== reports"
	@find out -type f \( -name '*.html' -o -name '*.docx' -o -name '*.pdf' \) | sort | sed 's/^/  /'

guide: env ## Render the user guide to out/guide/
	@$(BIN)/relatum run reports/guide/guide.toml

test: lint types unit ## Run every check: lint, types, layers, doctests, tests

lint: env ## Check style and format
	@echo "== lint"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: env ## Check types, strictly
	@echo "== types"
	@$(BIN)/mypy

unit: env ## Run the layer test, the doctests and all tests
	@echo "== tests"
	@$(BIN)/python -m pytest -n auto --dist loadfile

snapshots: env ## Write the help pages that tests compare with; look at the diff
	@RELATUM_SNAPSHOTS=write $(BIN)/python -m pytest -q tests/cli/test_main.py

bench: env ## Measure the speed and memory figures
	@for script in tests/benchmarks/bench_*.py; do \
	echo "== $$script"; $(BIN)/python $$script || exit 1; done

races: env ## Measure speed beside R and other packages; writes the dated table
	@$(BIN)/python tests/benchmarks/bench_side_by_side.py

peers: env ## Install the Python packages that the races run against, in build/peers
	@test -x $(PEERS_VENV)/bin/python || $(BIN)/python -m venv $(PEERS_VENV)
	@$(PEERS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	krippendorff tableone wildboottest

rpeers: ## Install R and what Debian has of the races' R packages; as root
	@apt-get update --quiet --quiet
	@DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends r-base-core \
	r-cran-brglm2 r-cran-clubsandwich r-cran-cmprsk r-cran-flexmix r-cran-geepack r-cran-psych \
	r-cran-survey r-cran-survival r-cran-vegan

build: env ## Build the wheel and the source archive in dist/
	@rm -rf dist
	@$(BIN)/python -m hatchling build

lock: ## Pin the dependencies again; newer ones with UPGRADE=--upgrade
	@test -x $(LOCK_VENV)/bin/uv || { $(PYTHON) -m venv $(LOCK_VENV); $(LOCK_VENV)/bin/pip install --quiet uv; }
	@$(LOCK_VENV)/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	--generate-hashes --no-header --quiet $(UPGRADE) -o requirements.lock

clean: ## Remove what builds, tests and reports made; .venv stays
	@rm -rf out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	@find analysis tests -name __pycache__ -type d -prune -exec rm -rf {} +
