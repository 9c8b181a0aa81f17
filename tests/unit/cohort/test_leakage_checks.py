import numpy as np
import pandas as pd

from adrepro.cohort.leakage_checks import (
    EXAMPLES,
    check_groups,
    check_partitions,
    check_result,
    check_tasks,
    failed_checks,
)
from adrepro.cohort.sampling import draw_splits


def test_two_hundred_clean_splits_raise_no_alarm():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        names = [f"sub-{i:03}" for i in range(60)]
        people = pd.DataFrame({"participant_id": names, "dataset": "A", "role": "study"})
        people["label"] = rng.choice(["AD", "CN", "sMCI"], 60)
        people["family"] = rng.choice([f"f{i}" for i in range(40)], 60)
        drawn = draw_splits(people.assign(unit=people["family"]), {"AD": 4, "CN": 4, "sMCI": 4}, 3, None, seed)
        checks = [check_partitions(drawn), check_tasks(drawn, {"a": drawn}), check_groups(drawn, people, "family")]
        assert [c["count"] for c in checks] == [0, 0, 0]


def test_a_result_counts_all_leaks_and_shows_some():
    found = check_result("name", "compared", (f"leak {i:02}" for i in reversed(range(20))))
    assert found["verdict"] == "leak" and found["count"] == 20
    assert found["examples"] == [f"leak {i:02}" for i in range(EXAMPLES)]


def test_failed_checks_are_listed_with_examples():
    checks = [check_result("a", "2 scans", ["y", "x"]), check_result("b", "2 scans", []), check_result("c", "", ["z"])]
    assert failed_checks(checks) == ["a: 2 cases, x; y", "c: 1 case, z"]
