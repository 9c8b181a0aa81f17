# `make demo` runs the whole study on a simulated cohort; `make test` runs checks and tests. Both need Python 3.11 to 3.13.
PYTHON ?= python3
CORES ?= 2
BIN := .venv/bin

.PHONY: demo test lint test-faults reference clean

demo: .venv/ready
	$(BIN)/python -m snakemake --cores $(CORES)
	@echo "Open reports/comparison.html in a browser."

test: lint
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: .venv/ready
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow tests/cluster/toy
	$(BIN)/python -m mypy

# Fault tests (killed jobs, lost nodes, full disks); they need root and Debian's slurm-wlm and munge.
test-faults: .venv/ready
	$(BIN)/python -m pytest -m long

# The reference of all keys in config/README.md and the JSON Schema, from the settings classes.
reference: .venv/ready
	$(BIN)/python -m adrepro.config.reference

# One environment for everything, made again when what it holds changes.
.venv/ready: pyproject.toml envs/constraints.txt
	$(PYTHON) -c "import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else 'adrepro needs Python 3.11, 3.12 or 3.13; choose one with: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint envs/constraints.txt --editable ".[dev,slurm]"
	touch $@

clean:
	rm -rf results logs benchmarks reports/comparison.html resources/simulated
