import numpy as np
import pytest

from adrepro.preprocessing.longitudinal.visit_agreement import overlap, same_head


def test_the_overlap_of_a_map_with_itself_is_1_and_with_nothing_0(maps):
    own = {name: maps[name] for name in ("GM", "WM")}
    nothing = {name: maps[name].like(np.zeros_like(maps[name].data)) for name in own}
    assert overlap(own, own) == pytest.approx(1) and overlap(own, nothing) == 0 and overlap(nothing, nothing) == 0


def test_poses_of_one_head_are_found_and_a_stranger_is_left_out(visit, poses, stranger):
    visits = [visit("a", poses[0]), visit("b", poses[1], stranger), visit("c", poses[2])]
    found = same_head(visits, 0.75, 1)
    assert list(found.between) == [0, 2] and found.overlaps[1] < 0.75 < 0.85 < found.overlaps[2]
    assert found.between[2] == pytest.approx(poses[2], abs=0.6)


def test_a_first_visit_of_someone_else_is_left_out_too(visit, poses, stranger):
    visits = [visit("a", poses[0], stranger), visit("b", poses[1]), visit("c", poses[2])]
    assert list(same_head(visits, 0.75, 1).between) == [1, 2]


def test_of_two_visits_that_differ_the_first_is_kept_alone(visit, poses, stranger):
    found = same_head([visit("a", poses[0]), visit("b", poses[1], stranger)], 0.75, 1)
    assert list(found.between) == [0] and set(found.overlaps) == {0, 1}
