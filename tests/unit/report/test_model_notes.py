from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.core.files import write_json
from adrepro.report.model_notes import display_names, model_notes

SVM = ClassicalApproach(kind="svm_regional", inner_folds=5)
CNN = CnnApproach(kind="cnn_roi", network="Conv4_FC3", epochs=3, image="GM", permute_labels=True)


def test_the_name_is_added_where_several_approaches_are_of_one_kind():
    assert display_names({"a": SVM, "b": CNN}) == {"a": "SVM, regional volumes", "b": "3D CNN, hippocampi"}
    assert display_names({"a": SVM, "b": SVM})["b"] == "SVM, regional volumes (b)"
    rate = SVM.model_copy(update={"features": "rate"})
    names = {"a": "SVM, regional volumes", "b": "SVM, regional rates of change"}
    assert display_names({"a": SVM, "b": rate}) == names


def test_notes_come_from_the_records_of_the_models(tmp_path):
    records = {
        ("svm", 0): {"inner_folds": 0},
        ("svm", 1): {"inner_folds": 3, "notes": ["site X as it is"]},
        ("svm", 2): {"inner_folds": 5},
        ("svm", 3): {"notes": ["of an earlier number of folds"]},
        ("cnn", 1): {},
        ("cnn", 2): {},
        ("cnn", 0): {
            "architecture": "Conv4_FC3", "networks": 2, "parameters": 2000, "builds_on": ["AD_vs_CN/exp01/fold-0"],
        },
    }  # fmt: skip
    for (name, fold), record in records.items():
        write_json(tmp_path / "T" / name / f"fold-{fold}" / "model.json", record)
    assert model_notes(tmp_path, {"T": ["svm", "cnn"]}, {"svm": SVM, "cnn": CNN}, 3) == [
        "T, svm: 3 inner folds, limited by the smallest training class.",
        "T, svm: no nested search for C (C = 1), the smallest training class is too small.",
        "T, svm: site X as it is.",
        "cnn: 2 networks of Conv4_FC3, 1,000 parameters.",
        "cnn: initialized from AD_vs_CN/exp01.",
        "cnn: the input is modulated gray matter in place of the scan.",
        "cnn: trained on permuted labels (negative control).",
    ]
