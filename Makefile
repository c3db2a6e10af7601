# make run   the app on your camera, in its own virtual environment (light: no TensorFlow)
# make test  lint, types and all tests, in the test environment
# make train-env  what `python -m training` needs, in .venv-train
# make build  the wheel, in dist/
# Windows: see the pip lines in README.md.

RUN_ENV   := .venv
TEST_ENV  := .venv-test
TRAIN_ENV := .venv-train
PIP       := python -m pip install --quiet --disable-pip-version-check
HEADLESS  := $(shell sed -n 's/.*"opencv-python\(==[^"]*\)".*/opencv-python-headless\1/p' pyproject.toml)

# The first Python that TensorFlow and the rest have wheels for. Override: make run PYTHON=/path/to/python3
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$python && break; done)

# $(call make_env,FOLDER,[EXTRA]): the project itself, editable, and what it depends on. opencv-python needs libGL and
# friends from the system; the headless build of the same version does everything but the window.
define make_env
	@test -n "$(PYTHON)" || { echo "error: needs Python 3.11, 3.12 or 3.13; install one, or: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up $(1) (once)"
	@$(PYTHON) -m venv --clear $(1) || { echo "error: $(PYTHON) has no venv; on Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(1)/bin/$(PIP) --editable '.$(2)'
	@$(1)/bin/python -c 'import cv2' 2>/dev/null || { \
		echo "This system lacks what OpenCV's window needs (on Debian and Ubuntu: sudo apt install libgl1 libglib2.0-0)."; \
		echo "Using $(HEADLESS): everything works but the window."; \
		$(1)/bin/python -m pip uninstall --quiet --yes opencv-python && $(1)/bin/$(PIP) $(HEADLESS); }
	@touch $(1)/.ready
endef

.PHONY: run test lint types audit pytest coverage train-env build clean

run: $(RUN_ENV)/.ready
	@$(RUN_ENV)/bin/python run_webcam.py $(ARGS)

test: lint types audit pytest

lint: $(TEST_ENV)/.ready
	$(TEST_ENV)/bin/ruff check .
	$(TEST_ENV)/bin/ruff format --check .

types: $(TEST_ENV)/.ready
	$(TEST_ENV)/bin/mypy

audit: $(TEST_ENV)/.ready
	$(TEST_ENV)/bin/python tests/audit.py

pytest: $(TEST_ENV)/.ready
	$(TEST_ENV)/bin/python -m pytest $(ARGS)

# How much of the code the tests run through, and whether that is enough; not part of `make test`, which it slows by half.
coverage: $(TEST_ENV)/.ready
	$(TEST_ENV)/bin/python -m pytest --cov --cov-report=json:.coverage.json
	$(TEST_ENV)/bin/python tests/bars.py .coverage.json

train-env: $(TRAIN_ENV)/.ready
	@echo "Train with: $(TRAIN_ENV)/bin/python -m training train --data DIR --run runs/NAME"

build: $(RUN_ENV)/.ready
	@$(RUN_ENV)/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	@ls -l dist

$(RUN_ENV)/.ready: pyproject.toml
	$(call make_env,$(RUN_ENV))

$(TRAIN_ENV)/.ready: pyproject.toml
	$(call make_env,$(TRAIN_ENV),[train])

$(TEST_ENV)/.ready: pyproject.toml
	$(call make_env,$(TEST_ENV),[test])

clean:
	rm -rf $(RUN_ENV) $(TEST_ENV) $(TRAIN_ENV) dist .mypy_cache .ruff_cache .pytest_cache
