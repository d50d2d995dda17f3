# Every target makes its own virtual environment first and does nothing when nothing changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Warnings of the tools below us, not of ours, are kept out of the logs.
export PYDEVD_DISABLE_FILE_VALIDATION := 1
export JUPYTER_PLATFORM_DIRS := 1

SOURCES := $(shell find lossbar_core -name '*.py' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.h')
KERNELS := $(filter %.pyx %.pxd %.h,$(SOURCES)) setup.py
CHAPTERS := $(wildcard notebooks/*.md)
BOOK := _config.yml $(shell find book -name _build -prune -o -type f ! -name '*.ipynb' -print)
DATA := $(shell find data -type f ! -name runs.json ! -path 'data/results/*')

.PHONY: help book test test-debug bench lint clean
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 14

$(VENV)/installed: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement requirements.lock
	@touch $@

$(VENV)/built: $(VENV)/installed pyproject.toml $(KERNELS)
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

book: _build/html/.built  ## execute all chapters and build the book in _build/html
	@echo "The book is in _build/html/index.html"

_build/.executed: $(VENV)/built $(SOURCES) $(CHAPTERS) $(DATA)
	$(BIN)/lossbar run --force
	@mkdir -p _build && touch $@

_build/html/.built: _build/.executed $(BOOK)
	$(BIN)/lossbar build
	@touch $@

test: $(VENV)/built  ## run all tests, with coverage
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term --cov-fail-under=90

test-debug: $(VENV)/built  ## run the kernel tests on a build with bounds checks and C assertions
	LOSSBAR_DEBUG=1 $(BIN)/pip install --quiet --no-deps --no-build-isolation --upgrade --target .debug .
	cd tests && PYTHONPATH=../.debug ../$(BIN)/python -m pytest kernels -c ../pyproject.toml --rootdir .. -p no:cacheprovider

bench: $(VENV)/built  ## compare with the peers and check the bars
	$(BIN)/pip install --quiet --requirement benchmarks/requirements.txt
	$(BIN)/python benchmarks/bench.py

lint: $(VENV)/built  ## ruff, codespell, mypy, docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy

clean:  ## remove what was built, keep the environment and the results
	rm -rf _build build dist .debug .lossbar .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find lossbar_core \( -name '*.so' -o -name __pycache__ \) -prune -exec rm -rf {} +
	rm -f $(VENV)/built
