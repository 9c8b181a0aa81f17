from adrepro.config.further_atlases import on_one_atlas, with_further_atlases
from small_studies import study


def test_each_regional_svm_runs_on_every_atlas():
    approaches = {"a": {"kind": "svm_regional", "features": "density"}, "b": {"kind": "logistic_regional"}}
    reference = {"comparison": {"reference_approach": "a_seeds"}}
    own = study(approaches, atlases=["harvard-oxford", "seeds"], **reference)
    assert own.atlases == {"desikankilliany": "desikan-killiany", "harvardoxford": "harvard-oxford", "seeds": "seeds"}
    assert list(own.approaches) == ["a", "a_harvardoxford", "a_seeds", "b"]
    assert own.approaches["a_seeds"].atlas == "seeds" and own.approaches["a_seeds"].features == "density"
    assert own.approaches["a"].atlas is None
    assert with_further_atlases(own.settings) == own.settings


def test_an_approach_with_settings_of_its_own_takes_the_place():
    approaches = {"a": {"kind": "svm_regional"}, "a_seeds": {"kind": "svm_regional", "atlas": "seeds", "c_grid": [5]}}
    assert study(approaches, atlases=["seeds"]).approaches["a_seeds"].c_grid == [5]


def test_a_model_takes_its_own_atlas_along():
    approaches = {"a": {"kind": "svm_regional"}, "c": {"kind": "cnn_roi", "epochs": 1}}
    own = study(approaches, atlases=["harvard-oxford", "seeds"], comparison={"reference_approach": "a_harvardoxford"})
    seeds, network = (on_one_atlas(own.settings, name) for name in ("a_seeds", "c"))
    assert seeds.atlases == ["seeds"] and set(seeds.approaches) == {"a", "a_seeds", "c"}
    assert network.atlases == [] and set(network.approaches) == {"a", "c"}
    assert network.comparison.reference_approach is None


def test_a_model_leaves_approaches_on_rates_of_change_behind():
    approaches = {"a": {"kind": "svm_regional"}, "rate": {"kind": "svm_regional", "features": "rate"}}
    assert list(on_one_atlas(study(approaches).settings, "a").approaches) == ["a"]


def test_an_approach_on_voxels_keeps_itself_where_rates_are_the_default():
    approaches = {"voxels": {"kind": "svm_voxel"}, "rate": {"kind": "svm_regional"}}
    own = study(approaches, classical={"features": "rate"})
    assert list(on_one_atlas(own.settings, "voxels").approaches) == ["voxels"]
