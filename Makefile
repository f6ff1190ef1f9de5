# Two commands: `make run` starts the product, `make test` runs every check. Both are idempotent.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test setup setup-test lint types contracts unit fuzz translations clean-build

PY := .venv/bin/python
export PORT ?= 8000

run: setup
	@$(PY) -m app.supervisor

setup:
	@tools/setup.sh run

setup-test:
	@tools/setup.sh test

test: setup-test lint types contracts unit

lint:
	@echo "== ruff: style and mistakes"
	@.venv/bin/ruff check app wsgi.py

types:
	@echo "== mypy: strict types"
	@.venv/bin/mypy

contracts:
	@echo "== import contracts: four floors"
	@.venv/bin/lint-imports

unit:
	@echo "== pytest: everything, on SQLite, PostgreSQL, Redis and Chromium"
	@tools/test.sh

fuzz:
	@$(PY) tests/fuzz/feel_fuzz.py -max_total_time=600

translations:
	@tools/translations.sh

clean-build:
	rm -rf .setup app/static/dist frontend/node_modules
