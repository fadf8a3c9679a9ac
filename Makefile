# make ask     set up, index the starter articles, answer Q, or chat     ARTICLES=folder asks your own
# make bot     the same articles in Telegram; ARTICLEBOT_TELEGRAM_TOKEN is the token, DEMO=1 tries it without one
# make test    set up with all tools, then what CI runs
# make docs    what README and docs show, made anew: what commands print, figures, pictures
# make check-all   the full counts and sizes, resumable; writes the figures that the docs quote
# make reader TRAINING=folder   train a reader, two to three hours on two cores; goes on where it was stopped
# make bench   us beside what people would use instead, half an hour or more; QUICK=1 tries it with 30 articles
# make lock    resolve the lock files anew (see docs/contributing.md, "Locks")

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# what we are measured against has an environment of its own, which neither CI nor users need
BENCH := .venv-bench
TORCH := 2.13.0
STARTER := .articlebot/starter
# one's own articles get an index of their own, named after their folder; some names are taken
NAME := $(notdir $(abspath $(ARTICLES)))
OWN := .articlebot/$(NAME)$(if $(filter starter index latest eval reader learned checks,$(NAME)),-articles)

.PHONY: ask bot setup setup-dev test lint docs reader check-all bench lock clean

# Makes or updates the index, and leaves its name for commands without --index, where .articlebot/index is not there.
define indexed
if [ -n "$(ARTICLES)" ]; then articles="$(ARTICLES)"; index="$(OWN)"; else articles=seeds/articles; index="$(STARTER)"; fi; \
$(BIN)/articlebot index "$$articles" --index "$$index" >&2; \
printf '%s\n' "$$index" > .articlebot/latest; \
if [ -e .articlebot/index/CURRENT ]; then echo "articlebot: this asks $$index; commands without --index ask .articlebot/index" >&2; fi;
endef

# The question goes through the environment: quotes and dollars in it mean nothing to the shell.
export ARTICLEBOT_QUESTION := $(value Q)

ask: $(VENV)/.ready
	@$(indexed) \
	if [ -n "$$ARTICLEBOT_QUESTION" ]; then $(BIN)/articlebot ask --index "$$index" -- "$$ARTICLEBOT_QUESTION"; \
	elif [ -t 0 ]; then $(BIN)/articlebot chat --index "$$index"; \
	else echo 'Name a question: make ask Q="Quelles bases militaires russes sont citées ?"' >&2; exit 1; fi

bot: $(if $(DEMO),$(VENV)/.ready-dev,$(VENV)/.ready)
	@$(indexed) \
	exec $(BIN)/articlebot bot --index "$$index" $(if $(DEMO),--demo)

setup: $(VENV)/.ready

setup-dev: $(VENV)/.ready-dev

