"""Imports of the package point downwards, and libraries stay where they belong."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from adrepro.core.code_hash import PACKAGE

# From top to bottom: a subpackage imports those after it.
LAYERS = [
    "inference",
    "report",
    "interpretation",
    "evaluation",
    "models",
    "features",
    "simulation",
    "preprocessing",
    "cohort",
    "imaging",
    "config",
    "core",
]
ONLY = {
    "ants": {"preprocessing"},
    "torch": {"core", "preprocessing", "simulation", "models", "interpretation"},
    "monai": {"models", "interpretation"},
    "sklearn": {"models", "interpretation"},
    "snakemake": {"core"},
}
# What layers alone would allow.
FORBIDDEN = {
    "preprocessing": {"cohort"},
    "models": {"evaluation", "report"},
    "models.deep": {"cohort", "report"},
    "evaluation": {"models"},
    "report": {"models", "imaging", "preprocessing"},
}
# Steps that others import: this list may only shrink.
IMPORTED_STEPS = {
    "evaluation.compute_metrics": {"report.partial_report"},
    "evaluation.curves": {"report.partial_report"},
    "evaluation.subgroups": {"report.partial_report"},
    "report.comparison_report": {"report.partial_report"},
}
# Modules without a test file of their own, and the file that covers them: this list may only shrink.
SETTINGS = "config/test_validation.py"
COVERED_ELSEWHERE = {
    "__main__": "test_cli.py",
    "config.model_kinds": "config/test_study.py",
    "config.settings.analysis": SETTINGS,
    "config.settings.approaches": SETTINGS,
    "config.settings.base": SETTINGS,
    "config.settings.classical": SETTINGS,
    "config.settings.cohort": SETTINGS,
    "config.settings.deep": SETTINGS,
    "config.settings.images": SETTINGS,
    "config.settings.longitudinal": SETTINGS,
    "config.settings.simulation": SETTINGS,
    "config.settings.study": SETTINGS,
    "cohort.bids.argument_problems": "cohort/bids/test_build_sheet.py",
    "cohort.commands": "test_cli.py",
    "inference.commands": "test_cli.py",
    "report.incomplete_run": "report/test_partial_report.py",
    "report.sections.task": "report/test_comparison_report.py",
}
SOURCES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(module):
    """Full names of what a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(SOURCES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def own_imports(module):
    """Modules of the package that a module imports, without its name."""
    for name in imports(module):
        inner = name.removeprefix(f"{PACKAGE.name}.")
        if inner != name:
            yield inner if inner in SOURCES else inner.rpartition(".")[0]


def room(module):
    return module.split(".")[0]


def test_every_module_is_in_a_room():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(LAYERS)
    assert {module for module in SOURCES if "." not in module} == {"__init__", "__main__", "cli"}


def test_every_module_has_its_test_file():
    tests = Path(__file__).parent
    missing = set()
    for module in SOURCES:
        *rooms, name = module.split(".")
        if name != "__init__" and not tests.joinpath(*rooms, f"test_{name}.py").exists():
            missing.add(module)
    assert missing == set(COVERED_ELSEWHERE)
    assert all((tests / file).exists() for file in COVERED_ELSEWHERE.values())


def test_imports_point_downwards():
    wrong = [
        f"{module} imports {other}"
        for module in SOURCES
        for other in own_imports(module)
        if room(module) in LAYERS and room(other) in LAYERS and LAYERS.index(room(module)) > LAYERS.index(room(other))
    ]
    assert wrong == []


def test_rooms_do_not_know_what_they_need_not():
    wrong = [
        f"{module} imports {other}"
        for module in SOURCES
        for other in own_imports(module)
        for place, rooms in FORBIDDEN.items()
        if f"{module}.".startswith(f"{place}.") and room(other) in rooms
    ]
    assert wrong == []


def test_libraries_are_imported_where_they_belong():
    wrong = [
        f"{module} imports {name}"
        for module in SOURCES
        for name in imports(module)
        if room(module) in LAYERS and name.split(".")[0] in ONLY and room(module) not in ONLY[name.split(".")[0]]
    ]
    assert wrong == []


def test_a_step_is_imported_by_nobody():
    steps = {module for module, path in SOURCES.items() if "step.run(" in path.read_text() and module != "core.step"}
    importers = {step: set() for step in steps}
    for module in SOURCES:
        for other in set(own_imports(module)) & steps - {module}:
            importers[other].add(module)
    assert {step: by for step, by in importers.items() if by} == IMPORTED_STEPS


@pytest.mark.parametrize("package", sorted(module for module in SOURCES if module.endswith("__init__")))
def test_packages_import_nothing_heavy(package):
    name = f"{PACKAGE.name}.{package}".removesuffix(".__init__").removesuffix("__init__").rstrip(".")
    code = f"import sys, {name}; print(*{{'torch', 'monai', 'ants', 'sklearn', 'pandas'}} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


@pytest.mark.parametrize(
    "benchmark", sorted((Path(__file__).parents[1] / "performance").glob("*.py")), ids=lambda p: p.stem
)
def test_what_a_benchmark_imports_exists(benchmark):
    """Benchmarks are run by hand: no other test would notice a name that has moved."""
    for node in ast.walk(ast.parse(benchmark.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith(PACKAGE.name):
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name) or f"{node.module}.{alias.name}".removeprefix("adrepro.") in SOURCES
