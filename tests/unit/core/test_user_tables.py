import pytest

from adrepro.core.errors import UserError
from adrepro.core.user_tables import LINE, read_rows


def write(tmp_path, content, name="a.tsv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_rows_keep_their_line_and_lose_spaces(tmp_path):
    header, rows = read_rows(write(tmp_path, "id\tx\n\n 01 \tb c\n2\t\n"))
    assert header == ["id", "x"]
    assert rows == [{"id": "01", "x": "b c", LINE: "3"}, {"id": "2", "x": "", LINE: "4"}]


def test_windows_text_and_empty_columns_of_spreadsheets_are_accepted(tmp_path):
    header, rows = read_rows(write(tmp_path, "\ufeffid\tx\t\t\r\n1\t2\t\t\r\n"))
    assert header == ["id", "x"] and rows[0]["x"] == "2"


def test_quotes_mean_something_in_a_csv_alone(tmp_path):
    assert read_rows(write(tmp_path, 'id,x\n1,"a, b"\n', "a.csv"))[1][0]["x"] == "a, b"
    assert read_rows(write(tmp_path, 'id\tx\n1\t"5 ft\n'))[1][0]["x"] == '"5 ft'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; expected a header and rows"),
        ("id\tx\n1\t\0\n", "is no text"),
        (b"\xff\xfe\x00", "save it as UTF-8 text"),
        ("id\tx\n1\n2\t3\t4\n", "(?s)2 problems.*line 2: has 1 cells, the header 2.*line 3: has 3 cells"),
        ("id\tx\tID\n", "column 'id' appears twice"),
    ],
)
def test_a_faulty_table_is_refused_with_its_lines(tmp_path, content, message):
    with pytest.raises(UserError, match=message):
        read_rows(write(tmp_path, content))


def test_a_table_that_is_not_there_and_a_folder_are_refused(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        read_rows(tmp_path / "b.tsv")
    with pytest.raises(UserError, match="is a folder, expected a file"):
        read_rows(tmp_path)
    (tmp_path / "loop.tsv").symlink_to("loop.tsv")
    with pytest.raises(UserError, match="loop.tsv: .*check the path"):
        read_rows(tmp_path / "loop.tsv")


def test_characters_of_no_width_are_dropped_at_the_ends_of_cells_alone(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("a\tb\n\u200bCN\u200b\u00a0\tfolder\u200c/x.nii\n", encoding="utf-8")
    _, (row,) = read_rows(path)
    assert (row["a"], row["b"]) == ("CN", "folder\u200c/x.nii")
