import numpy as np

from adrepro.core.files import read_json
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import load
from adrepro.preprocessing.reference import template_sources
from adrepro.preprocessing.reference.template import BUILT_IN_TEMPLATE, template
from adrepro.preprocessing.reference.template_sources import load_template


def test_a_folder_becomes_the_template(folder, tmp_path):
    given = list(template_sources.in_folder(folder).values())
    template(tmp_path / "out", tmp_path / "space.json", 4, 4, "Own", "Own", given)
    made = {name: load(tmp_path / "out" / "study" / f"{name}.nii.gz") for name in ("T1w", "mask", "GM", "CSF")}
    brain = made["mask"].data > 0.5
    assert made["T1w"].data.max() <= 1 and made["T1w"].data[~made["mask"].data.astype(bool)].max() == 0
    expected = load_template()["GM"].on(study_grid(4)).data
    assert np.corrcoef(made["GM"].data[brain], expected[brain])[0, 1] > 0.8
    assert read_json(tmp_path / "space.json")["sha256"].keys() == {"T1w", "mask", "GM", "WM"}


def test_a_template_of_templateflow_is_read_from_its_cache(templateflow, tmp_path):
    template(tmp_path / "out", tmp_path / "space.json", 4, 4, f"templateflow-{templateflow}", templateflow, [])
    known = read_json(tmp_path / "space.json")
    assert known["space"] == templateflow and known["source"] == "TemplateFlow" and len(known["sha256"]["GM"]) == 64


def test_the_built_in_template_needs_nothing(tmp_path):
    template(tmp_path / "out", tmp_path / "space.json", 4, 4, BUILT_IN_TEMPLATE, "S", [])
    assert read_json(tmp_path / "space.json")["source"] == "nilearn"
