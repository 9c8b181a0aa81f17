"""The kinds of approaches; apart from the networks, so that knowing a name does not import torch."""

SVM_KINDS = ("svm_regional", "svm_voxel")
CNN_KINDS = ("cnn_whole", "cnn_roi", "cnn_patch")
