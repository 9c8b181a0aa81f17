import os

import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import replacing


def test_nothing_partial_stands_under_the_final_name(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("before")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_regular_file_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/null")
    for name in ("pipe", "device", "."):
        with pytest.raises(UserError, match="expected a file"), replacing(tmp_path / name):
            pass
    assert (tmp_path / "device").is_symlink()
