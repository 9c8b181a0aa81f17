import pytest

from adrepro.core.errors import ScanFault
from adrepro.preprocessing.freesurfer_tables import find_tables, parse_label, read_tables, tissue_volumes
from freesurfer_folder import volumes_mm3, write_stats, write_synthseg, write_tables

SCAN, OTHERS = "sub-1_ses-2", ("sub-1_ses-20", "sub-10_ses-2", "sub-1")


@pytest.fixture
def scans():
    return {name: volumes_mm3(seed) for seed, name in enumerate((SCAN, *OTHERS))}


def stats(folder, scans):
    for name, mm3 in scans.items():
        write_stats(folder / "sourcedata/freesurfer" / name / "stats", mm3)


@pytest.mark.parametrize("write", [stats, write_tables, write_synthseg])
def test_the_same_volumes_come_from_each_layout(tmp_path, scans, write):
    write(tmp_path, scans)
    found = read_tables(find_tables(tmp_path, SCAN), SCAN)
    expected = {parse_label(name): mm3 / 1000 for name, mm3 in scans[SCAN].items()}
    if write is write_synthseg:
        del expected["", "WMH"]
    assert {key: found[key] for key in expected} == pytest.approx(expected)
    assert found["", "TIV"] == 1500
    tissues = tissue_volumes(found)
    gray = [ml for (side, name), ml in expected.items() if side and "ventricle" not in name]
    assert tissues["GM"] == pytest.approx(sum(gray)) and sum(tissues.values()) == pytest.approx(1500)
    assert tissues["WM"] == pytest.approx(450 + expected["", "brainstem"])


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Left-Thalamus-Proper", ("L", "thalamusproper")),
        ("left thalamus", ("L", "thalamusproper")),
        ("rh_parsorbitalis_volume", ("R", "parsorbitalis")),
        ("ctx-lh-transversetemporal", ("L", "transversetemporal")),
        ("Right-Accumbens-area", ("R", "accumbensarea")),
        ("4th-Ventricle", ("", "fourthventricle")),
        ("CorticalWhiteMatterVol", ("", "cerebralwhitematter")),
        ("eTIV", ("", "TIV")),
        ("Left-WM-hypointensities", None),
        ("Optic-Chiasm", None),
        ("BrainSegVolNotVent", None),
    ],
)
def test_labels_of_all_tools_are_known(label, key):
    assert parse_label(label) == key


def test_what_is_missing_or_damaged_is_named(tmp_path, scans):
    write_tables(tmp_path / "a", scans)
    paths = find_tables(tmp_path / "a", SCAN)
    with pytest.raises(ScanFault, match="sub-7: no row in the tables"):
        read_tables(paths, "sub-7")
    with pytest.raises(ScanFault, match="no volume of the left superior frontal gyrus .* both aseg and aparc"):
        read_tables([path for path in paths if path.name == "aseg.tsv"], SCAN)
    with pytest.raises(ScanFault, match="no intracranial volume"):
        read_tables([_without_tiv(tmp_path, paths)], SCAN)
    twice = tmp_path / "twice.tsv"
    header, row, *_ = (tmp_path / "a/aseg.tsv").read_text().splitlines()
    twice.write_text("\n".join([header, row, row]))
    with pytest.raises(ScanFault, match="twice.tsv: .*2 rows of sub-1_ses-2"):
        read_tables([twice], SCAN)
    twice.write_text("\n".join([header, row.replace("1500000.0", "-1")]))
    with pytest.raises(ScanFault, match="a volume of -1 mm3"):
        read_tables([twice], SCAN)


def _without_tiv(folder, paths):
    (aseg,) = (path for path in paths if path.name == "aseg.tsv")
    rows = [line.split("\t")[:-1] for line in aseg.read_text().splitlines()]
    (folder / "no_tiv.tsv").write_text("\n".join("\t".join(row) for row in rows))
    return folder / "no_tiv.tsv"


def test_regions_larger_than_the_head_are_a_fault(tmp_path, scans):
    write_stats(tmp_path / SCAN / "stats", scans[SCAN], tiv=300_000)
    with pytest.raises(ScanFault, match="in an intracranial volume of 300 ml"):
        tissue_volumes(read_tables(find_tables(tmp_path, SCAN), SCAN))
