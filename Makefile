# Everything runs in .venv, which is made when it is missing: Python 3.11 or newer is all it needs.
PYTHON ?= python3
BIN := .venv/bin
PROFILE ?= $(if $(CI),ci,dev)
STAMP := .venv/.installed
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test coverage check format bench clean

demo: $(STAMP)
	$(BIN)/python -m demos

test: $(STAMP)
	HYPOTHESIS_PROFILE=$(PROFILE) $(BIN)/python -m pytest -n auto

coverage: $(STAMP)
	HYPOTHESIS_PROFILE=$(PROFILE) $(BIN)/python -m pytest -n auto --cov --cov-report=term-missing:skip-covered

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) .peers/.installed
	$(BIN)/python -m benchmarks

.peers/.installed: benchmarks/peers.txt
	$(PYTHON) -m venv .peers
	.peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	touch $@

$(STAMP): pyproject.toml Makefile
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv .peers .pytest_cache .coverage .mypy_cache .ruff_cache .hypothesis build dist *.egg-info demos/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
