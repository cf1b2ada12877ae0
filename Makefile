# What a newcomer types: make run, make test, make hunt, make bench, make lint. Each prepares what it needs, once.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test hunt bench lint messages permissions clean

PORT ?= 8501
WORKERS ?= 2
PY := .venv/bin/python
HASH := $(shell cksum < requirements.txt | cut -d' ' -f1)
DEV_HASH := $(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)
RUNTIME := .venv/.installed-$(HASH)
DEV := .venv/.installed-dev-$(DEV_HASH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export ONLY

run: $(RUNTIME)
	@$(PY) -m core init
	@$(PY) -m core demo --if-empty
	@echo "Salesbook opens at http://localhost:$(PORT) (Ctrl+C stops it)"
	@SALESBOOK_DEMO=true exec $(PY) -m streamlit run app.py --server.port $(PORT) --server.showEmailPrompt false

test: $(DEV)
	@$(PY) -m tests.browser
	@$(PY) -m tests.hosted
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup

hunt: $(DEV)
	@$(PY) -m pytest -n $(WORKERS) --hypothesis-profile hunt $$(grep -rl --include='test_*.py' hypothesis tests)

bench: $(DEV)
	@$(PY) -m tests.bench

lint: $(DEV)
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

messages: $(DEV)
	@$(PY) -m core.locale.update

permissions: $(DEV)
	@$(PY) -m tests.fences.permissions

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt
	@if ! $(PY) -m pip --version >/dev/null 2>&1; then \
	  for found in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	    if $$found -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	      echo "Creating .venv with $$($$found --version)"; $$found -m venv --clear .venv; break; \
	    fi; \
	  done; \
	fi
	@if ! $(PY) -m pip --version >/dev/null 2>&1; then \
	  echo "Salesbook needs Python 3.11 or later with its venv module, and none was found on PATH." >&2; \
	  echo "Install it (Debian and Ubuntu: apt-get install python3 python3-venv) and type the command again." >&2; \
	  exit 1; \
	fi
	@echo "Installing the libraries of requirements.txt (a minute or two, only this once)"
	@$(PY) -m pip install --quiet -r requirements.txt
	@rm -f .venv/.installed-[0-9]* && touch $@

$(DEV): $(RUNTIME) requirements-dev.txt
	@echo "Installing the libraries of requirements-dev.txt (only this once)"
	@$(PY) -m pip install --quiet -r requirements-dev.txt
	@rm -f .venv/.installed-dev-* && touch $@
