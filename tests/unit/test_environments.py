"""Environments and recipes hold what the rules import, in the versions that are tested, and say the same."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from adrepro import __version__
from adrepro.core.code_hash import PACKAGE, source_file, with_imports

REPOSITORY = Path(__file__).parents[2]
ENVS = REPOSITORY / "envs"
ENVIRONMENTS = sorted(ENVS.glob("*.yaml"))
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
# Extras that no environment holds: FireANTs needs Python 3.11, HD-BET all of nnU-Net; their steps raise an error.
ON_DEMAND = {"fireants", "hd-bet"}
INSTALLED = packages_distributions()
# What an import needs under another name.
BEHIND = {
    "torch.utils.tensorboard": "tensorboard",
    "snakemake_interface_executor_plugins.executors.base": "snakemake",
}


def named(lines):
    return {canonicalize_name(each.name): each for each in map(Requirement, lines)}


DECLARED = named(PROJECT["dependencies"])
EXTRAS = {extra: named(lines) for extra, lines in PROJECT["optional-dependencies"].items()}
PINS = named(line for line in (ENVS / "constraints.txt").read_text().splitlines() if not line.startswith("#"))


def called_modules():
    """Modules that rules run: `python -m adrepro.<module>`, as one string or as words."""
    rules = "".join(path.read_text() for path in (REPOSITORY / "workflow" / "rules").glob("*.smk"))
    return sorted(set(re.findall(r'python"?,? "?-m"?,? "?adrepro\.(\w+(?:\.\w+)*)', rules)))


def distributions(module, always=False):
    """Distributions that `module` imports; with `always`, only at its top and outside of `try`."""
    tree = ast.parse(source_file(module).read_text())
    names = set()
    for node in tree.body if always else ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    return {distribution(name) for name in names if name.split(".")[0] not in {*sys.stdlib_module_names, "adrepro"}}


def distribution(name):
    top = name.split(".")[0]
    return canonicalize_name(BEHIND.get(name) or INSTALLED.get(top, [top])[0])


def conda_and_pip(environment):
    """Conda's lines, pip's requirements by name, and pip's options, of an environment file."""
    lines = yaml.safe_load(environment.read_text())["dependencies"]
    pip = next(line["pip"] for line in lines if isinstance(line, dict))
    return (
        [line for line in lines if isinstance(line, str)],
        named(line for line in pip if not line.startswith("-")),
        [line for line in pip if line.startswith("-")],
    )


def every_module():
    """Dotted names, without the package, of its modules."""
    paths = (path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py"))
    return sorted(".".join(path.parts) for path in paths)


def test_every_module_that_a_rule_calls_exists():
    assert {"preprocessing.align", "models.deep.train_cnn"} < set(called_modules())
    assert [name for name in called_modules() if not source_file(name).is_file()] == []


def test_what_a_step_always_imports_is_a_dependency():
    for module in called_modules():
        asked = set().union(*(distributions(name, always=True) for name in with_imports(module)))
        assert asked - set(DECLARED) == set(), module


def test_what_a_step_may_import_is_a_dependency_or_an_extra():
    asked = set().union(*(distributions(module) for module in every_module()))
    assert asked - set(DECLARED).union(*EXTRAS.values()) == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.name)
def test_an_environment_has_every_import_that_its_rules_use(environment):
    left_out = set().union(*(EXTRAS[extra] for extra in ON_DEMAND))
    _, pip, _ = conda_and_pip(environment)
    for module in called_modules():
        asked = set().union(*(distributions(name) for name in with_imports(module)))
        assert asked - set(DECLARED) - set(pip) - left_out == set(), module


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.name)
def test_an_environment_installs_this_version_with_the_tested_pins(environment):
    conda, pip, options = conda_and_pip(environment)
    assert str(pip.pop("adrepro")) == f"adrepro=={__version__}"
    assert set(pip) <= set(PINS)
    (constraint,) = options
    assert constraint.startswith("--constraint https://") and constraint.endswith(
        f"/v{__version__}/envs/constraints.txt"
    )
    python = next(line.removeprefix("python =") for line in conda if line.startswith("python"))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)


def test_each_environment_is_documented():
    used = re.findall(r"envs/([\w.]+\.yaml)", (REPOSITORY / "README.md").read_text())
    assert sorted(set(used)) == [path.name for path in ENVIRONMENTS]


def test_every_dependency_is_pinned_within_its_range():
    asked = [DECLARED, *(EXTRAS[extra] for extra in set(EXTRAS) - ON_DEMAND)]
    for name, requirement in (item for each in asked for item in each.items()):
        (pin,) = PINS[name].specifier
        assert pin.operator == "==" and requirement.specifier.contains(pin.version), requirement


def test_no_release_with_a_known_fault_is_admitted():
    """The lowest MONAI that is known to be safe, and the lowest torch that runs with it."""
    assert not DECLARED["monai"].specifier.contains("1.6.0") and not DECLARED["torch"].specifier.contains("2.7.1")
    assert DECLARED["torch"].specifier.contains("2.8.0") and DECLARED["torch"].specifier.contains("2.13.0")


def test_every_line_of_the_constraints_is_one_version():
    assert [str(pin) for pin in PINS.values() if not re.fullmatch(r"==[\w.]+", str(pin.specifier))] == []


def recipe(name):
    """Lines of a recipe, continued lines joined and commands joined by `&&` apart."""
    text = (ENVS / name).read_text().replace("\\\n", " ").replace("&&", "\n")
    return [re.sub(r"^(RUN|ARG|COPY) ", "", line.strip()) for line in text.splitlines()]


def test_both_recipes_run_the_same_commands_on_the_same_base():
    docker, apptainer = recipe("Dockerfile"), recipe("adrepro.def")

    def chosen(lines, start):
        return [line for line in lines if line.startswith(start)]

    assert len(chosen(docker, "python -m pip install")) == 2
    for start in ("python -m pip", "TORCH_INDEX=https"):
        assert chosen(docker, start) == chosen(apptainer, start) != []
    assert chosen(docker, "FROM ")[0].split()[1] == chosen(apptainer, "From: ")[0].split()[1]
    python = re.search(r"python:(3\.\d+\.\d+)-", chosen(docker, "FROM ")[0])[1]
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)


def test_both_recipes_copy_the_same_files_and_docker_sees_them():
    copied = [line.split()[1:] for line in (ENVS / "Dockerfile").read_text().splitlines() if line.startswith("COPY")]
    names = {name for words in copied for name in words if name != "./"}
    pairs = re.findall(r"^    (\S+) /opt/adrepro/(\S+)$", (ENVS / "adrepro.def").read_text(), re.MULTILINE)
    assert names == {source for source, _ in pairs} == {target for _, target in pairs}
    assert names == set(re.findall(r"^!(\S+)$", (REPOSITORY / ".dockerignore").read_text(), re.MULTILINE))
    assert all((REPOSITORY / name).exists() for name in names)


def test_the_version_is_the_same_everywhere():
    assert yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())["version"] == __version__
    for path, pattern in [
        (REPOSITORY / "workflow" / "Snakefile", r"container: .*adrepro:([\w.]+)"),
        (ENVS / "Dockerfile", r"--tag adrepro:([\d.]+)"),
        (ENVS / "Dockerfile", r'image\.version="(.+)"'),
        (ENVS / "adrepro.def", r"image\.version (.+)"),
        (REPOSITORY / "README.md", r" adrepro:(\d[\d.]+\d)"),
    ]:
        assert set(re.findall(pattern, path.read_text())) == {__version__}, path
