# Everything for people and for CI. `make` alone lists the targets.
PYTHON ?= python3
# Options of the demo, e.g. `make demo ARGS="--fresh --open"`.
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help python setup demo test test-quick check clean

help:
	@echo "make demo        start everything with made-up data: sandbox, web server, scheduler"
	@echo "                 ARGS=\"--fresh\" new database, --open browser, --port N, --once"
	@echo "make test        all checks and tests, on SQLite and on MariaDB"
	@echo "make test-quick  tests on SQLite without browser, for the inner loop"
	@echo "make check       format, lint, types, import rules, mini-program checks"
	@echo "make setup       only install what the others need (they do it themselves)"
	@echo "make clean       remove what was installed and built; the demo's data stays"

# Before anything else: older versions fail with messages nobody understands.
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed. Another one: make PYTHON=python3.11 …")'

setup: python
	@$(PYTHON) -m tools.setup tests

demo: python
	@$(PYTHON) -m tools.setup demo
	@.venv/bin/python -m tools.demo $(ARGS)

test: python
	@$(PYTHON) -m tools.setup tests
	@.venv/bin/python -m tools.run_tests all

test-quick: python
	@$(PYTHON) -m tools.setup quick
	@.venv/bin/python -m tools.run_tests quick

check: python
	@$(PYTHON) -m tools.setup quick
	@.venv/bin/python -m tools.run_tests check

clean:
	rm -rf .venv node_modules var/phone var/logs var/setup.lock
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
