# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo test unit bench bench-related lint docs docs-check browser wheel venv clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv: $(VENV)/.installed ## make .venv with the package

$(BIN)/python:
ifneq ($(UV),)
	$(UV) venv --quiet --python $(PYTHON) $(VENV)
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
endif

$(VENV)/.installed: pyproject.toml | $(BIN)/python
ifneq ($(UV),)
	$(UV) pip install --quiet --python $(BIN)/python -e .
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
endif
	@touch $@

$(VENV)/.tested: pyproject.toml $(VENV)/.installed
ifneq ($(UV),)
	$(UV) pip install --quiet --python $(BIN)/python --group test
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group test
endif
	@touch $@

demo: $(VENV)/.installed ## the main job on simulated literature: no key, no internet
	$(BIN)/harvester demo

test: lint docs-check browser ## everything: ruff, mypy, import rules, docs, all tests
	$(BIN)/python -m pytest -n 2

unit: $(VENV)/.tested ## the quick tests, under a minute
	$(BIN)/python -m pytest -n 2 -m "not slow"

lint: $(VENV)/.tested ## ruff, mypy strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(VENV)/.tested ## write the parts of the README that are made from the code
	$(BIN)/python -m tests.docs --write

docs-check: $(VENV)/.tested
	$(BIN)/python -m tests.docs --check

browser: $(VENV)/.tested ## find a Chromium for the tests of pages, else install one
	$(BIN)/python -m tests.browser

bench: $(VENV)/.tested ## the speed table, as ratios to limits measured in the same run
	$(BIN)/python -m tests.benchmarks

bench-related: $(VENV)/.tested ## how well related ranks, and how fast it is among a million works (half an hour)
	$(BIN)/python -m tests.benchmarks.related
	$(BIN)/python -m tests.benchmarks.scale

wheel: $(VENV)/.tested ## build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel -d dist

clean: ## remove what was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
