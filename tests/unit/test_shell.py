"""No string that comes from data or configuration reaches a shell without quotes, nor a file as code."""

import re
from pathlib import Path

RULES = sorted((Path(__file__).parents[2] / "workflow" / "rules").glob("*.smk"))
# Numbers and truth values, checked by the schema; words that the code writes itself.
HARMLESS = {
    *(
        f"params.{name}"
        for name in "seed resolution torch_threads simulated memory replicates confidence_level horizon margin".split()
    ),
    *(f"params.{name}" for name in "working warn_z embedded_pictures smoothing deidentify folds equalize".split()),
    *("wildcards.fold", "threads"),
    "params.device",  # one of three words
}


def in_braces(text):
    """What the shell strings of a rules file hold in braces."""
    for block in re.findall(r"\n    shell:\n((?:        .*\n)+)", text + "\n"):
        yield from re.findall(r"(?<!{){([\w.]+)(:q)?}(?!})", block)


def test_every_string_is_quoted():
    found = [(path.name, name, quoted) for path in RULES for name, quoted in in_braces(path.read_text())]
    assert len(found) > 250
    unquoted = {(file, name) for file, name, quoted in found if not quoted and name not in HARMLESS}
    assert unquoted == set()


def test_rules_start_no_shell_beside_snakemakes():
    """Of the package ruff says so (S602 to S609 in pyproject.toml); rules files it does not read."""
    assert [path.name for path in RULES if re.search(r"\bshell=|os\.system", path.read_text())] == []


def test_nothing_is_read_as_code():
    """What ruff's S301 and S506 do not see: arrays and checkpoints that hold pickles."""
    sources = "\n".join(path.read_text() for path in (RULES[0].parents[1] / "adrepro").rglob("*.py"))
    assert not re.search(r"allow_pickle|import joblib|import dill", sources)
    loads = re.findall(r"torch\.load\(.*\)", sources)
    assert len(loads) == 2 and all("weights_only=True" in load for load in loads)
