# Every target sets up what it needs. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup chat test check eval clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/'

# PyTorch's own index has builds without CUDA; plain pip's index has not everywhere. It is used where it answers.
TORCH_INDEX := https://download.pytorch.org/whl/cpu
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Python 3.11 to 3.13 is needed; name one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(PIP) --upgrade pip
	$(PIP) --no-deps $$(grep '^torch==' requirements.lock) $$($(BIN)/python -c 'import urllib.request; urllib.request.urlopen("$(TORCH_INDEX)/", timeout=5)' 2>/dev/null && echo --extra-index-url $(TORCH_INDEX))
	$(PIP) --no-deps --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m knowledge setup
	touch .venv/ready

setup: .venv/ready  ## make .venv from the lock and export the embedder

chat: setup  ## serve the chat on http://127.0.0.1:7860
	$(BIN)/python app.py

test: setup  ## every test, with coverage
	$(BIN)/python -m coverage erase
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered

check: setup  ## style, types and architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py tests/test_public_names.py

eval: setup  ## the project's own cases, as a table
	$(BIN)/python -m evals run own

clean:  ## remove what set-up and the tools made
	rm -rf .venv .node .library results screenshots .mypy_cache .pytest_cache .ruff_cache .coverage* build *.egg-info
