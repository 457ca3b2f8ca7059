# Recipes, not documentation: `make` lists them. A fresh clone needs Python 3.11, apt and make; nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

# Servers and tools that the tests drive for real, as command:debian-package. Later rooms add a pair and nothing else.
# The servers' commands stand outside the PATH of people.
TEST_TOOLS := xmlsec1:xmlsec1 \
              openssl:openssl \
              /usr/lib/rabbitmq/bin/rabbitmq-server:rabbitmq-server \
              /usr/lib/postgresql/15/bin/postgres:postgresql-15

# What the demo plays; `make demo DEMO="--residents 2000 --events 5000 --seed 7"` plays another day.
DEMO ?=

# What both benchmarks are told: `make bench BENCH=--quick` takes two minutes instead of half an hour.
BENCH ?=

# Tests run in as many processes as there are processors, a file or a demo to each (tests/conftest.py); `TESTS=` runs them in one.
TESTS ?= -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

# The day of `make long` as residents,events,seed; how often it is killed; and seconds after which one run has hung.
LONG     ?= 2000,5000,7
KILLS    ?= 10
PATIENCE ?= 3600

SOURCES := hub connectors tests scripts verifier $(wildcard bench)

.DEFAULT_GOAL := help
.PHONY: setup demo engine-demo engine-test test check bench chaos backlog long docs lock clean help tools static
.DELETE_ON_ERROR:

setup: $(STAMP) ## Make .venv with the locked dependencies, each checked by its hash

demo: $(STAMP) ## Play a day in the ward in var/demo, and verify its log
	$(BIN)/hub demo --home var/demo --fresh $(DEMO)

engine-demo: $(STAMP) tools ## The same day on real RabbitMQ and PostgreSQL, with 1, 2 and 4 workers, each compared with the embedded day
	$(BIN)/python -m scripts.engine.demo -o docs/reports/engine-demo.md $(DEMO)

check: $(STAMP) static ## Format, lint, types, import contracts and unit tests: about a minute
	$(BIN)/python -m pytest $(TESTS) tests/unit

test: $(STAMP) tools static ## Everything: check, and all tests with the real tools (installs them with apt if absent)
	$(BIN)/python -m pytest $(TESTS) tests

engine-test: $(STAMP) tools ## All tests on real RabbitMQ and PostgreSQL, also those that CI has no time for
	JUKI_HUB_ENGINE=1 $(BIN)/python -m pytest tests/engine

bench: $(STAMP) tools ## Messages a second, beside a naive pipeline in the same run: embedded, then on real servers (BENCH=--quick: a first look)
	JUKI_HUB_BENCH=1 $(BIN)/python -m pytest -q tests/engine/test_bench_engine.py
	$(BIN)/python -m bench $(BENCH)
	$(BIN)/python -m bench.engine $(BENCH)

chaos: $(STAMP) tools ## Days on real servers, struck at every step, process, server and line between them: 50,000 messages, 40 faults and more
	@scripts/debian ip:iproute2
	$(BIN)/python -m scripts.chaos $(CHAOS)

backlog: $(STAMP) tools ## A million deliveries for a recipient that is down, and what they cost the others
	$(BIN)/python -m scripts.backlog -o docs/reports/backlog.md $(BACKLOG)

# Not in CI: a quarter of an hour, in one process so that it is measured alone. Its figures go into docs/reports/large-day.md.
long: $(STAMP) ## The day of 2,000 residents: played and joined, then killed ten times; a quarter of an hour and more
	JUKI_HUB_LARGE_DAY=$(LONG) JUKI_HUB_PATIENCE=$(PATIENCE) $(BIN)/python -m pytest -s --timeout=0 tests/e2e/test_demo.py
	JUKI_HUB_DAY=$(LONG) JUKI_HUB_KILLS=$(KILLS) JUKI_HUB_PATIENCE=$(PATIENCE) \
	    $(BIN)/python -m pytest -s --timeout=0 tests/e2e/test_demo_killed.py

docs: $(STAMP) ## Write the generated pages of docs/ anew: codes, flows, safeguards
	$(BIN)/python -m scripts.errors_doc > docs/errors.md.new
	mv docs/errors.md.new docs/errors.md
	$(BIN)/python -m scripts.flows_doc > docs/flows.md.new
	mv docs/flows.md.new docs/flows.md
	$(BIN)/python -m scripts.safeguards_doc > docs/safeguards.md.new
	mv docs/safeguards.md.new docs/safeguards.md

lock: ## Resolve requirements/*.txt anew (needs `uv`); review the difference before committing it
	scripts/lock

clean: ## Remove caches, build results and the demo's home; .venv stays
	rm -rf build dist var/demo var/engine-demo var/chaos .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One recipe for people and for CI; mypy and the contracts see everything, so no change hides behind another.
static: $(STAMP)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports

tools:
	@scripts/debian $(TEST_TOOLS)

# The stamp is written last, so that a broken run is resumed; a changed lock is installed over what stands.
# `rm -r .venv` starts from nothing.
$(STAMP): requirements/dev.txt pyproject.toml
	@PYTHON=$(PYTHON) scripts/debian --python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
