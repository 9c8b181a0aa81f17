import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from scipy.special import expit

from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.core.errors import UserError
from adrepro.core.tables import write_table
from adrepro.imaging.grids import study_grid
from adrepro.inference.exported_model import ExportedModel
from adrepro.inference.model_scores import classical_scores, network_scores, required_files
from adrepro.models.deep.input_regions import input_regions
from adrepro.models.deep.registry import build
from adrepro.models.deep.weights import save_weights


def exported(content):
    return ExportedModel.model_validate_json(json.dumps(content))


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        (ClassicalApproach(kind="svm_regional"), "results/features/regional.tsv"),
        (
            ClassicalApproach(kind="svm_regional", features="density", atlas="harvard-oxford"),
            "results/features/regional_density_harvardoxford.tsv",
        ),
        (ClassicalApproach(kind="svm_regional", features="density"), "results/features/regional_density.tsv"),
        (ClassicalApproach(kind="svm_voxel"), "results/volumes/GM.npy"),
        (CnnApproach(kind="cnn_roi", epochs=1), "results/volumes/T1w.npy"),
        (CnnApproach(kind="cnn_roi", epochs=1, image="GM"), "results/volumes/GM_unsmoothed.npy"),
    ],
)
def test_each_kind_of_model_needs_its_features(settings, first):
    assert required_files(settings)[0] == first


@pytest.mark.parametrize("kind", ["decision", "probability"])
@pytest.mark.parametrize("by_tiv", [False, True])
def test_scores_are_linear_in_the_features_of_the_model(model, classical, tmp_path, kind, by_tiv):
    classical["settings"]["normalize_by_tiv"] = by_tiv
    content = exported(classical | {"features": ["b", "a"], "score_kind": kind})
    folder, table = model(classical), tmp_path / "regional.tsv"
    save_file({"weights": np.array([2.0, 1.0]), "intercept": np.array([-1.0])}, folder / "models/fold-0.safetensors")
    columns = ["participant_id", "session_id", "tiv_ml", "a", "b"]
    write_table(
        table, pd.DataFrame([["sub-1", "n/a", "2", "10", "1"], ["sub-2", "n/a", "4", "0", "2"]], columns=columns)
    )
    raw = np.array([12.0, 4.0])
    decision = raw / [2, 4] - 1 if by_tiv else raw - 1
    expected = expit(decision) if kind == "probability" else decision
    np.testing.assert_allclose(classical_scores(folder, content, table, table), expected[:, None])


def test_features_of_another_atlas_or_grid_are_refused(model, classical, tmp_path):
    folder, table = model(classical), tmp_path / "regional.tsv"
    write_table(
        table, pd.DataFrame([["sub-1", "n/a", "2", "10"]], columns="participant_id session_id tiv_ml b".split())
    )
    with pytest.raises(UserError, match="no column a; use the atlas of the model"):
        classical_scores(folder, exported(classical), table, table)
    save_file({"weights": np.ones(3), "intercept": np.zeros(1)}, folder / "models/fold-0.safetensors")
    with pytest.raises(UserError, match="do not fit 1 features"):
        classical_scores(folder, exported(classical | {"features": ["b"]}), table, table)


def test_probabilities_of_input_regions_are_aggregated_by_their_weights(model, cnn, tmp_path):
    grid, settings = study_grid(4), CnnApproach(kind="cnn_roi", network="Conv4_FC3", epochs=1)
    boxes = input_regions("cnn_roi", grid)
    volumes = np.random.default_rng(0).random((3, *grid.shape), dtype=np.float32)
    np.save(tmp_path / "T1w.npy", volumes)
    torch.manual_seed(0)
    network = build(settings, volumes[0][boxes[0]].shape, 1)
    folder = model(cnn)
    save_weights(folder / "models/fold-0.safetensors", [network.state_dict()])
    by_region = []
    for box in boxes:
        x = np.stack([volume[box] for volume in volumes])
        low, high = (edge(x, axis=(1, 2, 3), keepdims=True) for edge in (np.min, np.max))
        with torch.no_grad():
            logits = network.train(False)(torch.from_numpy((x - low) / (high - low))[:, None])[:, 0]
        by_region.append(torch.softmax(logits, 1)[:, 1].numpy())
    expected = 0.25 * by_region[0] + 0.75 * by_region[1]
    found = network_scores(folder, exported(cnn), tmp_path / "T1w.npy", "cpu")
    np.testing.assert_allclose(found, expected[:, None], atol=1e-5)
