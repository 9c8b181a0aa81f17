"""Kinds of approaches by family; without torch, so that a name can be looked up fast."""

REGIONAL_KINDS = ("svm_regional", "logistic_regional", "random_forest_regional")
CLASSICAL_KINDS: tuple[str, ...] = ("svm_regional", "svm_voxel", "logistic_regional", "random_forest_regional")
# Linear in raw features: weights and an intercept give the score of a new scan.
LINEAR_KINDS = ("svm_regional", "svm_voxel", "logistic_regional")
CNN_KINDS: tuple[str, ...] = ("cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice")
# Architecture of each kind where the approach names none.
NETWORKS = {"cnn_whole": "Conv5_FC3", "cnn_roi": "Conv4_FC3", "cnn_patch": "Conv4_FC3", "cnn_slice": "ResNet-18 (2D)"}
