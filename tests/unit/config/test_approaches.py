import pytest

from adrepro.config.approaches import complete, per_task, pretrainings, problems, source, tasks_of

TASKS = {
    "AD_vs_CN": {"positive": "AD", "negative": "CN"},
    "sMCI_vs_pMCI": {"positive": "pMCI", "negative": "sMCI"},
    "everyone": {"classes": {"AD": "AD", "CN": "CN", "MCI": "MCI"}},
}


def config(approaches, pretraining=None):
    return {
        "tasks": TASKS,
        "splits": {"training_data": "baseline"},
        "training": {"batch_size": 4, "stop_by": "balanced_accuracy"},
        "machines": {"trees": 10},
        "approaches": approaches,
        "pretraining": pretraining,
        "comparison": {"against": None},
        "saliency": {"tasks": "first", "methods": ["grad_cam"]},
    }


def test_defaults_are_filled_in_and_the_kinds_give_the_order():
    found = complete(config({"b": {"kind": "cnn_roi", "batch_size": 8}, "a": {"kind": "svm_voxel"}}))
    assert list(found) == ["a", "b"]
    assert found["b"]["batch_size"] == 8 and found["b"]["network"] == "Conv4_FC3" and found["a"]["trees"] == 10
    assert "batch_size" not in found["a"]


def test_an_approach_runs_on_its_tasks_or_on_all_of_two_classes():
    own = config({"a": {"kind": "cnn_roi"}, "b": {"kind": "svm_voxel", "tasks": ["sMCI_vs_pMCI"]}})
    assert tasks_of(own, "a") == ["AD_vs_CN", "sMCI_vs_pMCI"]
    assert per_task(own) == {"AD_vs_CN": ["a"], "sMCI_vs_pMCI": ["b", "a"]}


def test_weights_come_from_pretraining_the_same_task_or_the_only_one():
    roi = {"kind": "cnn_roi"}
    own = config(
        {
            "first": {**roi, "tasks": ["AD_vs_CN"], "start_from": "encoder"},
            "second": {**roi, "tasks": ["sMCI_vs_pMCI"], "start_from": "first"},
            "both": roi,
            "third": {**roi, "start_from": "both"},
        },
        {"encoder": {**roi, "task": "everyone", "epochs": 1}},
    )
    assert source(own, "AD_vs_CN", "first") == "pretraining/encoder"
    assert source(own, "sMCI_vs_pMCI", "second") == "AD_vs_CN/first"
    assert source(own, "sMCI_vs_pMCI", "third") == "sMCI_vs_pMCI/both"
    assert source(own, "AD_vs_CN", "both") is None
    assert problems(own) == []
    assert pretrainings(own)["encoder"]["stop_by"] == "loss"


@pytest.mark.parametrize(
    ("approaches", "message"),
    [
        ({"a": {"kind": "cnn_roi", "start_from": "b"}}, "b is no approach or pretraining; there are encoder"),
        ({"a": {"kind": "cnn_whole", "start_from": "encoder"}}, "cnn_whole cannot start from encoder, a cnn_roi"),
        (
            {"a": {"kind": "cnn_roi", "start_from": "b"}, "b": {"kind": "cnn_roi", "start_from": "a"}},
            "a from b from a is a circle",
        ),
        ({"a": {"kind": "cnn_roi", "tasks": ["everyone"]}}, "approaches.a.tasks: everyone is none of AD_vs_CN"),
        ({"a": {"kind": "svm_voxel", "train_task": "AD"}}, "approaches.a.train_task: AD is none of"),
        ({"encoder": {"kind": "cnn_roi"}}, "an approach has this name too"),
        ({"a": {"kind": "cnn_whole", "per_position": True}}, "approaches.a.per_position"),
        ({"a": {"kind": "cnn_roi", "network": "Conv4_FC3", "split_slices": 0.2}}, "approaches.a.split_slices"),
    ],
)
def test_what_cannot_be_is_told_with_its_key(approaches, message):
    found = problems(config(approaches, {"encoder": {"kind": "cnn_roi", "task": "everyone", "epochs": 1}}))
    assert any(message in problem for problem in found), found
