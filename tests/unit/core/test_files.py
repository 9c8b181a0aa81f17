import os

import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import read_array, read_table, read_weights, replacing, write_table


def test_nothing_partial_stands_under_the_final_name(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("before")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


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


def test_what_is_no_regular_file_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/null")
    for name in ("pipe", "device", "."):
        with pytest.raises(UserError, match="expected a file"), replacing(tmp_path / name):
            pass
    assert (tmp_path / "device").is_symlink()


@pytest.mark.parametrize("read", [read_array, read_weights, read_table])
@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"\xff\xfe\x00\x01" * 9])
def test_a_damaged_file_is_named(tmp_path, read, content):
    (tmp_path / "a.tsv").write_bytes(content)
    with pytest.raises(UserError, match="a.tsv: .*delete it and run again"):
        read(tmp_path / "a.tsv")
