"""Rules run the module of their name, with its parameters as flags and the hash of its code."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from adrepro.core.code_hash import source_file

RULES = Path(__file__).parents[2] / "workflow" / "rules"
# Rules without a module: names of targets.
TARGETS = {"features", "quality", "models"}
# Its command is put together in hooks.smk, which also runs it after a failure.
BY_HOOK = {"partial_report"}
OF_EVERY_STEP = {"log", "failed"}


def rules():
    """Name, text and file of every rule and checkpoint."""
    for path in sorted(RULES.glob("*.smk")):
        parts = re.split(r"^(?:rule|checkpoint) (\w+):\n", path.read_text(), flags=re.MULTILINE)
        yield from ((name, text, path.stem) for name, text in zip(parts[1::2], parts[2::2], strict=True))


EVERY = {name: (text, file) for name, text, file in rules()}
STEPS = sorted(set(EVERY) - TARGETS - BY_HOOK)


def module_of(name):
    return re.search(r"python -m adrepro\.([\w.]+)", EVERY[name][0])[1]


def test_there_are_rules_and_targets():
    assert len(STEPS) > 30 and set(EVERY) > TARGETS and len(EVERY) == len(list(rules()))


@pytest.mark.parametrize("name", STEPS)
def test_a_rule_runs_the_module_of_its_name(name):
    module = module_of(name)
    assert module.rpartition(".")[2] == name
    assert source_file(module).is_file()
    function = getattr(importlib.import_module(f"adrepro.{module}"), name)
    assert f"step.run({name})" in source_file(module).read_text() and inspect.isfunction(function)


@pytest.mark.parametrize("name", STEPS)
def test_flags_are_the_parameters_of_the_step(name):
    flags = {flag.replace("-", "_") for flag in re.findall(r"[\" ]--([a-z0-9-]+)", EVERY[name][0])}
    function = getattr(importlib.import_module(f"adrepro.{module_of(name)}"), name)
    parameters = inspect.signature(function).parameters
    required = {key for key, parameter in parameters.items() if parameter.default is parameter.empty}
    assert required <= flags - OF_EVERY_STEP <= set(parameters) and "log" in flags


@pytest.mark.parametrize("name", STEPS)
def test_a_rule_carries_the_hash_of_the_code_that_it_runs(name):
    assert re.findall(r'code=code_hash\("([\w.]+)"\)', EVERY[name][0]) == [module_of(name)]


def test_the_command_of_the_partial_report_has_its_parameters():
    from adrepro.report.partial_report import partial_report

    text = (RULES / "hooks.smk").read_text()
    words = re.search(r"words = \{(.*?)\n    \}", text, re.DOTALL)[1]
    flags = set(re.findall(r'^        "([\w-]+)":', words, re.MULTILINE))
    flags = {flag.replace("-", "_") for flag in flags}
    assert flags - OF_EVERY_STEP == set(inspect.signature(partial_report).parameters)
    assert '"adrepro.report.partial_report"' in text


def test_rules_stand_in_the_file_of_their_stage():
    """The file is the subpackage, or a part of it."""
    parts = {
        "classical": "models.classical",
        "deep": "models.deep",
        "template": "preprocessing",
        "export": "inference",
        "scans": "preprocessing",
        "longitudinal": "preprocessing.longitudinal",
    }
    parts |= dict.fromkeys(("import_derivatives", "import_freesurfer"), "preprocessing")
    wrong = [
        f"{name} in {EVERY[name][1]}.smk runs {module_of(name)}"
        for name in STEPS
        if not module_of(name).startswith(parts.get(EVERY[name][1], EVERY[name][1]) + ".")
    ]
    assert wrong == []