# torch comes first and by version: left to the resolver it would bring several GB of CUDA. Its own
# requirements, and all else, come from the locks, with hashes.
$(VENV)/.torch:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(f"articlebot: Python {v[0]}.{v[1]} found, 3.11 or newer wanted; name one: make ask PYTHON=python3.12") if v < (3, 11) else None'
	@echo "Setting up $(VENV); this takes some minutes the first time …" >&2
	@$(PYTHON) -m venv $(VENV) || { echo "articlebot: no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps torch==$(TORCH)
	@touch $@

$(VENV)/.ready: $(VENV)/.torch requirements/base.lock pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/base.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.lock
	@touch $@

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.ready-dev lint
	$(BIN)/pytest -n 2 --cov --cov-report=term:skip-covered -m "not full"
	$(BIN)/articlebot eval seeds --floor hit@4000=0.95 --floor valid=1 --floor second=0.98 --floor balanced=0.60 --floor answer@600=0.60 --floor first=0.68 --floor useful=0.50

docs: $(VENV)/.ready-dev
	$(BIN)/python -m tests.test_docs
	$(BIN)/python -m tests.pictures

reader: $(VENV)/.ready-dev
	@[ -n "$(TRAINING)" ] || { echo 'Name a folder with passages.jsonl and questions.jsonl: make reader TRAINING=folder' >&2; exit 1; }
	$(BIN)/articlebot train reader "$(TRAINING)" --out .articlebot/reader

# Each part leaves a stamp, so that a run that was stopped goes on with the part that it was in; a part takes
# at most 60 minutes. `make check-all EVALS=folder` also measures the evaluation sets in that folder, and with
# TRAINING=folder, which the reader learned from, the reader alone; UNLEARNED are sets that it holds nothing of.
# PAGES=folder measures what is read of the labelled pages in it, beside other readers; OUTPUTS=folder what comes of
# the outputs of language models in it.
CHECKS := .articlebot/checks
FIGURES := tests/benchmarks/figures
SETS = $(patsubst %/questions.jsonl,%,$(wildcard $(EVALS)/*/questions.jsonl))
UNLEARNED := m2qa_news clapnq afriqa_fr
PARTS := full-index full-retrieval full-bot starter-figures search-speed update-speed start-speed load-speed liar-figures fifty-figures chat-load news-figures
PARTS += database-speed crowd-load workers-figures
PARTS += $(if $(PAGES),reading-figures) $(if $(OUTPUTS),replay-figures)
PARTS += $(if $(EVALS),news-set-figures database-sets evaluation-figures ablation-figures scripted-figures $(if $(TRAINING),reader-figures))

# $(call figures,command,file): what a command prints goes to a file of FIGURES once it is whole
define figures
@mkdir -p $(@D)
$(1) > $@.txt
@mv $@.txt $(FIGURES)/$(2) && touch $@
endef

check-all: $(addprefix $(CHECKS)/,$(PARTS))
	@rm -rf $(CHECKS)
	@echo "check-all: every part passed; figures are in $(FIGURES)"

$(CHECKS)/full-%: $(VENV)/.ready-dev
	$(BIN)/pytest -n 2 -m full tests/$*
	@mkdir -p $(@D) && touch $@

$(CHECKS)/starter-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/articlebot eval seeds,starter.txt)

$(CHECKS)/search-speed: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.search_speed,search_speed.txt)

$(CHECKS)/update-speed: $(VENV)/.ready-dev $(BENCH)/.ready
	$(call figures,$(BIN)/python -m tests.benchmarks.updates --rivals $(BENCH)/bin/python,updates.txt)

$(CHECKS)/start-speed: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.starting,starting.txt)

$(CHECKS)/load-speed: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.load,load.txt)

$(CHECKS)/news-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.news,news.txt)

$(CHECKS)/news-set-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.news --set "$(EVALS)/afriqa_fr",news_set.txt)

$(CHECKS)/database-speed: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.rivals.postgres --sizes 10000 100000 1000000,postgres.txt)

$(CHECKS)/database-sets: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.rivals.postgres --sets $(SETS),postgres_sets.txt)

$(CHECKS)/crowd-load: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.rivals.crowd,crowd.txt)

$(CHECKS)/workers-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.rivals.workers --articles 30 --clock,workers.txt)

$(CHECKS)/chat-load: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.bot.telegram.load,chat_load.txt)

$(CHECKS)/liar-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.models.liar,liar.txt)

# what a person said of a row stays while the row does
$(CHECKS)/fifty-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.fifty --judged $(FIGURES)/fifty.md,fifty.md)

$(CHECKS)/evaluation-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/articlebot eval --details $(SETS),evaluation.txt)

$(CHECKS)/ablation-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/articlebot ablate seeds $(SETS),ablation.txt)

$(CHECKS)/scripted-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.models.scripted $(SETS),scripted.txt)

$(CHECKS)/replay-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.models.replay "$(OUTPUTS)",replay.txt)

$(CHECKS)/reading-figures: $(VENV)/.ready-dev $(BENCH)/.ready
	$(call figures,$(BIN)/python -m tests.benchmarks.reading "$(PAGES)" --rivals $(BENCH)/bin/python,reading.txt)

$(CHECKS)/reader-figures: $(VENV)/.ready-dev
	$(call figures,$(BIN)/python -m tests.benchmarks.reader "$(TRAINING)" $(filter $(addprefix %/,$(UNLEARNED)),$(SETS)),reader.txt)

# `make bench SIZES=10000,20000`: other numbers of articles. EVALS=folder: also hit@4000 on the sets in that folder.
bench: $(VENV)/.ready $(BENCH)/.ready
ifdef QUICK
	$(BIN)/python -m tests.benchmarks.bench --rivals $(BENCH)/bin/python --quick
else
	@mkdir -p .articlebot
	$(BIN)/python -m tests.benchmarks.bench --rivals $(BENCH)/bin/python $(if $(SIZES),--sizes $(SIZES)) $(if $(EVALS),--sets $(SETS)) > .articlebot/bench.txt
	@mv .articlebot/bench.txt $(FIGURES)/bench.txt && cat $(FIGURES)/bench.txt
endif

$(BENCH)/.ready: requirements/bench.lock
	@echo "Setting up $(BENCH), what we are measured against; this takes some minutes the first time …" >&2
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps torch==$(TORCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/bench.lock
	@touch $@

lock: $(VENV)/.ready-dev
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml requirements/torch.in -o requirements/base.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --all-extras pyproject.toml requirements/torch.in -c requirements/base.lock -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 requirements/bench.in requirements/torch.in -c requirements/dev.lock -o requirements/bench.lock

clean:
	rm -rf $(VENV) $(BENCH) .articlebot .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage*
