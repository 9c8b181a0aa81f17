import json

import numpy as np
import pandas as pd

from adrepro.core.tables import write_table
from adrepro.inference.exported_model import ExportedModel
from adrepro.inference.predict import predictions_table, scan_warnings, summary


def exported(content):
    return ExportedModel.model_validate_json(json.dumps(content))


def scan(participant="sub-1", age="70", dataset="new"):
    return {"participant_id": participant, "session_id": "n/a", "age": age, "dataset": dataset}


def test_scans_unlike_those_of_the_training_have_a_warning(classical):
    content = exported(classical)
    assert scan_warnings(pd.Series(scan()), content) == ""
    assert scan_warnings(pd.Series(scan(age="n/a")), content) == "age missing"
    found = scan_warnings(pd.Series(scan(age="81.5", dataset="study")), content)
    assert found.startswith("age 81.5 outside of the training range (60 to 80); dataset was used for training")


def test_the_ensemble_is_the_mean_over_folds(classical, tmp_path):
    classical["folds"] *= 2
    content, scans = exported(classical), pd.DataFrame([scan("sub-1"), scan("sub-2", age="90")])
    found = predictions_table(scans, np.array([[1.0, -0.5], [-2.0, 1.0]]), content)
    assert list(found) == "participant_id session_id fold_0 fold_1 ensemble prediction warnings".split()
    assert found["ensemble"].tolist() == [0.25, -0.5] and found["prediction"].tolist() == ["AD", "CN"]
    assert found["warnings"].tolist() == ["n/a", "age 90 outside of the training range (60 to 80)"]
    excluded = pd.DataFrame([["sub-3", "n/a", "no brain"]], columns=["participant_id", "session_id", "reason"])
    write_table(tmp_path / "results/cohort/excluded.tsv", excluded)
    text = summary(content, found, tmp_path)
    assert "2 scans, decision values, above 0 for AD" in text and "excluded: sub-3 n/a: no brain" in text
    assert "trained on simulated images" in text and "not a medical device" in text
