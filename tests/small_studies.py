"""Settings of a small study with given approaches, for tests of the configuration."""

from adrepro.config.loading import settings_of
from adrepro.config.study import Study

TASKS = {
    "AD_vs_CN": {"positive": "AD", "negative": "CN"},
    "sMCI_vs_pMCI": {"positive": "pMCI", "negative": "sMCI"},
    "everyone": {"classes": {"AD": "AD", "CN": "CN", "MCI": "MCI"}},
}


def study(approaches, pretraining=None, **more):
    config = {
        "cohort": "cohort.tsv",
        "tasks": TASKS,
        "cnn_training": {"batch_size": 6, "early_stopping_metric": "balanced_accuracy"},
        "classical": {"trees": 10},
        "approaches": approaches,
        "pretraining": pretraining or {},
    }
    return Study(settings_of(config | more, "test"))
