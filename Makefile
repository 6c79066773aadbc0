# Needs Python 3.11 or newer and make; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TORCH := $(shell sed -n 's/^torch==/torch==/p' requirements.lock)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --progress-bar off

.PHONY: setup run test lint bench validate wheel lock third-party clean

setup: $(INSTALLED)  ## Create .venv and install what the lock names; TORCH_INDEX=… takes torch from another index.

$(INSTALLED): requirements.lock pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "motionward needs Python 3.11 or newer: make setup PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --no-deps $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(PIP) -c requirements.lock -e ".[dev]"
	@touch $@

run: setup  ## Open the app with the simulated patient.
	$(BIN)/motionward demo

test: setup  ## Run every test, side by side on every core; the tests of one file stay together.
	$(BIN)/pytest -n auto --dist loadfile

lint: setup  ## Style, types and the order of imports.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup  ## Measure speed and memory; the machine should be doing nothing else.
	$(BIN)/python -m benchmarks.day
	$(BIN)/python -m benchmarks.week
	$(BIN)/python -m benchmarks.readers

validate: setup  ## Measure the detectors on the shared data sets and rewrite docs/validation; damage files in all ways.
	$(BIN)/motionward evaluate
	$(BIN)/python -m tests.fuzz
	$(BIN)/python -m benchmarks.quality

wheel: setup  ## Build dist/motionward-*.whl.
	rm -rf build dist
	$(BIN)/python -m build --wheel

lock: setup  ## Pin again within the ranges of pyproject.toml, then list licences.
	$(BIN)/pip-compile --quiet --upgrade --all-extras --strip-extras --allow-unsafe --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.new pyproject.toml
	sed -e '/^#/d' -e '/^$$/d' -e '/^pip==/d' -e 's/+[a-z0-9.]*$$//' requirements.new > requirements.lock
	rm requirements.new

third-party:  ## Rewrite docs/third-party.md from what is installed.
	$(BIN)/python tests/house/licences.py > docs/third-party.md

clean:  ## Remove .venv and everything built.
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
