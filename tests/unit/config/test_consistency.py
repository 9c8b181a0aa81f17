import pytest

from adrepro.core.errors import UserError
from small_studies import study


@pytest.mark.parametrize(
    ("approaches", "message"),
    [
        ({"a": {"kind": "cnn_roi", "init_from": "b"}}, "b is no approach or pretraining; there are encoder"),
        (
            {"a": {"kind": "cnn_whole", "init_from": "encoder"}},
            "cnn_whole cannot be initialized from encoder, a cnn_roi",
        ),
        (
            {"a": {"kind": "cnn_roi", "init_from": "b"}, "b": {"kind": "cnn_roi", "init_from": "a"}},
            "circular (a from b from a)",
        ),
        ({"a": {"kind": "cnn_roi", "tasks": ["everyone"]}}, "approaches.a.tasks: everyone is none of AD_vs_CN"),
        ({"a": {"kind": "svm_voxel", "train_task": "AD"}}, "approaches.a.train_task: AD is none of"),
        ({"encoder": {"kind": "cnn_roi"}}, "an approach has this name too"),
        ({"a": {"kind": "cnn_whole", "one_network_per_patch": True}}, "approaches.a.one_network_per_patch"),
        ({"a": {"kind": "cnn_roi", "leaky_slice_split": 0.2}}, "approaches.a.leaky_slice_split"),
        ({"a": {"kind": "cnn_slice", "network": "DenseNet121"}}, "approaches.a.network: DenseNet121 is not for"),
        ({"a": {"kind": "cnn_roi", "network": "ResNet-18 (2D)"}}, "approaches.a.network: ResNet-18 (2D) is not for"),
        ({"a": {"kind": "svm_voxel", "combat": {"batch": "site"}}}, "approaches.a.combat: only for regional features"),
        (
            {"a": {"kind": "svm_regional", "features": "rate", "training_data": "longitudinal"}},
            "approaches.a.training_data: a rate belongs to all visits of a person",
        ),
        (
            {"a": {"kind": "svm_regional", "features": "rate", "normalize_by_tiv": True}},
            "approaches.a.normalize_by_tiv: rates are percentages",
        ),
    ],
)
def test_a_contradiction_is_told_with_its_key(approaches, message):
    for settings in approaches.values():
        if settings["kind"].startswith("cnn"):
            settings["epochs"] = 1
    with pytest.raises(UserError) as error:
        study(approaches, {"encoder": {"kind": "cnn_roi", "task": "everyone", "epochs": 1}})
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("approaches", "more", "message"),
    [
        (
            {"a": {"kind": "svm_voxel"}},
            {},
            "approaches.a: a svm_voxel needs images, and derivatives of the kind freesurfer",
        ),
        ({"a": {"kind": "cnn_roi", "epochs": 1}}, {}, "approaches.a: a cnn_roi needs images"),
        ({"a": {"kind": "svm_regional", "features": "density"}}, {}, "approaches.a.features: derivatives"),
        ({"a": {"kind": "svm_regional"}}, {"atlas": "seeds"}, "atlas: the regions of FreeSurfer"),
    ],
)
def test_volumes_without_images_are_for_regional_approaches(approaches, more, message):
    derivatives = {"derivatives": {"kind": "freesurfer", "folder": "x"}}
    assert study({"a": {"kind": "svm_regional"}}, **derivatives).derivatives_kind == "freesurfer"
    with pytest.raises(UserError) as error:
        study(approaches, **derivatives, **more)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("approaches", "more", "message"),
    [
        ({"a": {"kind": "svm_regional", "atlas": "aal2"}}, {}, "approaches.a.atlas: aal2 is none of atlases"),
        (
            {"a": {"kind": "svm_voxel", "atlas": "seeds"}},
            {"atlases": ["seeds"]},
            "approaches.a.atlas: only for regional",
        ),
        (
            {"a": {"kind": "svm_regional"}},
            {"atlases": ["seeds", "seeds"]},
            "seeds has the label of another atlas",
        ),
        (
            {"a": {"kind": "svm_regional"}},
            {"atlases": ["desikan-killiany"]},
            "desikan-killiany has the label of another",
        ),
        (
            {"a": {"kind": "svm_regional"}},
            {"atlas": {"name": "aal2", "labels": "x.nii", "space": "MNI"}, "atlases": ["aal2"]},
            "aal2 has the label of another atlas",
        ),
        (
            {"a": {"kind": "svm_regional"}},
            {"atlases": ["seeds"], "derivatives": {"kind": "cat12", "folder": "x"}},
            "atlases: derivatives of another tool are measured on one atlas",
        ),
    ],
)
def test_atlases_that_contradict_each_other_are_told(approaches, more, message):
    with pytest.raises(UserError) as error:
        study(approaches, **more)
    assert message in str(error.value)


def test_test_sets_by_label_name_every_label_of_the_tasks():
    with pytest.raises(UserError, match="splits.test_per_label: no number for CN, which a task names; add `CN: N`"):
        study({"a": {"kind": "svm_voxel"}}, splits={"test_per_label": {"AD": 2, "MCI": 1, "sMCI": 1, "pMCI": 1}})
