# tui-browser: `make run` opens the demo, `make test` runs all tests, `make check` is what a change must pass.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TORCH  ?= default
# Many tests wait for real sound, terminals and processes: a few at a time finish sooner.
TEST_JOBS ?= 3
# Where `make model` puts what it trains, and what else it is told.
MODEL ?= models/drums
MODEL_ARGS ?=
# The CPU build of PyTorch from PyTorch's own index: make run TORCH=cpu
TORCH_INDEX := $(if $(filter cpu,$(TORCH)),--extra-index-url https://download.pytorch.org/whl/cpu,)
PIP     := $(BIN)/python -m pip --disable-pip-version-check
# simpleaudio is built from source on Linux and wants ALSA's headers; without them miniaudio plays alone.
ALSA    := $(wildcard /usr/include/alsa/asoundlib.h)
EXTRAS  := $(if $(ALSA)$(filter Darwin,$(shell uname -s)),[simpleaudio],)
comma   := ,
DEV     := $(if $(EXTRAS),[simpleaudio$(comma)dev],[dev])

.PHONY: help run test check lint types contracts format model wheel clean pictures

help:  ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: $(VENV)/.run  ## Install into .venv and open the demo library
	$(BIN)/tui-browser --demo

test: $(VENV)/.dev  ## Install into .venv and run all tests
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile

check: lint types contracts test  ## Lint, types, import contracts and tests

pictures: $(VENV)/.dev  ## The pictures of the docs, made by the app itself
	$(BIN)/python -m benchmarks pictures --out docs

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# One core: some 13 minutes of making views and examples, 37 of training the encoder, 60 of the decoder that makes sounds.
model: $(VENV)/.dev  ## Train the shipped model: make model POOL=folder with pool.tsv and pool/ (2 hours; a killed run goes on)
	@test -n "$(POOL)" || { echo "make model POOL=folder: the folder with pool.tsv and pool/"; exit 2; }
	$(BIN)/python -m tui_browser.encode.training --pool "$(POOL)" --out $(MODEL) --resume --minutes 37 \
	  --apart cadence js30 fluidr3_standard --map-steps 700 $(MODEL_ARGS)
	$(BIN)/python -m tui_browser.encode.sound_training --pool "$(POOL)" --out $(MODEL) --steps 10000

wheel: $(VENV)/.dev  ## Build a wheel into dist/
	$(PIP) wheel --no-deps --wheel-dir dist .

clean:  ## Remove .venv and build products
	rm -rf $(VENV) dist build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tui-browser needs Python 3.11 or newer (make PYTHON=python3.12)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV): about 0.33 GB with PyTorch's CPU build (make run TORCH=cpu), up to 2.7 GB with the default one on Linux."
	$(PIP) install -q $(TORCH_INDEX) -c constraints.txt -e '.$(EXTRAS)' \
	  || $(PIP) install -q $(TORCH_INDEX) -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV): about 0.4 GB with PyTorch's CPU build (make test TORCH=cpu), up to 2.8 GB with the default one on Linux."
	$(PIP) install -q $(TORCH_INDEX) -c constraints.txt -e '.$(DEV)' \
	  || $(PIP) install -q $(TORCH_INDEX) -c constraints.txt -e '.[dev]'
	@touch $@
