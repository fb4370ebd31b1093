# The front door. `make help` lists what there is.
#
# Everything is installed into .venv from the pinned, hashed requirements; a stamp file remembers
# which ones, so that nothing is installed twice. PYTHON chooses the interpreter (3.11 or newer).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; \
	done; true)
VENV := .venv
BIN := $(VENV)/bin
# Byte code is made when a module is first imported: that halves the wait for what is never used.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --no-compile
# Two test processes; the tests of a file stay together, because they share servers and an image.
# Files go out in the order of the tree (image, integration and scenarios before unit): by number of
# tests, the default, the few long tests would come last and one process would wait for the other.
WORKERS ?= -n 2 --dist loadfile --no-loadscope-reorder
PYTEST_ARGS ?=
RUN_ARGS ?=
DEMO_ARGS ?=
BASE ?=

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# --- environments --------------------------------------------------------------------------------

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed; name it with make PYTHON=/path/to/python3" >&2; exit 1; fi
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "venv is missing: on Debian and Ubuntu install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: pyproject.toml setup.py requirements/build.txt requirements/runtime.txt | $(BIN)/python
	@echo "Installing the monitor and what it needs (once, under a minute)"
	@$(INSTALL) --require-hashes -r requirements/build.txt
	@$(INSTALL) --require-hashes -r requirements/runtime.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "Installing what the tests and checks need (once)"
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

.venv-synapse/.ready: requirements/synapse.txt $(BIN)/python
	@echo "Installing a Matrix homeserver for the tests (once)"
	@$(BIN)/python -m venv .venv-synapse
	@.venv-synapse/bin/python -m pip --disable-pip-version-check --quiet install --no-compile \
		--require-hashes -r requirements/synapse.txt
	@touch $@

.PHONY: install
install: $(VENV)/.runtime ## create .venv with the monitor in it

.PHONY: dev
dev: $(VENV)/.dev ## the same with everything for tests and checks

# --- using it ------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.runtime ## watch the whole pipeline on sample feeds: no account, no network
	@$(BIN)/monitor demo $(DEMO_ARGS)

config.toml: | config.example.toml
	@cp config.example.toml $@
	@echo "Made config.toml from config.example.toml: yours to edit"

.PHONY: run
run: $(VENV)/.runtime config.toml ## the daemon with config.toml (made from the example if absent)
	@$(BIN)/monitor --config config.toml run $(RUN_ARGS)

# --- working on it -------------------------------------------------------------------------------

.PHONY: test
# Where byte code may not be kept, every process that a test starts compiles all libraries anew: a
# third of the time of a short command.
test: $(VENV)/.dev .venv-synapse/.ready ## all the tests
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest $(WORKERS) $(PYTEST_ARGS)

.PHONY: check
check: $(VENV)/.dev ## ruff, mypy --strict, import-linter, hadolint, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/python tools/generate.py --check
	$(BIN)/python tools/docs.py --check

.PHONY: bench
bench: $(VENV)/.dev ## the benchmarks
	@$(BIN)/python -m bench

.PHONY: docs
docs: $(VENV)/.dev ## write anew what is generated: schemas, entities, parts of docs/
	@$(BIN)/python tools/generate.py
	@$(BIN)/python tools/docs.py

.PHONY: image
image: ## build the container image (BASE=… for another base image)
	docker build --tag media-monitor --build-arg REVISION=$$(git rev-parse HEAD) \
		$(if $(BASE),--build-arg BASE=$(BASE)) .

LOCK := build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" --no-emit-index-url --no-emit-find-links \
	$(LOCK_ARGS)
LOCK_ARGS ?=

.PHONY: lock
lock: $(BIN)/python ## pin the requirements anew (LOCK_ARGS=--upgrade for newer versions)
	@$(BIN)/python -m venv build/lock
	@build/lock/bin/python -m pip --quiet install uv
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) pyproject.toml --extra postgres -c requirements/build.txt -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra postgres --group dev -c requirements/runtime.txt \
		-o requirements/dev.txt
	$(LOCK) requirements/synapse.in -o requirements/synapse.txt

.PHONY: clean
clean: ## remove what was made here, config.toml and data/ excepted
	rm -rf $(VENV) .venv-synapse build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
