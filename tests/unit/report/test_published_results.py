import pytest

from adrepro.report.published_results import counterpart, published_task

AD, MCI = {"positive": "AD", "negative": "CN"}, {"positive": ["pMCI"], "negative": "sMCI"}


def approach(kind, **changes):
    network = {"cnn_whole": "Conv5_FC3", "cnn_roi": "Conv4_FC3", "cnn_patch": "Conv4_FC3"}.get(kind, "ResNet-18 (2D)")
    usual = {"network": network, "training_data": "baseline", "per_position": True, "train_task": None}
    return {"kind": kind, **usual, "split_slices": 0, **changes}


@pytest.mark.parametrize(
    ("sides", "settings", "where", "value"),
    [
        (AD, approach("cnn_whole"), ("test", "ADNI"), 0.82),
        (AD, approach("cnn_whole", training_data="longitudinal"), ("external", "AIBL"), 0.86),
        (AD, approach("cnn_roi"), ("external", "OASIS-1"), 0.69),
        (AD, approach("cnn_slice", split_slices=0.15), ("validation", "ADNI"), 1.00),
        (AD, approach("cnn_slice", split_slices=0.15), ("test", "ADNI"), 0.75),
        (AD, approach("svm_voxel"), ("test", "ADNI"), 0.88),
        (MCI, approach("svm_voxel", train_task="AD_vs_CN"), ("external", "AIBL"), 0.60),
        (MCI, approach("cnn_patch"), ("test", "ADNI"), 0.70),
        (AD, approach("svm_regional"), ("test", "ADNI"), 0.844),
    ],
)
def test_the_printed_value_stands_beside_its_counterpart(sides, settings, where, value):
    assert counterpart(sides, settings, *where, "balanced_accuracy").value == value


@pytest.mark.parametrize(
    ("sides", "settings", "where"),
    [
        (MCI, approach("cnn_slice"), ("test", "ADNI")),  # not run in the paper
        (MCI, approach("svm_voxel"), ("test", "ADNI")),  # the paper's was trained on the other task
        (AD, approach("cnn_patch", per_position=False), ("test", "ADNI")),
        (AD, approach("cnn_whole", network="DenseNet121"), ("test", "ADNI")),
        (AD, approach("cnn_whole"), ("external", "elsewhere")),
        ({"positive": "CN", "negative": "AD"}, approach("cnn_whole"), ("test", "ADNI")),
        (AD, approach("svm_regional"), ("validation", "ADNI")),
    ],
)
def test_what_was_not_published_has_no_counterpart(sides, settings, where):
    assert counterpart(sides, settings, *where, "balanced_accuracy") is None


def test_a_task_is_known_by_its_labels():
    assert published_task(MCI) == "sMCI_vs_pMCI" and published_task({"positive": "SZ", "negative": "HC"}) is None


def test_folds_are_as_printed():
    found = counterpart(AD, approach("cnn_whole"), "test", "ADNI", "balanced_accuracy")
    assert found.folds == (0.79, 0.85, 0.82, 0.81, 0.85) and found.source == "Wen et al. 2020"
