import jinja2
import pytest

from adrepro.report.html import download, embed, render


def test_files_become_data_uris(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    (tmp_path / "a.tsv").write_text("x\n1\n")
    assert embed(tmp_path / "a.png") == "data:image/png;base64,iVBORw=="
    assert download(tmp_path / "a.tsv") == "data:text/tab-separated-values;base64,eAoxCg=="


def test_a_variable_that_a_template_lacks_is_an_error():
    values = {"names": ["<a>", "b"], "simulated": False, "rows": [], "only": [], "changed": []}
    assert "&lt;a&gt; and b" in render("runs.html.j2", confidence_level=0.95, **values)
    with pytest.raises(jinja2.UndefinedError):
        render("runs.html.j2", **{key: values[key] for key in ("names", "rows")})
