"""The kinds of approaches; apart from the networks, so that knowing a name does not import torch."""

REGIONAL_KINDS = ("svm_regional", "logistic_regional", "forest_regional")
SVM_KINDS = ("svm_regional", "svm_voxel", "logistic_regional", "forest_regional")
# Linear in what they are given: weights and an intercept judge a new scan.
PORTABLE_KINDS = ("svm_regional", "svm_voxel", "logistic_regional")
CNN_KINDS = ("cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice")
# What a network of each kind is, where the approach names no other.
NETWORKS = {"cnn_whole": "Conv5_FC3", "cnn_roi": "Conv4_FC3", "cnn_patch": "Conv4_FC3", "cnn_slice": "ResNet-18 (2D)"}
