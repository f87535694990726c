# tui-browser: `make run` opens the demo, `make test` runs all tests, `make check` is what a change must pass.

PYTHON ?= python3
VENV   := .venv
TOOLS  := build/tools
BIN    := $(VENV)/bin
TORCH  ?= default
# Many tests wait for real sound, terminals and processes: a few at a time finish sooner.
TEST_JOBS ?= 3
# Where `make model` puts what it trains, and what else it is told.
MODEL ?= models/general
STAGES ?= $(HOME)/.cache/tui-browser/model
MODEL_ARGS ?=
PIP     := $(BIN)/python -m pip --disable-pip-version-check
# pip takes only files whose hashes stand in requirements/, and fetches nothing while it builds one.
HASHED  := $(PIP) install -q --require-hashes --no-deps --no-build-isolation
# The CPU build of PyTorch comes from PyTorch's own index, and nothing else does: make run TORCH=cpu
TORCH_PIN := $(shell grep ^torch== constraints.txt)
TORCH_CPU := $(PIP) install -q --no-deps --index-url https://download.pytorch.org/whl/cpu $(TORCH_PIN)
# A machine may hold a build on its own disk (pip's find-links), such as the CPU build; else it comes from the index.
TORCH_ANY := $(PIP) install -q --no-deps --no-index $(TORCH_PIN) 2>/dev/null || $(HASHED) -r requirements/torch.txt
HAS_CPU   := $(BIN)/python -c 'import sys; from importlib.metadata import version; sys.exit("+cpu" not in version("torch"))'
# simpleaudio is built from source on Linux and wants ALSA's headers; without them miniaudio plays alone.
ALSA    := $(wildcard /usr/include/alsa/asoundlib.h)
SOUND   := $(ALSA)$(filter Darwin,$(shell uname -s))
LISTS   := $(wildcard requirements/*.txt)

# $(call install,LIST): build tools, PyTorch, the packages of a list, simpleaudio where it can be built, the project.
define install
	$(HASHED) -r requirements/build.txt
	$(if $(filter cpu,$(TORCH)),$(TORCH_CPU),$(TORCH_ANY))
	@$(HAS_CPU) || { set -x; $(HASHED) -r requirements/cuda.txt; }
	$(HASHED) -r requirements/$(1).txt
	$(if $(SOUND),$(HASHED) -r requirements/simpleaudio.txt || echo "simpleaudio cannot be built here: miniaudio plays alone")
	$(PIP) install -q --no-deps --no-build-isolation -e .
endef

.PHONY: help run test quick attack check lint types contracts format pages snapshots screenshots dev model motion wheel lock clean

help:  ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: $(VENV)/.run  ## Install into .venv and open the demo library
	$(BIN)/tui-browser --demo

test: $(VENV)/.dev  ## Install into .venv and run all tests
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile

quick: $(VENV)/.dev  ## Run the tests that are not marked slow
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile -m "not slow and not attack"

attack: $(VENV)/.dev  ## Attack the listener, the library and what else strangers reach: ten minutes
	$(BIN)/python -m pytest -m attack tests/attack

check: lint types contracts test  ## Lint, dependencies, types, import contracts and tests

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/deptry .

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pages: $(VENV)/.dev  ## Write docs/keys.md and docs/settings.md from the program
	$(BIN)/python -c "from tui_browser.ui.keys.manual import markdown; from tui_browser.ui.commands.table import command_keys; print(markdown(command_keys()), end='')" > docs/keys.md
	$(BIN)/python -c "from tui_browser.config.settings import settings_page; print(settings_page(), end='')" > docs/settings.md

snapshots: $(VENV)/.dev  ## Write the snapshots of the screens anew; look at the difference before you commit
	UPDATE_SNAPSHOTS=1 $(BIN)/python -m pytest -q tests/ui/test_snapshots.py

screenshots: $(VENV)/.dev  ## Make all pictures of the docs from the program
	$(BIN)/python -m benchmarks pictures --out docs
	$(BIN)/python -m benchmarks page-pictures --out docs
	$(BIN)/python -m benchmarks workbench-pictures --out docs
	$(BIN)/python -m benchmarks demo --out docs/demo.svg
	$(BIN)/python -m benchmarks scenes --out docs

dev: $(VENV)/.dev  ## Run the app on the demo with Textual's console (another terminal: .venv/bin/textual console)
	TEXTUAL=devtools,debug $(BIN)/tui-browser --demo

# One core: some 13 minutes of making views and examples, 37 of training the encoder, 60 of the decoder that makes sounds.
model: $(VENV)/.dev  ## Train the shipped model: make model POOL=folder FONTS="a.sf2 b.sf3" (3 hours; a killed run goes on)
	@test -n "$(POOL)" -a -n "$(FONTS)" || { echo 'make model POOL=folder FONTS="fonts": pool.tsv with pool/, and MIT sound fonts'; exit 2; }
	$(BIN)/python -m tui_browser.training.rendered.make --pool "$(POOL)" --font $(FONTS) --out $(STAGES)/rendered
	$(BIN)/python -m tui_browser.training.encoder.train --pool "$(POOL)" --rendered $(STAGES)/rendered --resume \
	  --out $(STAGES)/kinds --start models/drums --blend models/drums 0.4 --steps 2400 --map-steps 700 --set batch=96 rate=1e-3 \
	  --apart cadence js30 fluidr3_standard mercury_misc sp_misc microlag naad_tabla adafruit horse_pulse freepats_hang dirt_bass1
	$(BIN)/python -m tui_browser.training.encoder.train --pool "$(POOL)" --rendered $(STAGES)/rendered --resume \
	  --out $(MODEL) --start $(STAGES)/kinds --keep models/drums --blend models/drums 0.3 --steps 1300 --map-steps 700 \
	  --set batch=96 rate=7e-4 --apart cadence js30 fluidr3_standard adafruit dirt_bass1 freepats_hang fugue_misc $(MODEL_ARGS)
	$(BIN)/python -m tui_browser.training.decoder.train --pool "$(POOL)" --rendered $(STAGES)/rendered --out $(MODEL) \
	  --drum-views 3 --synth 400 --steps 10000
	$(BIN)/python -m tui_browser.training.sound_words.train --pool "$(POOL)" --model $(MODEL) --out $(MODEL)/words.json

motion: $(VENV)/.dev  ## Train the visualiser's model: make motion POOL=folder with pool.tsv and pool/ (some minutes)
	@test -n "$(POOL)" || { echo "make motion POOL=folder: the folder with pool.tsv and pool/"; exit 2; }
	$(BIN)/python -m tui_browser.training.visualiser.train --pool "$(POOL)" --out models/motion --steps 8000

wheel: $(VENV)/.dev $(TOOLS)/bin/uv  ## Build a wheel into dist/, and the list of what it needs (CycloneDX) beside it
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	cat requirements/run.txt requirements/torch.txt requirements/cuda.txt | \
	  $(TOOLS)/bin/cyclonedx-py requirements - --pyproject pyproject.toml --output-reproducible --of JSON \
	  -o dist/tui-browser-$$($(BIN)/python -c 'from tui_browser.version import __version__; print(__version__)').cdx.json

lock: $(TOOLS)/bin/uv  ## Resolve all packages again, within constraints.txt, and write requirements/
	$(PYTHON) requirements/lock.py --uv $(TOOLS)/bin/uv

clean:  ## Remove .venv and build products
	rm -rf $(VENV) dist build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tui-browser needs Python 3.11 or newer (make PYTHON=python3.12)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml $(LISTS)
	@echo "Installing into $(VENV): about 0.33 GB with PyTorch's CPU build (make run TORCH=cpu), up to 2.7 GB with the default one on Linux."
	$(call install,run)
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml $(LISTS)
	@echo "Installing into $(VENV): about 0.4 GB with PyTorch's CPU build (make test TORCH=cpu), up to 2.8 GB with the default one on Linux."
	$(call install,dev)
	@touch $@

$(TOOLS)/bin/uv: requirements/tools.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip --disable-pip-version-check install -q --require-hashes --no-deps -r requirements/tools.txt
