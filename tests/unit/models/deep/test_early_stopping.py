import numpy as np
import torch

from adrepro.models.deep.architectures import conv4_fc3
from adrepro.models.deep.early_stopping import Progress, update_early_stopping
from small_trainings import SETTINGS


def test_every_network_stops_and_keeps_its_best_by_itself():
    network, progress = conv4_fc3((12,) * 3, 0.0, 2), Progress(2)
    settings = SETTINGS.model_copy(
        update={"patience": 2, "early_stopping_metric": "loss", "selection_metric": "balanced_accuracy"}
    )
    for epoch, (losses, accuracy) in enumerate(
        [([0.5, 0.9], [0.6, 0.5]), ([0.6, 0.8], [0.6, 0.6]), ([0.7, 0.7], [0.9, 0.7]), ([0.8, 0.6], [1.0, 0.7])], 1
    ):
        progress.epoch = epoch
        with torch.no_grad():
            network[1][2].bias.fill_(epoch)
        update_early_stopping(
            progress, {"loss": np.array(losses), "balanced_accuracy": np.array(accuracy)}, network, settings
        )
    # The first stopped after two epochs without a lower loss; the second's equal accuracy came with a lower loss.
    assert progress.best_epoch == [3, 4] and progress.waited == [2, 0]
    kept = progress.weights["1.2.bias"].reshape(2, -1)
    assert (kept[0] == 3).all() and (kept[1] == 4).all()


def test_a_new_training_has_no_best_epoch():
    progress = Progress(3)
    assert progress.epoch == 1 and progress.best_epoch == [0, 0, 0] and progress.loss.tolist() == [0, 0, 0]
