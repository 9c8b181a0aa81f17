import shutil
from pathlib import Path

import pytest

from adrepro.core.errors import ScanFault
from adrepro.preprocessing.derivatives.freesurfer_labels import parse_label
from adrepro.preprocessing.derivatives.freesurfer_tables import find_tables, read_tables, stream_of, tissue_volumes
from freesurfer_folder import volumes_mm3, write_stats, write_synthseg, write_tables

SCAN, OTHERS = "sub-1_ses-2", ("sub-1_ses-20", "sub-10_ses-2", "sub-1")


@pytest.fixture
def scans():
    return {name: volumes_mm3(seed) for seed, name in enumerate((SCAN, *OTHERS))}


def read(folder, scan=SCAN):
    return read_tables(find_tables(folder, scan), scan)


def stats(folder, scans):
    for name, mm3 in scans.items():
        write_stats(folder / "sourcedata/freesurfer" / name / "stats", mm3)


@pytest.mark.parametrize("write", [stats, write_tables, write_synthseg])
def test_the_same_volumes_come_from_each_layout(tmp_path, scans, write):
    write(tmp_path, scans)
    (tmp_path / "notes.txt").write_bytes("Größen, nicht UTF-8".encode("latin-1"))
    found = read(tmp_path)
    expected = {parse_label(name): mm3 / 1000 for name, mm3 in scans[SCAN].items()}
    if write is write_synthseg:
        del expected["", "WMH"]
    assert {key: found[key] for key in expected} == pytest.approx(expected)
    assert found["", "TIV"] == 1500
    tissues = tissue_volumes(found)
    gray = [ml for (side, name), ml in expected.items() if side and "ventricle" not in name]
    assert tissues["GM"] == pytest.approx(sum(gray)) and sum(tissues.values()) == pytest.approx(1500)
    assert tissues["WM"] == pytest.approx(450 + expected["", "brainstem"])


def test_the_longitudinal_stream_comes_first(tmp_path, scans):
    write_stats(tmp_path / SCAN / "stats", scans[SCAN])
    write_stats(tmp_path / f"{SCAN}.long.sub-1" / "stats", scans["sub-1"])
    insula = scans["sub-1"]["ctx-lh-insula"] / 1000
    assert read(tmp_path)["L", "insula"] == pytest.approx(insula)


@pytest.mark.parametrize(
    "cell", [SCAN, f"{SCAN}_run-1_T1w.nii.gz", f"/d/sub-1/ses-2/anat/{SCAN}_T1w.nii", "/fs/sub-1/ses-2"]
)
def test_rows_are_found_by_id_file_and_folders(tmp_path, scans, cell):
    write_tables(tmp_path, {cell: scans[SCAN], "/d/sub-1/ses-3": scans["sub-1"]})
    assert read(tmp_path)["L", "insula"] == pytest.approx(scans[SCAN]["ctx-lh-insula"] / 1000)


@pytest.mark.parametrize("cell", ["/d/sub-1/ses-2/anat/sub-1_ses-2_T1w.nii.gz", "/home/sub-1/x/sub-10_T1w.nii.gz"])
def test_a_row_of_another_visit_or_person_is_not_taken(tmp_path, scans, cell):
    write_tables(tmp_path, {cell: scans[SCAN]})
    with pytest.raises(ScanFault, match="sub-1: no row in the tables"):
        read(tmp_path, "sub-1")


def test_tables_of_quality_thickness_and_percentages_are_not_volumes(tmp_path, scans):
    write_synthseg(tmp_path, scans)
    (tmp_path / "qc.csv").write_text(f"subject,cerebellum,brainstem,thalamus\n{SCAN}_T1w.nii.gz,0.85,0.83,0.84\n")
    assert [path.name for path in find_tables(tmp_path, SCAN)] == ["volumes.csv"]
    table = (tmp_path / "volumes.csv").read_text().splitlines()
    share = [str(float(cell) / 1_500_000) for cell in table[1].split(",")[1:]]
    (tmp_path / "volumes.csv").write_text("\n".join([table[0], ",".join([SCAN, *share])]))
    with pytest.raises(ScanFault, match="the tables must hold volumes in mm3"):
        read(tmp_path)


def test_tables_that_contradict_each_other_are_told(tmp_path, scans):
    write_synthseg(tmp_path, scans)
    shutil.copy(tmp_path / "volumes.csv", tmp_path / "same.csv")
    read(tmp_path)
    changed = (tmp_path / "volumes.csv").read_text().replace("1500000.0", "900000.0")
    (tmp_path / "old.csv").write_text(changed)
    with pytest.raises(ScanFault, match="TIV is 900 and 1500 ml in old.csv and same.csv; keep one table"):
        read(tmp_path)


def test_what_is_missing_or_damaged_is_named(tmp_path, scans):
    write_tables(tmp_path, scans)
    paths = {path.name: path for path in find_tables(tmp_path, SCAN)}
    with pytest.raises(ScanFault, match="sub-7: no row in the tables"):
        read_tables(list(paths.values()), "sub-7")
    with pytest.raises(ScanFault, match="no volume of Left caudal .* more in its tables; provide aseg and aparc"):
        read_tables([paths["aseg.tsv"]], SCAN)
    header, row, *_ = paths["aseg.tsv"].read_text().splitlines()
    wrong = tmp_path / "wrong.tsv"
    for lines, message in (
        ([header.rsplit("\t", 1)[0], row.rsplit("\t", 1)[0]], "no intracranial volume"),
        ([header, row, row], "2 rows of sub-1_ses-2"),
        ([header, row.replace("1500000.0", "-1")], "a volume of -1 mm3"),
        ([header, row.rsplit("\t", 1)[0]], "cells in the row of sub-1_ses-2, expected"),
        ([f"{header}\teTIV", f"{row}\t1500000"], "two columns of TIV"),
    ):
        wrong.write_text("\n".join(lines))
        with pytest.raises(ScanFault, match=message):
            read_tables([wrong], SCAN)


def test_a_damaged_stats_file_is_told(tmp_path, scans):
    write_stats(tmp_path / SCAN / "stats", scans[SCAN])
    path = tmp_path / SCAN / "stats" / "aseg.stats"
    path.write_text(path.read_text()[:-40])
    with pytest.raises(ScanFault, match="aseg.stats: not a readable table of volumes|no volume of"):
        read(tmp_path)


def test_regions_larger_than_the_head_or_without_white_matter_are_a_fault(tmp_path, scans):
    write_stats(tmp_path / SCAN / "stats", scans[SCAN], tiv=600_000)
    found = read(tmp_path)
    with pytest.raises(ScanFault, match="in an intracranial volume of 600 ml"):
        tissue_volumes(found)
    del found["", "cerebralwhitematter"]
    with pytest.raises(ScanFault, match="no volume of cerebral white matter"):
        tissue_volumes(found)


def test_the_stream_is_that_of_the_folder_of_the_scan():
    names = {"sub-1_ses-A.long.sub-1": "longitudinal", "sub-1_ses-A": "cross-sectional"}
    assert {name: stream_of([Path(name, "stats", "aseg.stats")]) for name in names} == names
    assert stream_of([Path("fs", "aseg.tsv")]) == ""
