import pytest

from adrepro.cohort.bids.dataset_list import list_datasets, read_columns, read_filters
from adrepro.core.errors import UserError


def test_flags_are_paired_in_order():
    one, other = list_datasets(["/x/A", "/x/B"], None, ["a", "b"], ["adni"], ["B"], [])
    assert (one.name, one.role, one.prefix) == ("A", "study", "a")
    assert (other.name, other.role, other.prefix) == ("B", "external", "b")
    assert one.preset is other.preset


def test_flags_that_do_not_fit_are_told():
    with pytest.raises(UserError, match="1 --prefix for 2 --bids; give one for each"):
        list_datasets(["A", "B"], None, ["a"], [], [], [])
    with pytest.raises(UserError, match="--external C is none of A"):
        list_datasets(["A"], None, None, [], ["C"], [])


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ([], [[], []]),
        (["t.csv"], [["t.csv"], ["t.csv"]]),
        (["a.csv", "b.csv"], [["a.csv"], ["b.csv"]]),
        (["B=b.csv"], [[], ["b.csv"]]),
        (["A=a.csv", "B=b.csv", "A=c.csv"], [["a.csv", "c.csv"], ["b.csv"]]),
    ],
)
def test_tables_belong_to_datasets_by_name_or_in_order(tables, expected):
    found = list_datasets(["A", "B"], None, None, [], [], tables)
    assert [[str(path) for path in dataset.tables] for dataset in found] == expected


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (["C=t.csv"], "--table C=t.csv: C is none of A, B"),
        (["a.csv", "b.csv", "c.csv"], "--table a.csv: say of which dataset, as A=a.csv"),
        (["A=a.csv", "b.csv"], "--table b.csv: say of which dataset, as A=b.csv"),
    ],
)
def test_tables_of_no_dataset_are_told(tables, message):
    with pytest.raises(UserError, match=message):
        list_datasets(["A", "B"], None, None, [], [], tables)


def test_columns_come_from_lines_of_a_file(tmp_path):
    path = tmp_path / "columns.yaml"
    path.write_text("diagnosis: group\n")
    assert read_columns(path) == {"diagnosis": "group"}
    path.write_text("- group\n")
    with pytest.raises(UserError, match="expected lines such as `diagnosis: group`"):
        read_columns(path)


def test_filters_are_entities_of_names():
    assert read_filters(["acq=mprage", "run-1"]) == {"acq": "mprage", "run": "1"}
    with pytest.raises(UserError, match=r"(?s)--filter mprage: expected an entity.*--filter acq: a and b; give one"):
        read_filters(["mprage", "acq=a", "acq=b"])
