# `make derive` and `make test` need nothing but Python 3.11 or newer, make and a package index.

.DEFAULT_GOAL := help
.PHONY: help derive test lint types imports gallery clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

# Exit status: 0 fit, 2 new enough but unable to make an environment, anything else unfit.
FIT := import sys; sys.version_info >= (3, 11) or sys.exit(1); \
       from importlib.util import find_spec as f; f("venv") and f("ensurepip") or sys.exit(2)

# The stamps of a moved checkout, or of an environment whose Python is gone, are void.
$(shell [ "$$(cat $(VENV)/home 2>/dev/null)" = "$(CURDIR)" ] && $(BIN)/python -c '' 2>/dev/null \
        || rm -f $(VENV)/run.stamp $(VENV)/dev.stamp)

help:
	@echo 'make derive    print the derivation of one ReLU neuron, as text and as LaTeX'
	@echo 'make test      everything: lint, types, imports, tests, doctests'
	@echo 'make lint      ruff: rules and formatting'
	@echo 'make types     mypy --strict'
	@echo 'make imports   the direction of imports'
	@echo 'make gallery   print derivations/ anew'
	@echo 'make clean     remove the environment and all caches'
	@echo 'PYTHON=...     the Python to make the environment with (3.11 or newer)'

derive: $(VENV)/run.stamp
	@$(BIN)/symbackprop derive relu --format text
	@echo
	@$(BIN)/symbackprop derive relu

test: lint types imports
	$(BIN)/python -m pytest --numprocesses auto $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

types: $(VENV)/dev.stamp
	$(BIN)/python -m mypy

imports: $(VENV)/dev.stamp
	$(BIN)/lint-imports

gallery: $(VENV)/dev.stamp
	$(BIN)/python -m tests.gallery --write

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find symbackprop tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps, because `make derive` should not have to wait for the tools of `make test`.
$(VENV)/run.stamp: pyproject.toml
	@$(environment)
	@$(PIP) --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml
	@$(environment)
	@$(PIP) --editable '.[dev]'
	@touch $(VENV)/run.stamp $@

# Keeps an environment that works, and otherwise makes one with the first Python that is fit.
define environment
if [ "$$(cat $(VENV)/home 2>/dev/null)" != "$(CURDIR)" ] || ! $(BIN)/python -c '$(FIT)' 2>/dev/null; then \
    old=; found=; \
    for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
        $$python -c '$(FIT)' 2>/dev/null; \
        case $$? in 0) found=$$python; break;; 2) old=$$python;; esac; \
    done; \
    if [ -z "$$found" ] && [ -n "$$old" ]; then \
        echo "$$old cannot make virtual environments: install its venv module (on Debian: python3-venv)" >&2; exit 1; \
    elif [ -z "$$found" ]; then \
        echo "symbackprop needs Python 3.11 or newer; none was found. Name it with make PYTHON=/path/to/python" >&2; exit 1; \
    fi; \
    echo "Making $(VENV) with $$($$found --version), once" >&2; \
    $$found -m venv --clear $(VENV) && echo "$(CURDIR)" > $(VENV)/home || exit 1; \
fi
endef
