# Every target bootstraps what it needs on a machine with only Python 3.11, git and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
READY := .venv/.ready
RUN := .venv/bin/

export UV_SYSTEM_CERTS = 1

.DEFAULT_GOAL := help
.PHONY: help demo test check simulate kills properties mutations bench lock format clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: $(READY)  ## a month of a clinic group's life, from the practice system into the books
	$(RUN)hub demo

test: $(READY) check  ## lint, types and every test, on SQLite and PostgreSQL
	$(RUN)pytest -q -n auto --dist loadgroup

check: $(READY)  ## ruff and the strict type checker
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy

simulate: $(READY)  ## N seeded schedules of faults and deaths of each scenario; an empty cell fails
	for one in $(or $(SCENARIO),harbour manly cards ndis); do \
	  $(RUN)hub simulate --scenario $$one --schedules $(or $(N),1000) --jobs 0 --every-cell || exit 1; \
	done

kills: $(READY)  ## N=100: kill and stop members of the running hub on each database, then compare the books
	$(RUN)python -m tests.kills --hits $(or $(N),100)

bench: $(READY)  ## latency of hints, pulling speed, requests per thousand invoices
	$(RUN)python -m tests.benchmarks

properties: $(READY)  ## the stateful properties, N times as far as in the tests (N=20)
	HUB_PROPERTIES=$(or $(N),20) $(RUN)pytest -q -n auto --timeout 0 tests/properties

mutations: $(READY)  ## planted defects that simulation alone must find
	$(RUN)python -m tests.mutations

format: $(READY)  ## rewrite the sources in the house style
	$(RUN)ruff check --fix .
	$(RUN)ruff format .

lock: $(UV)  ## choose versions anew and write requirements.lock
	$(UV) pip compile pyproject.toml --all-extras --generate-hashes --universal \
	  --python-version 3.11 --no-header --upgrade -o requirements.lock

$(READY): requirements.lock pyproject.toml | $(UV)
	test -x .venv/bin/python || $(UV) venv -q --python $(PYTHON) .venv
	$(UV) pip sync -q --python .venv/bin/python requirements.lock
	$(UV) pip install -q --python .venv/bin/python --no-deps -e .
	touch $@

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install -q --disable-pip-version-check uv

clean:  ## remove everything that was made
	rm -rf .venv .tools .hub .mypy_cache .ruff_cache .pytest_cache
