"""Cohort sheet of participants with known courses, for tests of labels and splits."""

import pandas as pd

from adrepro.config.settings.cohort import RepeatedHoldout, SplitSettings, Task

TASKS = {"AD_vs_CN": Task(positive="AD", negative="CN"), "MCI_vs_CN": Task(positive="MCI", negative="CN")}
SETTINGS = SplitSettings(
    test_per_label=2, folds=2, match=None, repeated_holdout=RepeatedHoldout(iterations=3, test_fraction=0.3)
)
COURSES = {"AD": ("AD", "AD"), "CN": ("CN", "CN"), "sMCI": ("MCI", "MCI"), "pMCI": ("MCI", "AD")}

# Diagnoses at months 0 and 12, and the status of both scans; an empty one for a visit without a scan.
EXCLUDED_PEOPLE = {
    "sub-1": (("CN", "CN"), ("pass", "pass")),
    "sub-2": (("AD", "AD"), ("pass", "")),
    "sub-3": (("AD", "AD"), ("fail", "pass")),
    "sub-4": (("MCI", "MCI"), ("pass", "")),  # in no task
    "sub-5": (("CN", "AD"), ("pass", "")),  # without a label
    "sub-6": (("CN", "CN"), ("inspect", "")),
    "sub-7": (("CN", "CN"), ("preprocessing", "")),
}


def sheet(count=6, labels=tuple(COURSES)):
    """Participants of each label with scans at month 0 and 36."""
    rows = [
        (
            f"sub-{label}{i}",
            f"ses-M{month:03}",
            "A",
            "study",
            "x.nii",
            COURSES[label][visit],
            f"{60 + i}",
            "FM"[i % 2],
            f"{month}",
        )
        for label in labels
        for i in range(count)
        for visit, month in enumerate((0, 36))
    ]
    columns = ["participant_id", "session_id", "dataset", "role", "t1w", "diagnosis", "age", "sex", "months"]
    return pd.DataFrame(rows, columns=columns).assign(mmse="n/a", cdr="n/a")
