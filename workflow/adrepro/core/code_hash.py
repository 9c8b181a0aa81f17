"""Hash of the source code that a result depends on.

Snakemake reruns a rule when the text of its command changes, but sees neither the module that the command runs nor what
that module imports. Each rule therefore carries this hash as a parameter: a corrected function reruns exactly the rules
that use it, an edited comment or docstring none.
"""

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# Modules of every command that cannot change a result. The values of settings reach a step as parameters.
NEUTRAL = ("core.step", "core.errors", "core.code_hash", "config.settings")


def bare_source(source: str) -> str:
    """Return Python source without comments, docstrings and blank lines.

    Not `ast.dump`, whose text differs between versions of Python.

    Parameters
    ----------
    source : str
        Python source.

    Returns
    -------
    str
    """
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


def source_file(module: str) -> Path:
    """Return the file of a module of this package, named without the package: `preprocessing.align`.

    Parameters
    ----------
    module : str
        Name such as `preprocessing.align`.

    Returns
    -------
    Path
    """
    return PACKAGE / f"{module.replace('.', '/')}.py"


@cache
def bare_module(module: str) -> str:
    """Return the bare source of a module of this package.

    Parameters
    ----------
    module : str
        Name such as `preprocessing.align`.

    Returns
    -------
    str
    """
    return bare_source(source_file(module).read_text(encoding="utf-8"))


@cache
def imported(module: str) -> frozenset[str]:
    """Return the modules of this package that `module` imports, at its top or inside functions, but for `NEUTRAL`.

    Parameters
    ----------
    module : str
        Name such as `preprocessing.align`.

    Returns
    -------
    frozenset of str
        Names without the package.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(source_file(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    own = {name.removeprefix(f"{PACKAGE.name}.") for name in names if name.startswith(f"{PACKAGE.name}.")}
    return frozenset(name for name in own if source_file(name).is_file() and not name.startswith(NEUTRAL))


def with_imports(module: str) -> set[str]:
    """Return `module` and every module of this package that it imports, directly or not.

    Parameters
    ----------
    module : str
        Name such as `preprocessing.align`.

    Returns
    -------
    set of str
        Names without the package.
    """
    found, remaining = set(), {module}
    while remaining:
        name = remaining.pop()
        found.add(name)
        remaining |= imported(name) - found
    return found


@cache
def code_hash(module: str) -> str:
    """Return the hash (16 hexadecimal digits) of `module` and of all that it imports from this package.

    Parameters
    ----------
    module : str
        Name such as `preprocessing.align`.

    Returns
    -------
    str
        Start of the SHA-256 of the bare sources.
    """
    text = "".join(f"{name}\n{bare_module(name)}" for name in sorted(with_imports(module)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def content_hash(paths: Iterable[Path]) -> str:
    """Return the hash (16 hexadecimal digits) of the names and contents of files, wherever they lie.

    Parameters
    ----------
    paths : iterable of Path
        Files, such as templates of pages.

    Returns
    -------
    str
        Start of the SHA-256.
    """
    text = b"".join(path.name.encode() + b"\n" + path.read_bytes() for path in paths)
    return hashlib.sha256(text).hexdigest()[:16]
