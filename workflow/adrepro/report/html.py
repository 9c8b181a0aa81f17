"""Pages as one self-contained HTML file each: templates, and pictures inside them."""

import base64
from pathlib import Path

import jinja2

TYPES = {".png": "image/png", ".jpg": "image/jpeg"}


def embed(path: Path) -> str:
    """A picture as a `data:` address."""
    return f"data:{TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def download(path: Path) -> str:
    """A table as a `data:` address that a browser saves."""
    return f"data:text/tab-separated-values;base64,{base64.b64encode(path.read_bytes()).decode()}"


def render(template: str, **values: object) -> str:
    """Fill a template of this package; every value is escaped, and a missing one is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template).render(**values)
