from pathlib import Path

from adrepro.evaluation.model_folders import fold_folders


def test_the_folds_of_the_configuration_alone_are_named():
    assert fold_folders(Path("results"), "T", "svm", 2) == [Path("results/T/svm/fold-0"), Path("results/T/svm/fold-1")]
