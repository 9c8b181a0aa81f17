import json
import re

import pandas as pd
import pytest
import yaml

from adrepro.config.settings.analysis import ReportSettings
from adrepro.config.study import Study
from adrepro.core.errors import UserError
from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table


def without(split):
    return lambda table: table[table["split"] != split]


def test_the_page_reports_the_results(study, make_page):
    page, text = make_page(*study(per_class=60))
    assert "better than 3D CNN, hippocampi by" in text and "external datasets" in text
    assert "published 0.84" in text and "Samper-González et al. 2018" in text
    assert "simulated data" in text and page.count("<svg") >= 8
    assert "44 items answered" in text and "to be answered by the authors" in text
    assert "http-equiv" not in page and 'src="http' not in page


def test_the_page_is_the_same_each_time(study, make_page):
    folder, settings = study()
    assert make_page(folder, settings)[0] == make_page(folder, settings)[0]


def test_links_of_the_page_have_targets(study, make_page):
    page, _ = make_page(*study())
    links, ids = set(re.findall('href="#([^"]+)"', page)), re.findall(' id="([^"]+)"', page)
    outside = re.sub("<svg.*?</svg>", "", page, flags=re.DOTALL)
    headings = re.findall('<h2 id="([^"]+)"', outside)
    assert len(headings) == 11 and set(headings) == set(re.findall('<a href="#([^"]+)"', outside))
    assert links <= set(ids) and len(set(headings)) == len(headings)
    assert set(re.findall('aria-labelledby="([^"]+)"', outside)) == set(headings)


def test_a_figure_setting_changes_the_page_alone(study, make_page):
    folder, settings = study()
    first = make_page(folder, settings)[0]
    tables = {p.name: p.read_bytes() for p in (folder / "results" / "comparison").glob("*.tsv")}
    second = make_page(folder, settings.model_copy(update={"report": ReportSettings(font_size=12)}))[0]
    assert first != second
    assert tables == {p.name: p.read_bytes() for p in (folder / "results" / "comparison").glob("*.tsv")}


def test_intervals_are_labeled_with_the_confidence_level(study, make_page):
    folder, settings = study()
    bootstrap = settings.bootstrap.model_copy(update={"confidence_level": 0.9})
    _, text = make_page(folder, settings.model_copy(update={"bootstrap": bootstrap}))
    assert "[90 % bootstrap interval" in text and "with 90 % intervals" in text and "95 %" not in text


def test_the_page_states_that_there_is_no_external_cohort(study, make_page):
    folder, settings = study(change=without("external"))
    _, text = make_page(folder, settings)
    assert "no external cohort" in text


def test_one_fold_and_one_approach(study, make_page):
    folder, settings = study(members=["good"], folds=1)
    _, text = make_page(folder, settings)
    assert "There is only one approach, so no comparison was made." in text and "One fold" in text


def test_equal_predictions_and_ties(study, make_page):
    def same(table):
        return table.assign(score=0.6, prediction=1)

    _, text = make_page(*study(change=same))
    assert "predicts the positive class for every test participant" in text
    assert "No significant difference between approaches" in text


def test_a_class_that_is_missing_on_the_test_set(study, make_page):
    def only_one(table):
        return table[(table["split"] != "test") | (table["label"] == 1)]

    _, text = make_page(*study(change=only_one))
    assert "one of the classes is absent" in text


def test_a_class_that_is_missing_in_a_subgroup(study, make_page):
    folder, settings = study()
    sheet = read_table(folder / "cohort.tsv")
    positive = {
        i
        for p in (folder / "results").rglob("scores.tsv")
        for i in read_table(p).query("label == '1'")["participant_id"]
    }
    sheet["sex"] = ["F" if i in positive else "M" for i in sheet["participant_id"]]
    write_table(folder / "cohort.tsv", sheet)
    _, text = make_page(folder, settings)
    assert "Undefined, since a class is absent: sex: F" in text


def test_strings_from_data_are_escaped(study, make_page):
    folder, settings = study()
    row = {
        "participant_id": "<script>alert(1)</script>",
        "session_id": "n/a",
        "step": "inspect",
        "reason": "<b>bold</b>",
    }
    write_table(folder / "results" / "cohort" / "excluded.tsv", pd.DataFrame([row]))
    page, _ = make_page(folder, settings)
    assert "<script>alert" not in page and "<b>bold" not in page and "&lt;b&gt;bold" in page


def test_a_deidentified_page_holds_no_identifiers(study, make_page):
    folder, settings = study()
    row = {"participant_id": "sub-X7", "session_id": "ses-20150312", "step": "inspect", "reason": "sub-X7_ses-20150312"}
    write_table(folder / "results" / "cohort" / "excluded.tsv", pd.DataFrame([row]))
    page, _ = make_page(folder, settings)
    assert "sub-X7" in page and "ses-20150312" in page
    page, _ = make_page(folder, settings.model_copy(update={"deidentify": True}))
    assert "sub-" not in page and "ses-" not in page and "participant-" in page and "visit-1" in page


def test_the_quality_of_images_is_summarized(study, make_page):
    folder, settings = study()
    rows = [
        {"scan": f"sub-{i}", "verdict": v, "tiv_ml": 1400 + i, "tiv_ml_z": 0} for i, v in enumerate(["pass", "warn"])
    ]
    write_table(folder / "results" / "cohort" / "quality.tsv", pd.DataFrame(rows))
    _, text = make_page(folder, settings)
    assert "1 passed, 1 with a warning" in text and "1400 to 1401" in text


def test_leakage_stops_the_report_unless_it_is_allowed(study, make_page):
    folder, settings = study()
    check = {"name": "people", "compared": "x", "count": 1, "verdict": "leak", "examples": ["sub-1"]}
    write_json(folder / "results" / "leakage.json", {"verdict": "leak", "checks": [check]})
    with pytest.raises(UserError, match="people: 1 case, sub-1"):
        make_page(folder, settings)
    _, text = make_page(folder, settings.model_copy(update={"allow_leak": True}))
    assert "LEAK: these results are not valid" in text and "Leakage detected." in text and "sub-1" in text


def test_study_json_holds_what_other_programs_read(study, make_page):
    folder, settings = study()
    make_page(folder, settings)
    record = json.loads((folder / "results" / "comparison" / "study.json").read_text())
    assert record["seed"] == 20 and record["approaches"] == Study(settings).per_task
    assert len(record["inputs"]["cohort sheet"]) == 64 and yaml.safe_dump(record["config"])
