"""Leakage checks on a clean study, and on studies with one leak of each kind."""

import pytest

from leak_kinds import KINDS, found_as
from leak_studies import LeakStudy


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_leak_is_found(tmp_path, kind):
    plant, expected = KINDS[kind]
    study = LeakStudy(tmp_path)
    plant(study)
    assert found_as(study, expected)


def test_a_leak_fails_the_checks_of_its_kind_alone(tmp_path):
    study = LeakStudy(tmp_path)
    plant, expected = KINDS["scaling by a test participant"]
    plant(study)
    assert set(study.check().caught) == {expected}


def test_a_clean_study_is_clean(tmp_path):
    found = LeakStudy(tmp_path).check()
    assert found.verdict == "clean" and found.caught == {}
