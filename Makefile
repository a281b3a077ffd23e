# The menu: `make help`. Everything is installed into .venv; nothing outside this folder is touched.

PYTHON ?= python3
VENV   ?= .venv
PYTEST_ARGS ?=
ifeq ($(OS),Windows_NT)
  BIN := $(VENV)/Scripts
else
  BIN := $(VENV)/bin
endif
ROOT_FLAG := $(shell [ "$$(id -u 2>/dev/null)" = 0 ] && echo --allow-root)

.PHONY: help lab test lint types unit notebooks catalog reference bench clean

help: ## this menu
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dockkernel needs Python 3.11 or later; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.lab: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[lab]"
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[lab,test]"
	@touch $@

lab: $(VENV)/.lab ## open the lessons in JupyterLab, on the embedded engine
	$(BIN)/jupyter lab $(ROOT_FLAG) --notebook-dir=notebooks

test: lint types unit ## install what is needed and run everything: linters, types, tests, lessons

lint: $(VENV)/.test ## ruff and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.test ## mypy --strict
	$(BIN)/mypy

unit: $(VENV)/.test ## the tests, the lessons among them
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest $(PYTEST_ARGS)

notebooks: $(VENV)/.test ## run the lessons alone and compare what they print
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest tests/notebooks $(PYTEST_ARGS)

catalog: $(VENV)/.test ## write the lock file of the embedded catalog anew
	$(BIN)/python -m dockkernel.registry.relock

reference: $(VENV)/.test ## write docs/reference.md anew from the command table
	$(BIN)/python -m dockkernel.commands.help docs/reference.md

bench: $(VENV)/.test ## the benchmarks, by hand
	$(BIN)/python tests/bench/run.py

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
