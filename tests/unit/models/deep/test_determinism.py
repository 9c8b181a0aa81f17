import torch

from adrepro.models.deep.determinism import make_repeatable, random_state, set_random_state


def test_the_seed_decides_the_random_numbers_and_the_threads_are_set():
    make_repeatable(3, 2)
    first = torch.rand(4)
    assert torch.get_num_threads() == 2 and torch.are_deterministic_algorithms_enabled()
    make_repeatable(3, 1)
    assert torch.equal(torch.rand(4), first) and torch.get_num_threads() == 1
    make_repeatable(4, 1, deterministic=False)
    assert not torch.equal(torch.rand(4), first) and not torch.are_deterministic_algorithms_enabled()


def test_a_restored_state_repeats_the_random_numbers():
    cpu = torch.device("cpu")
    state = random_state(cpu)
    first = torch.rand(4)
    set_random_state(state, cpu)
    assert torch.equal(torch.rand(4), first)
