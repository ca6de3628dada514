# The two commands: `make run` starts the app, `make test` runs every test. Both set up what they need, once.
# The requirements files are complete (uv resolved them), so pip is told not to resolve again: an older pip trips over extras there.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PROVE ?=

# The fuzz tests read more than fits into the twelve minutes of `make test`: five thousand texts a format, each judged by all rules.
fuzz: setup-dev
	@FUZZ_EVERY=1 $(BIN)/python -m pytest tests/artifacts/test_fuzz.py tests/artifacts/test_fuzz_targets.py tests/artifacts/kubernetes/test_fuzz.py -n $(WORKERS) -q

.PHONY: audit bench clean doctor fuzz lint lock pictures prove run setup setup-dev system test

run: setup
	@exec $(BIN)/python app.py

setup: $(VENV)/.run
setup-dev: $(VENV)/.dev

$(VENV)/bin/python:
	@echo "Creating the virtual environment in $(VENV)"
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, found " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing the run-time packages (about a minute the first time)"
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing the run-time and test packages (about two minutes the first time)"
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	touch $@ $(VENV)/.run

system:
	@bash tests/support/system.sh

test: setup-dev system lint
	@$(BIN)/python -m pytest tests --ignore=tests/e2e -n $(WORKERS) --dist loadfile -q
	$(BIN)/python -m pytest tests/e2e -n $(WORKERS) --dist loadfile -q \
	  || { echo "The files of browser tests that failed beside others are run once more, one at a time:"; $(BIN)/python -m pytest $$($(BIN)/python -c "import json; print(*sorted({name.partition('::')[0] for name in json.load(open('.pytest_cache/v/cache/lastfailed'))}))") -q; }

lint: setup-dev
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-dev
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

prove: setup-dev
	@bash tests/support/prove_system.sh
	$(BIN)/python -m tests.prove $(PROVE)

lock: setup-dev
	@for name in requirements requirements-dev requirements-audit; do $(BIN)/python -m uv pip compile --override requirements-overrides.in --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --quiet $$name.in -o $$name.txt; done

# Asks the package index for known flaws of what is installed. A package it cannot ask about fails the audit: a check that skips is none.
audit: $(VENV)/.audit
	@$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.txt
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements-dev.txt

$(VENV)/.audit: requirements-audit.txt | $(VENV)/bin/python
	@echo "Installing the audit's packages, apart from the program's"
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-audit.txt
	touch $@

doctor: setup
	@$(BIN)/python -m engine.doctor

pictures: setup-dev system
	@$(BIN)/python -m tests.e2e.pictures docs/images

clean:
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
