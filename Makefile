# Jiuyi: `make help` explains every target.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## Show this page
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z-]*:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.installed ## Make .venv and install exactly what the lock files say (Python 3.11 or newer)

$(VENV)/.installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is needed: sudo apt-get install -y python3 python3-venv (or make PYTHON=/path/to/python3.11 …)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing: sudo apt-get install -y python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.PHONY: demo
demo: setup phones ## Run everything with a hospital to play with; PORT=8000 SANDBOX_PORT=8001 DATA=.data HOST=127.0.0.1
	@exec $(BIN)/jiuyi demo

.PHONY: web
web: setup ## Build the pages: H5, Alipay and WeChat mini program, the desk's cashier (only what changed)
	@$(BIN)/python web/frontends.py build

.PHONY: h5
h5: setup
	@$(BIN)/python web/frontends.py build h5

.PHONY: console
console: setup
	@$(BIN)/python web/frontends.py build console

.PHONY: phones
phones: setup
	@$(BIN)/python web/frontends.py build h5 mp-alipay console

.PHONY: test
test: setup ## Every test: frontends, then Python with real PostgreSQL, sandbox and Chromium (ARGS= goes to pytest)
	@$(BIN)/python web/frontends.py test
	@$(BIN)/python web/frontends.py build h5 mp-alipay console
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

.PHONY: check
check: setup ## Style, types, layers, house rules, frontend types and lint; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q -n 2 tests/meta/house
	$(BIN)/python web/frontends.py check

.PHONY: format
format: setup ## Put the Python sources into the one format and mend what can be mended
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

.PHONY: bench
bench: setup ## Measure against the yardsticks; prints a table and writes build/bench.json
	@mkdir -p build
	@$(BIN)/python -m bench --output build/bench.json $(ARGS)

.PHONY: shots
shots: setup h5 console ## Picture every screen beside its mockup: build/shots and an index page; ARGS='--only fees*,desk* --modes zh,en'
	@mkdir -p build/shots
	@$(BIN)/python -m tests.browser.shots build/shots $(ARGS)

.PHONY: lock
lock: ## Resolve the dependencies again and write both lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --upgrade pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

.PHONY: docs
docs: setup ## Write the generated reference pages (docs/reference)
	$(BIN)/python -c 'from pathlib import Path; from jiuyi.app import reference; reference.write(Path("docs/reference"))'

.PHONY: clean
clean: ## Remove what builds and tests made (never .data)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
