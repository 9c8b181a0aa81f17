import pytest

from adrepro.core.arrays import read_array, read_weights
from adrepro.core.errors import UserError
from adrepro.core.tables import read_table


@pytest.mark.parametrize("read", [read_array, read_weights, read_table])
@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"\xff\xfe\x00\x01" * 9])
def test_a_damaged_file_is_named(tmp_path, read, content):
    (tmp_path / "a.tsv").write_bytes(content)
    with pytest.raises(UserError, match="a.tsv: .*delete it and run again"):
        read(tmp_path / "a.tsv")
