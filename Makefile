# `make demo` runs the whole study on a simulated cohort; `make test` runs the tests. Both need Python 3.11 to 3.13.
PYTHON ?= python3
CORES ?= 2
BIN := .venv/bin

.PHONY: demo test test-faults clean

demo: .venv/ready
	$(BIN)/python -m snakemake --cores $(CORES) --workflow-profile workflow/profiles/local
	@echo "Open reports/comparison.html in a browser."

test: .venv/ready
	$(BIN)/python -m ruff check .
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

# Minutes of killed jobs, lost nodes and full disks; as root, with Debian's slurm-wlm and munge.
test-faults: .venv/ready
	$(BIN)/python -m pytest -m long

# One environment for everything, made again when what it holds changes.
.venv/ready: pyproject.toml envs/constraints.txt
	$(PYTHON) -c "import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else 'adrepro needs Python 3.11, 3.12 or 3.13; choose one with: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint envs/constraints.txt --editable ".[dev,slurm]"
	touch $@

clean:
	rm -rf results logs benchmarks reports/comparison.html resources/simulated
