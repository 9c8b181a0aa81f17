import re

import pandas as pd
import pytest

from adrepro.cohort.cohort_sheet import COLUMNS
from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table
from adrepro.report.qc_report import qc_report

SCANS = ["sub-1", "sub-2", "sub-3"]
STRIPPED = "already skull-stripped: taken as a brain"


@pytest.fixture
def report(tmp_path):
    """Function that writes QC table and QC report of three scans with their warnings; it returns the page's path."""

    def make(warnings, measures=(), **change):
        for name in SCANS:
            stem = tmp_path / "results" / name / "anat"
            record = {"verdict": "pass", "reasons": [], "measures": {"tiv_ml": 1400} | dict.fromkeys(measures, 1)}
            write_json(stem / f"{name}_desc-qc_metrics.json", record)
            (stem / f"{name}_desc-qc_figure.jpg").write_bytes(b"picture")
            write_json(tmp_path / "inspected" / f"{name}.json", {"status": "ok", "warnings": warnings.get(name, [])})
        keys = pd.DataFrame({"participant_id": SCANS, "session_id": "n/a", "scan": SCANS, "status": "ok"})
        write_table(tmp_path / "readable.tsv", keys)
        row = dict.fromkeys(COLUMNS, "n/a") | {"dataset": "A", "role": "study", "t1w": "x.nii"}
        write_table(tmp_path / "cohort.tsv", pd.DataFrame([row | {"participant_id": name} for name in SCANS]))
        files = {name: tmp_path / f"{name}.tsv" for name in ("readable", "cohort", "table")}
        page = tmp_path / "reports/quality.html"
        settings = {"warn_z": 5, "embedded_pictures": 1, "simulated": False, "deidentify": False, "visits": []} | change
        qc_report(**files, inspected=tmp_path / "inspected", derivatives=tmp_path / "results", out=page, **settings)
        return page

    return make


@pytest.mark.parametrize("deidentify", [False, True])
def test_pictures_of_the_worst_scans_are_embedded_and_the_others_linked(tmp_path, report, deidentify):
    page = report({"sub-3": [STRIPPED]}, deidentify=deidentify)
    table = read_table(tmp_path / "table.tsv")
    assert table["verdict"].tolist() == ["warn", "pass", "pass"] and "skull-stripped" in table["reasons"][0]
    links = re.findall('<img [^>]*src="([^"]+)"', page.read_text())
    assert links[0].startswith("data:image/jpeg;base64,") and len(links) == (1 if deidentify else 3)
    assert all((page.parent / link).read_bytes() == b"picture" for link in links[1:])
    assert deidentify == ("sub-" not in page.read_text())


def test_warnings_of_most_scans_are_listed_once(tmp_path, report, text_of):
    page = report(dict.fromkeys(SCANS[:2], [STRIPPED]))
    assert read_table(tmp_path / "table.tsv")["verdict"].tolist() == ["pass"] * 3
    assert f"Most scans: {STRIPPED}." in text_of(page.read_text())


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        (("mask_dice", "template_correlation"), "First row of each picture: scan aligned"),
        (("template_correlation",), "imported gray matter in template space"),
        ((), "imported volumes of the regions of both hemispheres"),
    ],
)
def test_the_legend_tells_what_the_pictures_show(report, text_of, measures, words):
    assert words in text_of(report({}, measures).read_text())


@pytest.mark.parametrize("deidentify", [False, True])
def test_visits_of_a_person_have_their_figure_and_the_stranger_among_them_comes_first(tmp_path, report, deidentify):
    visits = []
    for name, left_out in (("sub-1", {}), ("sub-2", {"sub-2_ses-B": "it may show someone else"})):
        visits.append(tmp_path / "results" / f"{name}_desc-visits_figure.jpg")
        visits[-1].parent.mkdir(exist_ok=True)
        visits[-1].write_bytes(b"picture")
        record = {"visits": {f"{name}_ses-A": {"overlap": 1.0}}, "left_out": left_out}
        write_json(tmp_path / "results" / f"{name}_desc-visits_xfm.json", record)
    text = report({}, visits=visits, deidentify=deidentify).read_text()
    section = text[text.index("Visits of one person") :]
    assert "was left out: it may show someone else" in section and "Overlap: " in section
    links = re.findall('<img [^>]*src="([^"]+)"', section)
    assert links[0].startswith("data:image/jpeg") and len(links) == (1 if deidentify else 2)
    if deidentify:
        assert "sub-" not in text
    else:
        assert section.index("sub-2") < section.index("sub-1")
    assert "Visits of one person" not in report({}).read_text()
