import pytest
import torch

from adrepro.config.settings.approaches import CnnApproach
from adrepro.core.errors import UserError
from adrepro.core.files import write_json
from adrepro.models.deep.architectures import conv4_fc3, conv5_fc3, split_copies
from adrepro.models.deep.autoencoder import Autoencoder
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.objectives import Reconstruct
from adrepro.models.deep.precision import ComputePolicy
from adrepro.models.deep.pretrain import encoder_weights
from adrepro.models.deep.trainer import train
from adrepro.models.deep.weights import initialize, jointly_trained, load_networks, load_weights, save_weights

SETTINGS = CnnApproach(
    kind="cnn_whole", network="Conv4_FC3", epochs=30, batch_size=4, learning_rate=1e-3, patience=30,
    early_stopping_metric="loss", selection_metric="loss",
)  # fmt: skip


def test_an_autoencoder_learns_and_its_encoder_initializes_a_network(tmp_path):
    torch.manual_seed(0)
    network = conv4_fc3((6,) * 3, 0.0)
    whole = [(slice(None),) * 3]
    data = PatchDataset(torch.rand(4, 6, 6, 6).numpy(), range(4), [0] * 4, whole)
    twin = Autoencoder(network[0])
    progress = train(twin, data, data, Reconstruct(), SETTINGS, ComputePolicy(torch.device("cpu")), 0)
    losses = [row["validation_loss"] for row in progress.history]
    assert min(losses) < 0.8 * losses[0]
    learned = {"0." + k.removeprefix("encoder."): v for k, v in progress.weights.items() if k.startswith("encoder.")}
    assert encoder_weights(progress.weights).keys() == learned.keys()
    save_weights(tmp_path / "w.safetensors", [encoder_weights(progress.weights)])
    given = load_weights(tmp_path / "w.safetensors")
    for copies in (1, 3):
        fresh = conv4_fc3((6,) * 3, 0.0, copies)
        head = fresh[1][2].weight.clone()
        initialize(fresh, copies, given, tmp_path)
        for own in split_copies(fresh.state_dict(), copies):
            assert all(torch.equal(own[name], learned[name]) for name in learned)
        assert torch.equal(fresh[1][2].weight, head)


def test_weights_that_do_not_fit_are_refused(tmp_path):
    other = conv5_fc3((12,) * 3, 0.0).state_dict()
    with pytest.raises(UserError, match="its layers do not fit .* initialize from the same network"):
        initialize(conv4_fc3((12,) * 3, 0.0), 1, [other], tmp_path)
    with pytest.raises(UserError, match="has 2 networks to initialize 3"):
        initialize(conv4_fc3((12,) * 3, 0.0, 3), 3, [other, other], tmp_path)


def test_a_damaged_file_of_weights_is_an_error(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"nonsense")
    with pytest.raises(UserError, match="cannot be read .* delete it and run again"):
        load_weights(path)


def test_weights_of_another_program_are_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"layer.weight": torch.zeros(2)}, tmp_path / "w.safetensors")
    with pytest.raises(UserError, match="not weights that adrepro wrote"):
        load_weights(tmp_path / "w.safetensors")


def test_networks_of_patches_are_trained_in_groups():
    boxes = [(slice(i, i + 2),) * 3 for i in range(5)]
    assert jointly_trained(boxes, SETTINGS) == [boxes]
    changes = {"one_network_per_patch": True, "networks_per_batch": 2}
    assert jointly_trained(boxes, SETTINGS.model_copy(update=changes)) == [boxes[:2], boxes[2:4], boxes[4:]]


def test_the_networks_of_an_exported_model_are_loaded_side_by_side(tmp_path):
    group = conv4_fc3((12,) * 3, 0.0, 2).train(False)
    save_weights(tmp_path / "fold-0.safetensors", split_copies(group.state_dict(), 2))
    record = {"folds": [{"weights": "fold-0.safetensors"}], "input_size": [12] * 3, "settings": SETTINGS.model_dump()}
    write_json(tmp_path / "adrepro.json", record)
    loaded, x = load_networks(tmp_path, 0), torch.rand(2, 2, 12, 12, 12)
    assert not loaded.training and torch.equal(loaded(x), group(x))
