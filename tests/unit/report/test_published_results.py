import pytest

from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.config.settings.cohort import Task
from adrepro.report.published_results import counterpart, published_model, published_task

AD, MCI = Task(positive="AD", negative="CN"), Task(positive=["pMCI"], negative="sMCI")


def approach(kind, **changes):
    if not kind.startswith("cnn"):
        return ClassicalApproach(kind=kind, **changes)
    network = {"cnn_whole": "Conv5_FC3", "cnn_roi": "Conv4_FC3", "cnn_patch": "Conv4_FC3"}.get(kind, "ResNet-18 (2D)")
    return CnnApproach(**{"kind": kind, "epochs": 1, "network": network, "one_network_per_patch": True} | changes)


@pytest.mark.parametrize(
    ("task", "settings", "where", "value"),
    [
        (AD, approach("cnn_whole"), ("test", "ADNI"), 0.82),
        (AD, approach("cnn_whole", training_data="longitudinal"), ("external", "AIBL"), 0.86),
        (AD, approach("cnn_roi"), ("external", "OASIS-1"), 0.69),
        (AD, approach("cnn_slice", leaky_slice_split=0.15), ("validation", "ADNI"), 1.00),
        (AD, approach("cnn_slice", leaky_slice_split=0.15), ("test", "ADNI"), 0.75),
        (AD, approach("svm_voxel"), ("test", "ADNI"), 0.88),
        (MCI, approach("svm_voxel", train_task="AD_vs_CN"), ("external", "AIBL"), 0.60),
        (MCI, approach("cnn_patch"), ("test", "ADNI"), 0.70),
        (AD, approach("svm_regional"), ("test", "ADNI"), 0.844),
    ],
)
def test_published_value_of_the_same_model_and_cohort(task, settings, where, value):
    assert counterpart(task, settings, *where, "balanced_accuracy").value == value


@pytest.mark.parametrize(
    ("task", "settings", "where"),
    [
        (MCI, approach("cnn_slice"), ("test", "ADNI")),  # not run in the paper
        (MCI, approach("svm_voxel"), ("test", "ADNI")),  # the paper's was trained on the other task
        (AD, approach("cnn_patch", one_network_per_patch=False), ("test", "ADNI")),
        (AD, approach("cnn_whole", network="DenseNet121"), ("test", "ADNI")),
        (AD, approach("cnn_whole"), ("external", "elsewhere")),
        (Task(positive="CN", negative="AD"), approach("cnn_whole"), ("test", "ADNI")),
        (AD, approach("svm_regional"), ("validation", "ADNI")),
    ],
)
def test_unpublished_results_have_no_counterpart(task, settings, where):
    assert counterpart(task, settings, *where, "balanced_accuracy") is None


def test_a_task_is_identified_by_its_labels():
    assert published_task(MCI) == "sMCI_vs_pMCI" and published_task(Task(positive="SZ", negative="HC")) is None


def test_folds_are_as_printed():
    published = counterpart(AD, approach("cnn_whole"), "test", "ADNI", "balanced_accuracy")
    assert published.folds == (0.79, 0.85, 0.82, 0.81, 0.85) and published.source == "Wen et al. 2020"


def test_random_forests_correspond_to_the_table_of_regional_classifiers():
    forest = approach("random_forest_regional")
    assert published_model(forest, "AD_vs_CN") is None
    assert counterpart(AD, forest, "external", "AIBL", "balanced_accuracy") is None
