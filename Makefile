# Two commands do all the set-up: `make lab` opens the course, `make test` proves it.

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(shell command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $(p))))
BIN := .venv/bin
SETUP := pyproject.toml constraints.txt mnemo_helpers/labextension/package.json
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help lab test test-server test-seed build bench clean

help:
	@echo "make lab     set up and open the course (make lab ARGS=--no-browser prints the address only)"
	@echo "make test    set up and prove everything, every notebook included"
	@echo "make build   build notebooks/ from lessons/"
	@echo "make bench   measure, as ratios"
	@echo "make clean   remove what the commands above made here (never workbook/, never a learner's databases)"

lab: .venv/.lab
	@$(BIN)/mnemo lab $(ARGS)

test: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/mnemo build --check
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

# What depends on the server's version, on another server: MNEMO_SERVER=local:/path/to/bin make test-server
test-server: .venv/.test
	$(BIN)/pytest -n $(WORKERS) --dist loadfile tests/integration tests/graders tests/notebooks $(ARGS)

# What must hold whatever the data, on other data: MNEMO_SEED=11 make test-seed
test-seed: .venv/.test
	@test -n "$$MNEMO_SEED" || { echo "Name other data: MNEMO_SEED=11 make test-seed"; exit 1; }
	$(BIN)/pytest -n $(WORKERS) --dist loadfile notebooks/2_indexing $(ARGS)

build: .venv/.test
	$(BIN)/mnemo build $(ARGS)

bench: .venv/.test
	$(BIN)/python -m tests.benchmarks $(ARGS)

clean:
	@if [ -x $(BIN)/mnemo ]; then export MNEMO_STATE=$(CURDIR)/.cache/state; $(BIN)/mnemo stop || true; \
		rm -rf "$$($(BIN)/python -c 'from mnemo_helpers import places; print(places.server())')"; fi
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written only when the installation went through, so an interrupted one is done again.
.venv/.lab: $(SETUP) | .venv/bin/python
	@echo "Installing what the course needs: about a minute, once."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.test: $(SETUP) | .venv/bin/python
	@echo "Installing what the course and its tests need: about two minutes, once."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch .venv/.lab $@

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Mnemo needs Python 3.11 or later, and none was found. Install one, or name it: make lab PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is missing or incomplete. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
