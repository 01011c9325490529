# Everything a newcomer or a build server types. Each target installs what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help system setup demo test lint serve bench bench-quality old-gumnut docs lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

# What pip cannot bring. Only root can install it; without exiftool and Chromium some tests are skipped, and say so.
system:
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || $(call debian,python3-venv)
	@command -v exiftool >/dev/null || $(call debian,libimage-exiftool-perl)
	@command -v chromium >/dev/null || $(call debian,chromium fonts-dejavu-core)

debian = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; \
	else echo "note: the package $(1) is not installed"; fi

$(READY): requirements.txt pyproject.toml | system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY) ## make .venv with everything, test tools included

demo: $(READY) ## add sample photos (or PHOTOS=folder) and search them through a real server
	@$(BIN)/python -m fototeca.demo $(PHOTOS)

test: $(READY) lint ## lint, type-check, import rule and every test
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(READY) ## ruff, mypy and the rooms' import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(READY) ## run the server on http://127.0.0.1:8000
	$(BIN)/fototeca serve

bench: $(READY) ## measure engine, ingest and catalogue; see benchmarks/
	$(BIN)/python -m benchmarks

bench-quality: $(READY) ## measure how well it finds, and write docs/quality.md anew
	$(BIN)/python -m benchmarks.quality --write

old-gumnut: $(READY) ## run the tests with two older releases of Gumnut's SDK
	for version in 0.78 0.154; do $(PYTHON) -m venv build/gumnut-$$version && \
	    build/gumnut-$$version/bin/pip install --quiet "gumnut-sdk==$$version.*"; done
	FOTOTECA_OLD_GUMNUT=build/gumnut-0.78/bin/python:build/gumnut-0.154/bin/python $(BIN)/python -m pytest tests/clients/test_gumnut_old.py

docs: $(READY) ## write the generated parts of docs/ anew
	$(BIN)/python -m fototeca.query.reference docs/query-language.md

lock: ## resolve requirements.txt anew from pyproject.toml (needs uv)
	uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
	    --group dev --extra ocr --custom-compile-command "make lock" -o requirements.txt pyproject.toml

clean: ## remove what was built
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
