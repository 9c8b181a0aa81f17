import numpy as np
import pandas as pd
import pytest

from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.core.tables import write_table
from adrepro.report.sections.interpretation import Explanation, TopRegions, explanations, main_regions

SETTINGS = {
    "svm": ClassicalApproach(kind="svm_regional"),
    "cnn": CnnApproach(kind="cnn_roi", network="Conv4_FC3", epochs=3),
}
NAMES = {"svm": "SVM", "cnn": "CNN"}


@pytest.fixture
def results(tmp_path):
    for name in ("AD_vs_CN/svm/weights.jpg", "AD_vs_CN/cnn/saliency/maps.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"picture")
    regions = [("occlusion", f"r{n}", 7 - n) for n in range(7)] + [("grad_cam", "r1", np.nan)]
    regions += [("integrated_gradients", "r9", 2.345)]
    table = pd.DataFrame(regions, columns=["method", "region", "ratio"])
    write_table(tmp_path / "AD_vs_CN/cnn/saliency/regions.tsv", table)
    check = {"method": "occlusion", "correlation": 0.25, "inside_brain": 0.9, "ground_truth_ratio": 1.5}
    checks = [check | {"weights": "trained", "ground_truth_auc": 0.8}]
    checks += [check | {"weights": "random", "ground_truth_auc": np.nan, "inside_brain": 0.5}]
    write_table(tmp_path / "AD_vs_CN/cnn/saliency/checks.tsv", pd.DataFrame(checks))
    return tmp_path


def test_maps_of_classical_models_and_of_explained_networks(results):
    approaches = {"AD_vs_CN": ["svm", "cnn"], "sMCI_vs_pMCI": ["svm"]}
    svm, cnn = explanations(results, [("AD_vs_CN", "cnn")], approaches, SETTINGS, NAMES)
    assert (svm.task, svm.name, svm.network, svm.regions, svm.checks) == ("AD vs CN", "SVM", False, [], [])
    assert cnn.regions == [
        TopRegions("occlusion", ["r0 (7.0)", "r1 (6.0)", "r2 (5.0)", "r3 (4.0)", "r4 (3.0)"]),
        TopRegions("integrated gradients", ["r9 (2.3)"]),
    ]
    assert cnn.checks == [
        {
            "method": "occlusion", "correlation": "0.25", "inside": "0.90 / 0.50", "ratio": "1.50 / 1.50",
            "auc": "0.80 / n/a",
        }
    ]  # fmt: skip
    assert [one.name for one in explanations(results, [], approaches, SETTINGS, NAMES)] == ["SVM"]
    assert main_regions([svm, cnn]) == ["CNN (AD vs CN): r9 (2.3) by integrated gradients"]


def test_the_first_method_stands_in_for_integrated_gradients():
    regions = [TopRegions("occlusion", ["r1 (2.0)", "r2 (1.0)"]), TopRegions("grad cam", ["r3 (3.0)"])]
    entry = Explanation("AD vs CN", "CNN", "data:", True, regions, [])
    assert main_regions([entry]) == ["CNN (AD vs CN): r1 (2.0) by occlusion"]
