from small_studies import study


def test_names_of_spaces_and_atlases_fit_file_names():
    own = study({"a": {"kind": "svm_voxel"}}, resolution_mm=1.5, atlas="schaefer2018-200")
    assert own.space_entities == "space-MNI152NLin2009aSym_res-1p5" and own.atlas_label == "schaefer2018200"
    template = {"name": "Own", "folder": "maps", "derived_from": "participants"}
    own = study({"a": {"kind": "svm_voxel"}}, reference=template)
    assert own.space == "Own" and own.derived_from == {"template": "participants", "atlas": "others"}
    assert study({"a": {"kind": "svm_voxel"}}, reference="templateflow-MNI152NLin6Asym").space == "MNI152NLin6Asym"


def test_dartel_templates_are_made_of_participants_unless_told_otherwise():
    derivatives = {"kind": "caps", "folder": "caps"}
    assert study({"a": {"kind": "svm_voxel"}}, derivatives=derivatives).derived_from["template"] == "participants"
    derivatives["template_derived_from"] = "others"
    assert study({"a": {"kind": "svm_voxel"}}, derivatives=derivatives).derived_from["template"] == "others"
