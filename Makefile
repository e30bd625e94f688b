# The only entry points of the project: people and CI call the same targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup frontend serve demo test test-all browser check format schema bench peers lock clean

PYTHON ?= python3.11
# Compiled modules are kept, whatever the shell says: without them each start takes seconds longer.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lumber-installed
# Twice quiet: no warnings about the machine's own pip settings, errors only.
PIP_OPTIONS := -m pip -qq --disable-pip-version-check --no-input
PIP := $(BIN)/python $(PIP_OPTIONS)
# What the benchmarks compare with, which nothing else needs.
PEERS_VENV := .venv-peers
PEERS_STAMP := $(PEERS_VENV)/.installed
PEERS_PIP := $(PEERS_VENV)/bin/python $(PIP_OPTIONS)
NPM := npm --prefix frontend --loglevel=error
NODE_STAMP := frontend/node_modules/.lumber-installed
# Servers that only the slow tests need.
SERVERS_STAMP := tests/servers/node_modules/.lumber-installed
# The built pages: part of the package, and made again when what they are made of is newer.
PAGES := src/lumber/web/index.html
PAGE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -type f ! -name '*.test.*' -print)

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv from the hashed pins and install Lumber into it

$(STAMP): requirements/dev.txt pyproject.toml
	@echo "Setting up $(VENV) (a minute or two the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --no-compile --require-hashes --no-deps -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@$(PIP) check
	@touch $@

$(NODE_STAMP): frontend/package.json frontend/package-lock.json frontend/.npmrc
	@echo "Installing what the browser part needs (a minute the first time)"
	@$(NPM) ci --ignore-scripts --no-progress > /dev/null
	@touch $@

$(PAGES): $(NODE_STAMP) $(PAGE_SOURCES)
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

frontend: $(PAGES) ## Build the pages into the package

serve: setup frontend ## Serve the API and the pages on this machine
	@$(BIN)/lumber serve

demo: setup ## Make a small export in demo/ and show how to open it
	@bash scripts/demo.sh

# Four workers keep two cores busy: tests wait for processes and browsers. Each takes one file or folder after the
# other from one queue, the long ones first (tests/budget.py).
PYTEST := $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

test: browser ## Run the tests, also in a real browser: about twelve minutes on two cores
	@$(NPM) run --silent test -- --reporter=dot
	@$(PYTEST) -m "not slow" -p no:schemathesis

$(SERVERS_STAMP): tests/servers/package.json tests/servers/package-lock.json
	@npm --prefix tests/servers --loglevel=error ci --ignore-scripts --no-progress > /dev/null
	@touch $@

test-all: browser $(SERVERS_STAMP) ## Run also the slow tests: kills, long runs, every combination
	@$(NPM) run --silent test -- --reporter=dot
	@$(PYTEST) --hypothesis-profile=full

browser: setup frontend
	@sh scripts/chromium.sh > /dev/null
	@sh scripts/mariadb.sh > /dev/null

check: setup $(NODE_STAMP) ## Lint, check the format, the types, the layers and what is generated
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/openapi.py --check
	@$(NPM) run --silent schema:check
	@$(NPM) run --silent lint
	@$(NPM) run --silent types
	@$(NPM) run --silent format:check

format: setup $(NODE_STAMP) ## Fix what ruff, eslint and prettier can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(NPM) run --silent lint -- --fix
	@$(NPM) run --silent format

schema: setup $(NODE_STAMP) ## Renew the browser part's types from the service's OpenAPI document
	@$(BIN)/python scripts/openapi.py
	@$(NPM) run --silent schema

bench: setup frontend $(PEERS_STAMP) ## Measure Lumber and its peers on the same work
	@$(BIN)/python -m benchmarks

peers: $(PEERS_STAMP)

$(PEERS_STAMP): requirements/peers.txt
	@echo "Setting up $(PEERS_VENV) (a minute the first time)"
	@test -x $(PEERS_VENV)/bin/python || $(PYTHON) -m venv $(PEERS_VENV)
	@$(PEERS_PIP) install --no-compile --require-hashes --no-deps -r requirements/peers.txt
	@$(PEERS_PIP) check
	@touch $@

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# Not after `setup`, which fails while a new dependency has no pin yet.
lock: ## Renew the pins in requirements/ (UPGRADE=1 takes newer versions)
	@test -x $(BIN)/uv || $(MAKE) setup
	@$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --output-file requirements/runtime.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --group dev --constraint requirements/runtime.txt \
		--output-file requirements/dev.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) --group peers --constraint requirements/runtime.txt \
		--output-file requirements/peers.txt

clean: ## Remove everything that was built, also .venv
	@rm -rf $(VENV) $(PEERS_VENV) build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache \
		frontend/node_modules tests/servers/node_modules src/lumber/web
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
