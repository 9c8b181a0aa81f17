import torch

from adrepro.preprocessing.registration.greedy import invert


def test_an_inverse_undoes_a_shift():
    shift = torch.zeros(1, 3, 20, 20, 20)
    shift[:, 0] = 1.5
    torch.testing.assert_close(invert(shift), -shift)
