# Everything sets itself up in .venv; a machine needs Python 3.11 or newer, and make.
#   make demo    an evaluation that prints a table
#   make test    the quick tests
#   make ci      all that must hold
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-$(shell cksum pyproject.toml 2>/dev/null | cut -d' ' -f1)

.PHONY: demo test test-slow test-browser test-extras test-train lint format ci clean

demo: $(VENV)/.demo
	MEMENV_DB=$(VENV)/demo.db $(BIN)/memenv eval --agent lines --suite quick
	MEMENV_DB=$(VENV)/demo.db $(BIN)/memenv eval --agent recent --suite quick --capacity tight

test: $(READY)
	$(BIN)/python -m pytest -n auto -m "not slow and not browser"

test-slow: $(READY)
	$(BIN)/python -m pytest -n auto -m slow

# The pages in a real browser. pip does not have Chromium: Debian has, and where there is none, the
# tests say so and are skipped.
test-browser: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,browser]"
	command -v chromium || timeout 300 apt-get install -y -qq chromium chromium-driver || true
	MEMENV_BROWSER=$$(command -v chromium >/dev/null && echo required) \
	  $(BIN)/python -m pytest -m browser tests/leaderboard/pages

# What needs more than the package and its test tools: the tokenizer is trained again and compared,
# the benchmarks run, and mem0 is evaluated.
test-extras: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,tokenizer,bench,mem0]"
	$(BIN)/python -m pytest -m slow tests/test_tokens.py
	$(BIN)/python -m pytest tests/baselines/test_mem0.py
	$(BIN)/python benchmarks/speed.py --size 100 --no-streams
	$(BIN)/python benchmarks/hostile.py

# What learns needs torch and what goes with it, gigabytes that have an environment of their own.
TORCH ?= torch==2.13.0
test-train:
	test -x $(VENV)-train/bin/python || $(PYTHON) -m venv $(VENV)-train
	$(VENV)-train/bin/python -m pip install --quiet --disable-pip-version-check "$(TORCH)"
	$(VENV)-train/bin/python -m pip install --quiet --disable-pip-version-check -e ".[dev,sb3,tensorboard,train]"
	$(VENV)-train/bin/python -m pytest tests/training tests/llm tests/baselines/test_compact.py tests/test_wrappers.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

ci: test lint test-slow test-browser test-extras

clean:
	rm -rf $(VENV) $(VENV)-train .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "memenv needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1): make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The demo needs the package alone; the tests need their tools too.
$(VENV)/.demo: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(READY): $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@ $(VENV)/.demo
