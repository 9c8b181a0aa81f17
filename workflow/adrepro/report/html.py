"""Self-contained HTML pages from Jinja templates."""

import base64
from pathlib import Path

import jinja2

TYPES = {".png": "image/png", ".jpg": "image/jpeg"}


def embed(path: Path) -> str:
    """Return an image file as a `data:` URI.

    Parameters
    ----------
    path : Path
        PNG or JPEG file (`.png` or `.jpg`).

    Returns
    -------
    str
        The whole file, in base64.
    """
    return f"data:{TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def download(path: Path) -> str:
    """Return a TSV file as a `data:` URI, which a browser saves without a server.

    Parameters
    ----------
    path : Path
        TSV file.

    Returns
    -------
    str
        The whole file, in base64.
    """
    return f"data:text/tab-separated-values;base64,{base64.b64encode(path.read_bytes()).decode()}"


def render(template: str, **values: object) -> str:
    """Render a template of this package.

    Every value is escaped.

    Parameters
    ----------
    template : str
        File name below `templates/`.
    **values
        Variables of the template.

    Returns
    -------
    str
        The page.

    Raises
    ------
    jinja2.UndefinedError
        If the template uses a variable that is not among `values`.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template).render(**values)
