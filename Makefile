PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Twice the cores: the tests of the runtime wait more than they work.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')
RUNTIME := $(VENV)/.runtime
DEMO := .demo

.PHONY: demo test lowest lint types check tasks docs site fuzz chaos ecosystem bench pictures clean

$(RUNTIME): pyproject.toml
	@echo "installing what the demo needs into $(VENV); half a minute, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[runtime,tool]'
	@touch $@

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,postgres]'
	touch $(RUNTIME) $@

# A run that is killed, loses its files and comes back whole; a task before and after; both reports.
demo: $(RUNTIME)
	@$(BIN)/python docs/examples/demo.py $(DEMO)

# While the types are checked on one core, the other compiles the tests: each worker would do it again.
test: $(STAMP) lint
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null 2>&1 & \
		$(MAKE) --no-print-directory types check; status=$$?; wait; exit $$status
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# The runtime on the oldest Luigi that pyproject.toml allows, with the tenacity that existing pipelines pin, and what is
# woven on the oldest LibCST.
lowest: pyproject.toml
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check \
		'luigi==3.6.0' 'tenacity==8.5.0' 'libcst==1.8.0' --editable '.[dev,postgres]'
	.venv-lowest/bin/python -m pytest tests/runtime tests/codemods tests/shapes -n auto

# The first loop: lint, then what holds of rules, refusals and interpreters.
quick: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n auto -q tests/codemods tests/check/test_rules.py tests/shapes/test_refusals.py

# The gate on ourselves: the included pipeline is refactored, and nothing in it is defective.
check: $(STAMP)
	$(BIN)/refactor check pipeline/

# The included pipeline again, from fixtures/legacy, after a change of what apply writes.
tasks: $(STAMP)
	$(BIN)/python -m tests.pipeline.regenerate

# Generated tasks for as long as wanted: PROPERTIES_EXAMPLES=1000000 make fuzz
fuzz: $(STAMP)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/properties -n auto -q

# The tool on public repositories, checked out by hand below DIR as tests/ecosystem/repositories.toml names them.
ecosystem: $(STAMP)
	$(BIN)/python -m tests.ecosystem $(DIR)

# Figures, no verdicts; three quarters of an hour on a machine that does nothing else.
bench: $(STAMP)
	$(BIN)/python -m bench.apply_cost fixtures/legacy/strategic_planning.py
	$(BIN)/python -m bench.check_file fixtures/legacy/strategic_planning.py
	$(BIN)/python -m bench.check_tree
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.overhead
	$(BIN)/python -m bench.tables
	$(BIN)/python -m bench.many_plans
	$(BIN)/python -m bench.among_many
	$(BIN)/python -m bench.export 100000
	$(BIN)/python -m bench.workers
	$(BIN)/python -m bench.workers --plans 3 --latency 0.5 --workers 1 2 3 5 10
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.watchers
	$(BIN)/python -m bench.frames

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

types: $(STAMP)
	$(BIN)/mypy

# The long version of what the tests hold of the runtime: all combinations before and after the refactoring, kills at
# every fault point and at 200 random moments, eight runs side by side, a PostgreSQL that crashes every five seconds.
chaos: $(STAMP)
	CHAOS=1 $(BIN)/python -m pytest tests/runtime/test_chaos.py tests/runtime/test_signals.py tests/runtime/test_plain_luigi.py \
		tests/runtime/test_roll_out.py tests/runtime/test_pooler.py tests/server/test_description.py \
		tests/pipeline -n auto

# The reference pages, from the declarations in the code, and the module of init --service vendored; a test fails when
# they are stale.
docs: $(STAMP)
	$(BIN)/python -m refactor.reference docs
	$(BIN)/python -m refactor.vendoring

# The documentation as a site: open site/index.html, no server is needed.
site: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# The diagrams, and the pictures of the README from real runs.
pictures: $(STAMP)
	$(BIN)/python -m tests.docs.diagrams
	$(BIN)/python -m tests.docs.pictures

clean:
	rm -rf $(VENV) $(DEMO) site .mypy_cache .pytest_cache .ruff_cache .refactor_cache
