import numpy as np
import pandas as pd

from adrepro.core.tables import write_table


def test_repeated_hold_outs_are_compared_by_the_corrected_t(run, tmp_path):
    people = [f"sub-{i}" for i in range(40)]
    write_table(tmp_path / "splits/AD_vs_CN.tsv", pd.DataFrame({"participant_id": people, "partition": "train"}))
    rng = np.random.default_rng(0)
    for name, right in (("cnn", 0.5), ("good", 0.95)):
        label = np.tile([0, 1], 60)
        prediction = np.where(rng.uniform(size=120) < right, label, 1 - label)
        table = pd.DataFrame({"fold": np.repeat(range(10), 12), "label": label, "prediction": prediction})
        write_table(tmp_path / "AD_vs_CN" / name / "holdout" / "scores.tsv", table)
    found = run(holdouts={"AD_vs_CN": ["cnn", "good"]})["differences"].query("test == 'corrected t'")
    assert list(found["split"]) == ["holdout"] and list(found["advantage"]) == ["b"]
