# make run         set up what is missing, run the study in CONFIG (the embedded default), print what it found
# make plan        say in ten lines what the study in CONFIG would still do: jobs, samples, hours, disk
# make test        set up, then all checks and tests (20 minutes on two cores)
# make test-fast   the tests that need seconds; make test-thorough adds whole dumps, and every user under every sandbox
# make benchmarks  speed, beside others', in one run
# make reproduce MANIFEST=results/demo/manifest.json
#                  run a study again from the manifest of a run, as results/<run>-reproduced, and say file by file whether the same came out
# make show RUN=demo PROBLEM=HumanEval/5 OUTCOME=failed
#                  print samples with reason and text; BENCHMARK, MODEL, ANSWER, SCORE, FIRST narrow it down, ARGS="--solved-by a --not-by b" asks more
# make environments, make fetch, make clean-environments
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Nothing of the user's Python reaches ours (envs/clean.sh says what), and text is UTF-8 whatever the locale.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE PYTHONPLATLIBDIR PYTHONSAFEPATH PYTHONOPTIMIZE PYTHONWARNINGS PYTHONINSPECT PYTHONIOENCODING PYTHONDONTWRITEBYTECODE
export PYTHONNOUSERSITE = 1
export PYTHONUTF8 = 1

PYTHON ?= python3
CONFIG ?= config/config.yaml
# More arguments for snakemake, such as SNAKEMAKE_ARGS="--cores 1".
SNAKEMAKE_ARGS ?=
ACCELERATOR ?= $(shell nvidia-smi --list-gpus >/dev/null 2>&1 && echo gpu || echo cpu)

BIN := .venvs/workflow/bin
WORKFLOW := .venvs/workflow/.complete
DEVELOPMENT := .venvs/workflow/.development
VLLM := .venvs/vllm/.$(ACCELERATOR)

.PHONY: run plan show test test-fast test-thorough check ruff types snakefmt lint fetch reproduce environments development benchmarks clean-environments
run: environments
	@envs/run.sh --configfile $(CONFIG) $(SNAKEMAKE_ARGS)
	$(BIN)/python scripts/show_run.py --configfile $(CONFIG)

plan: environments
	@$(BIN)/python scripts/plan_run.py --configfile $(CONFIG)

# What needs a network, so that everything else runs without one.
fetch: environments
	@envs/run.sh fetch --configfile $(CONFIG) $(SNAKEMAKE_ARGS)

# Without `environments`: an answer takes a second.
show:
	@test -x $(BIN)/python || { echo "error: there is no environment yet; make run or make environments sets it up" >&2; exit 1; }
	$(BIN)/python scripts/show_samples.py "results/$(or $(RUN),demo)" $(if $(PROBLEM),--problem "$(PROBLEM)") $(if $(OUTCOME),--outcome "$(OUTCOME)") \
	  $(if $(BENCHMARK),--benchmark "$(BENCHMARK)") $(if $(MODEL),--model "$(MODEL)") $(if $(ANSWER),--answer "$(ANSWER)") $(if $(SCORE),--score "$(SCORE)") \
	  $(if $(FIRST),--first "$(FIRST)") $(ARGS)

# Another run's folder, so that the original stays as it is; its samples are drawn, not taken from what was drawn before.
reproduce: environments
	@test -n "$(MANIFEST)" || { echo "error: name a manifest, as in make reproduce MANIFEST=results/demo/manifest.json" >&2; exit 1; }
	config=$$($(BIN)/python scripts/reproduce_run.py --manifest $(MANIFEST))
	envs/run.sh --configfile $$config $(SNAKEMAKE_ARGS)
	envs/python vllm scripts/compare_runs.py --manifest $(MANIFEST) --results $${config%.yaml}

environments: $(WORKFLOW) $(VLLM)

$(WORKFLOW): envs/workflow.txt envs/install.sh
	@envs/install.sh $(PYTHON) .venvs/workflow envs/workflow.txt
	touch $@

$(VLLM): envs/vllm-$(ACCELERATOR).txt envs/install.sh
	@envs/install.sh $(PYTHON) .venvs/vllm envs/vllm-$(ACCELERATOR).txt
	touch $@

$(DEVELOPMENT): envs/development.txt $(WORKFLOW)
	@envs/install.sh $(PYTHON) .venvs/workflow envs/development.txt
	touch $@

development: $(DEVELOPMENT)

# Fast checks first: a slip in the spelling should not cost twenty minutes.
check: $(DEVELOPMENT)
	@$(MAKE) --jobs 4 --output-sync=target ruff types snakefmt lint

ruff:
	@$(BIN)/ruff check .
	# Text without an encoding: a rule that ruff has in preview alone. tests/unit/test_utf8.py looks for what it overlooks.
	$(BIN)/ruff check --preview --select PLW1514 --extend-exclude tests/hostile .
	$(BIN)/ruff format --check .

types:
	@$(BIN)/mypy

snakefmt:
	@$(BIN)/snakefmt --check Snakefile rules

lint:
	@$(BIN)/snakemake --lint

# Tests run in workers; those of a group (tests/conftest.py) run one after the other. Two workers keep two cores busy.
WORKERS ?= 2
PYTEST = $(BIN)/python -m pytest --numprocesses $(WORKERS) --no-loadscope-reorder

# CHECKS= leaves the checks out, for CI, which has made them beside its set-up.
CHECKS ?= check
test: environments $(CHECKS)
	@$(PYTEST) -m "not thorough" $(PYTEST_ARGS)

test-fast: environments check
	@$(PYTEST) -m "not thorough and not full" $(PYTEST_ARGS)

test-thorough: environments check
	@$(PYTEST) $(PYTEST_ARGS)

benchmarks: environments $(DEVELOPMENT)
	@$(BIN)/python tests/benchmarks/run_benchmarks.py

clean-environments:
	@rm -rf .venvs
