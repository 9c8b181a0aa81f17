"""No string that comes from data or configuration reaches a shell without quotes, nor a file as code."""

import re
from pathlib import Path

RULES = sorted((Path(__file__).parents[2] / "workflow" / "rules").glob("*.smk"))
# Numbers and truth values, checked by the schema; words that the code writes itself.
HARMLESS = {
    *(f"params.{name}" for name in "seed resolution torch_threads simulated memory replicates level horizon".split()),
    *(f"params.{name}" for name in "working warn_z embedded_pictures smooth share folds equalise allow_leak".split()),
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


def test_no_shell_is_called_but_by_snakemake():
    package = RULES[0].parents[1] / "adrepro"
    assert [path.name for path in RULES if "shell=" in path.read_text()] == []
    calls = [
        path.name for path in package.rglob("*.py") if re.search(r"shell=True|os\.system|popen\(", path.read_text())
    ]
    assert calls == []


def test_nothing_is_read_as_code():
    """No pickle, in whatever dress: models and arrays are read as numbers."""
    code = r"import (pickle|joblib|dill|marshal)|allow_pickle|yaml\.(load|full_load|unsafe_load)\(|\b(eval|exec)\("
    sources = {path.name: path.read_text() for path in (RULES[0].parents[1] / "adrepro").glob("*.py")}
    assert [name for name, source in sources.items() if re.search(code, source)] == []
    loads = re.findall(r"torch\.load\(.*\)", "\n".join(sources.values()))
    assert len(loads) == 2 and all("weights_only=True" in load for load in loads)
