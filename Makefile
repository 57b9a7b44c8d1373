# `make demo` predicts a kernel that the repository carries; `make test` checks everything.
# Both make their own virtual environment, and need only Python 3.11 or later with pip.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test clean

demo: $(VENV)/.installed
	$(BIN)/ptxenergy predict examples/transpose.ptx --block 32x8
	@echo
	$(BIN)/ptxenergy predict examples/transpose.ptx --block 8x32

# Many tests start processes of their own: without bytecode each would compile all modules again.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# What tests import is compiled as they do; all of it would take minutes.
$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[test]'
	@touch $@ $(VENV)/.installed

# Some distributions ship Python without ensurepip: there, the pip that is at hand fills the
# environment.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("ptxenergy needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV) || { \
		$(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
