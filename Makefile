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
RESULTS := $(shell find data/results -type f)
NOTEBOOKS := $(CHAPTERS:notebooks/%.md=book/%.ipynb)
CHECKED := $(SOURCES) $(CHAPTERS) $(BOOK) $(DATA) $(RESULTS) $(wildcard *.toml *.md *.cff) $(shell find tests benchmarks -name '*.py')

.PHONY: help book test test-debug bench scale lint clean AGAIN
help:  ## list the targets
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/installed: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement requirements.lock
	@touch $@

$(VENV)/built: $(VENV)/installed pyproject.toml $(KERNELS)
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

book: _build/html/.built  ## execute all chapters and build the book in _build/html
	@echo "The book is in _build/html/index.html"

# The first time everything, later what is stale.
_build/.executed: $(VENV)/built $(SOURCES) $(CHAPTERS) $(DATA) $(RESULTS)
	$(BIN)/lossbar run $(if $(wildcard _build/.executed),,--force)
	@mkdir -p _build && touch $@

$(NOTEBOOKS): | _build/.executed  # where one got lost
	test -e $@ || $(BIN)/lossbar run $(@F:.ipynb=)

_build/html/.built: _build/.executed $(NOTEBOOKS) $(BOOK)
	$(BIN)/lossbar build
	@touch $@

test: $(VENV)/tested  ## run all tests, with coverage (again without a change: AGAIN=1)
	@echo "All tests pass"

$(VENV)/tested: $(VENV)/built $(CHECKED) $(if $(AGAIN),AGAIN)
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term --cov-fail-under=90
	@touch $@

test-debug: $(VENV)/tested-debug  ## run the kernel tests on a build with bounds checks and C assertions
	@echo "The kernel tests pass"

$(VENV)/tested-debug: $(VENV)/built $(CHECKED) $(if $(AGAIN),AGAIN)
	LOSSBAR_DEBUG=1 $(BIN)/pip install --quiet --no-deps --no-build-isolation --upgrade --target .debug .
	cd tests && PYTHONPATH=../.debug ../$(BIN)/python -m pytest kernels -c ../pyproject.toml --rootdir .. -p no:cacheprovider
	@touch $@

bench: $(VENV)/benched  ## compare with the peers and check the bars
	@echo "The table is in benchmarks/README.md"

$(VENV)/benched: $(VENV)/built $(SOURCES) $(shell find benchmarks -name '*.py') benchmarks/requirements.txt $(if $(AGAIN),AGAIN)
	$(BIN)/pip install --quiet --requirement benchmarks/requirements.txt
	$(BIN)/python benchmarks/bench.py
	@touch $@

scale: $(VENV)/scaled  ## run the largest clouds, up to 1e8 points (an hour, 22 GB)
	@echo "The table is in benchmarks/scale.md"

$(VENV)/scaled: $(VENV)/built $(SOURCES) benchmarks/scale.py benchmarks/record.py $(if $(AGAIN),AGAIN)
	$(BIN)/python benchmarks/scale.py
	@touch $@

lint: $(VENV)/linted  ## ruff, codespell, mypy, docstrings
	@echo "Nothing to mend"

$(VENV)/linted: $(VENV)/built $(CHECKED) $(if $(AGAIN),AGAIN)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	@touch $@

clean:  ## remove what was built, keep the environment, the results and the finished tasks of sweeps
	rm -rf _build build dist .debug .lossbar/failed .lossbar/logs .lossbar/lock .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find lossbar_core \( -name '*.so' -o -name __pycache__ \) -prune -exec rm -rf {} +
	rm -f $(VENV)/built $(VENV)/tested $(VENV)/tested-debug $(VENV)/benched $(VENV)/scaled $(VENV)/linted
