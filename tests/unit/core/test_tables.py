import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.core.tables import read_table, write_table


def test_tables_come_back_as_text(tmp_path):
    write_table(tmp_path / "a.tsv", pd.DataFrame({"id": ["01", "1"], "x": [0.1, None]}))
    assert (tmp_path / "a.tsv").read_bytes() == b"id\tx\n01\t0.1\n1\tn/a\n"
    assert read_table(tmp_path / "a.tsv", ("x",))["id"].tolist() == ["01", "1"]


def test_a_table_that_was_cut_is_refused_wherever_the_cut_is(tmp_path):
    """But exactly between two lines, where nothing tells it from a whole one."""
    path = tmp_path / "a.tsv"
    write_table(path, pd.DataFrame({"id": ["01", "02", "03"], "x": [0.1, None, 2], "why": ["", "a b", ""]}))
    whole = path.read_bytes()
    cuts = [n for n in range(len(whole)) if whole[n - 1 : n] != b"\n"]
    assert len(cuts) > 30
    for cut in cuts:
        path.write_bytes(whole[:cut])
        with pytest.raises(UserError, match="a.tsv: .*delete it and run again"):
            read_table(path, ("x",))
    path.write_bytes(whole[:-1])
    assert len(read_table(path, whole=False)) == 3
