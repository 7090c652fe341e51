# `make help` lists what there is. Everything runs in .venv, which `make setup` makes; the Pulumi engine and other
# programs are kept outside of the checkout (tools/get_pulumi.py says where).

PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/.ready
TYPESCRIPT := tests/engine/typescript
NODE_READY := $(TYPESCRIPT)/node_modules/.package-lock.json
WITH_PULUMI = folder=$$($(PY) tools/get_pulumi.py) && PATH="$$folder:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format bench fuzz schema sdk lock programs clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Makes .venv with everything that development needs, versions and hashes as in requirements-dev.txt

$(READY): requirements-dev.txt pyproject.toml provider/emailauth/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "emailauth needs Python 3.11 or newer, and $(PYTHON) is not: name one, as in 'make PYTHON=python3.12 setup'" >&2; exit 3; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: install Debian's package python3-venv" >&2; exit 3; }
	@echo "setting up .venv: once, about a minute"
	@$(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Shows the main job on examples/quickstart: lint, preview, `pulumi up`, and again; needs no account
	@$(PY) -m tools.demo

# Each test that starts a program would compile all of it anew where the environment says that bytecode is not kept.
test: lint programs $(NODE_READY) ## Everything that CI runs: `make lint`, then all tests, with the real Pulumi engine
	@$(WITH_PULUMI) PYTHONDONTWRITEBYTECODE= $(PY) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --cov --cov-report term

lint: $(READY) ## ruff, mypy, import-linter, actionlint, zizmor
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	@actionlint=$$($(PY) -m tools.go_tool actionlint) && echo actionlint && "$$actionlint" .github/workflows/*.yml
	.venv/bin/zizmor --offline --quiet --persona=pedantic .github

format: $(READY) ## Formats the Python code and mends what ruff can mend
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: $(READY) ## Prints wall times as ratios to a base line measured in the same run
	@$(WITH_PULUMI) $(PY) -m tests.bench

fuzz: $(READY) ## Runs every parser under atheris, FUZZ_SECONDS seconds in all (60); finds are written to .fuzz
	@$(PY) -m tests.fuzz

schema: $(READY) ## Regenerates schemas/ from the types
	$(PY) -m emailauth schema > .schema.new && mv .schema.new schemas/email-auth.schema.json
	$(PY) -m emailauth.pulumi.schema > .schema.new && mv .schema.new schemas/pulumi.schema.json

sdk: schema ## Regenerates schemas/ and sdk/, by Pulumi's own generators
	$(PY) -m tools.generate_sdk

lock: $(READY) ## Writes requirements-dev.txt anew from requirements-dev.in
	$(PY) -m piptools compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-options \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements-dev.txt requirements-dev.in

programs: ## Installs the servers and checkers that tests run, or says which are missing
	@tools/get_programs.sh

$(NODE_READY): $(TYPESCRIPT)/package.json $(TYPESCRIPT)/package-lock.json | programs
	@npm ci --prefix $(TYPESCRIPT) --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

clean: ## Removes .venv and all that builds and tests left in the checkout
	rm -rf .venv build dist .coverage .coverage.* .fuzz .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schema.new \
		$(TYPESCRIPT)/build $(TYPESCRIPT)/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +
