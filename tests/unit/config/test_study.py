from adrepro.config.loading import settings_of
from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.config.settings.quality import QualitySettings
from adrepro.config.settings.study import StudySettings
from adrepro.config.study import Study
from small_studies import study


def test_defaults_are_filled_in_and_the_kinds_give_the_order():
    found = study({"b": {"kind": "cnn_roi", "epochs": 1, "batch_size": 8}, "a": {"kind": "svm_voxel"}}).approaches
    assert list(found) == ["a", "b"]
    assert isinstance(found["a"], ClassicalApproach) and isinstance(found["b"], CnnApproach)
    assert found["b"].batch_size == 8 and found["b"].network == "Conv4_FC3" and found["a"].trees == 10
    assert found["b"].early_stopping_metric == "balanced_accuracy"


def test_an_approach_changes_one_key_of_a_section_and_keeps_the_others():
    roi = {"kind": "cnn_roi", "epochs": 1, "aggregation": {"min_score": 0.7}}
    found = study({"a": roi}, cnn_training={"aggregation": {"weights": "accuracy"}}).approaches["a"].aggregation
    assert (found.weights, found.min_score) == ("accuracy", 0.7)


def test_settings_of_steps_hold_every_key_and_those_of_a_study_the_given_ones():
    roi = {"kind": "cnn_roi", "epochs": 1, "aggregation": {"min_score": 0.7}}
    own = study({"a": roi}, cnn_training={"aggregation": {"weights": "accuracy"}})
    assert own.approaches["a"].model_dump(mode="json")["aggregation"] == {"weights": "accuracy", "min_score": 0.7}
    assert study({"a": {**roi, "aggregation": {}}}).approaches["a"].aggregation.model_dump()["min_score"] == 0
    again = Study(StudySettings.model_validate_json(own.settings.model_dump_json()))
    assert again.approaches == own.approaches and again.settings.approaches["a"].model_dump() == roi


def test_a_default_and_the_same_value_given_are_the_same_json():
    assert QualitySettings().model_dump_json() == QualitySettings(warn_z=5).model_dump_json()
    assert '"warn_z":5.0' in QualitySettings().model_dump_json()


def test_null_in_an_approach_takes_a_default_away():
    roi = {"kind": "cnn_roi", "epochs": 1}
    own = study({"a": {**roi, "augment": None}, "b": roi}, cnn_training={"augment": {"flip": 0.5}})
    assert own.approaches["a"].augment is None and own.approaches["b"].augment.flip == 0.5


def test_training_data_comes_from_the_approach_or_from_the_splits():
    approaches = {"a": {"kind": "svm_voxel"}, "b": {"kind": "svm_voxel", "training_data": "baseline"}}
    own = study(approaches, splits={"training_data": "longitudinal"}).approaches
    assert own["a"].training_data == "longitudinal" and own["b"].training_data == "baseline"


def test_an_approach_runs_on_its_tasks_or_on_all_of_two_classes():
    own = study({"a": {"kind": "cnn_roi", "epochs": 1}, "b": {"kind": "svm_voxel", "tasks": ["sMCI_vs_pMCI"]}})
    assert own.tasks_of("a") == ["AD_vs_CN", "sMCI_vs_pMCI"]
    assert own.per_task == {"AD_vs_CN": ["a"], "sMCI_vs_pMCI": ["b", "a"]}


def test_weights_come_from_pretraining_the_same_task_or_the_only_one():
    roi = {"kind": "cnn_roi", "epochs": 1}
    own = study(
        {
            "first": {**roi, "tasks": ["AD_vs_CN"], "init_from": "encoder"},
            "second": {**roi, "tasks": ["sMCI_vs_pMCI"], "init_from": "first"},
            "both": roi,
            "third": {**roi, "init_from": "both"},
        },
        {"encoder": {**roi, "task": "everyone"}},
    )
    assert own.initial_model("AD_vs_CN", "first") == "pretraining/encoder"
    assert own.initial_model("sMCI_vs_pMCI", "second") == "AD_vs_CN/first"
    assert own.initial_model("sMCI_vs_pMCI", "third") == "sMCI_vs_pMCI/both"
    assert own.initial_model("AD_vs_CN", "both") is None
    assert own.pretrainings["encoder"].early_stopping_metric == "loss"


def test_covariates_are_confounds_batches_and_covariates_of_combat():
    combat = {"batch": "site", "covariates": ["age"]}
    own = study(
        {"a": {"kind": "svm_regional", "confounds": ["tiv_ml"]}, "b": {"kind": "svm_regional", "combat": combat}}
    )
    assert own.covariates == {"tiv_ml", "site", "age"}


def test_settings_to_share_name_no_folder_and_can_be_read_again():
    own = study({"a": {"kind": "cnn_roi", "epochs": 1, "aggregation": {"min_score": 0.7}}}, cohort="/a/b/cohort.tsv")
    shared = own.shared_settings
    assert shared["cohort"] == "cohort.tsv"
    again = Study(settings_of(shared, "test"))
    assert again.approaches == own.approaches and again.settings.splits == own.settings.splits


def test_atlases_of_rates_are_those_of_regional_approaches_that_use_them():
    own = {"features": "rate"}
    assert study({"a": {"kind": "svm_regional"}, "b": {"kind": "svm_voxel", **own}}).rate_atlases == []
    found = study({"a": {"kind": "svm_regional", **own, "atlas": "aal2"}}, atlases=["aal2"])
    assert found.rate_atlases == ["aal2"]
    assert study({"a": {"kind": "logistic_regional", **own}}).rate_atlases == ["desikankilliany"]
