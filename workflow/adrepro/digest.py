"""A digest of the code that computes a result, so that Snakemake reruns what a bug fix touches and nothing else."""

import ast
import hashlib
import io
import tokenize
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
# Helpers of every command that cannot change a result.
NEUTRAL = {"step", "errors", "digest", "cli"}


def bare_source(source: str) -> str:
    """The source without comments, docstrings and blank lines (not `ast.dump`: its text differs between Pythons)."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            for row in range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1):
                lines[row - 1] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())


@cache
def bare_module(module: str) -> str:
    """The bare source of a module of this package."""
    return bare_source((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))


@cache
def imported(module: str) -> frozenset[str]:
    """Modules of this package that `module` imports, at its top or inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names |= {node.module} if node.module else {alias.name for alias in node.names}
    return frozenset(name for name in names if (PACKAGE / f"{name}.py").is_file()) - NEUTRAL


@cache
def digest(module: str) -> str:
    """Digest of `module` and of all that it imports from this package, directly or not."""
    found, todo = set(), {module}
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= imported(name) - found
    text = "".join(f"{name}\n{bare_module(name)}" for name in sorted(found))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
