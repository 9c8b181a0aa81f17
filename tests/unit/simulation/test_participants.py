from pathlib import Path

import pytest

from adrepro.cohort.cohort_sheet import check_sheet
from adrepro.cohort.labels import label_cohort, narrowest
from adrepro.config.settings.simulation import Groups, SimulationSettings
from adrepro.simulation.participants import DATASETS, draw_participants, draw_visits, generator, simulated_sheet

SETTINGS = SimulationSettings(
    groups=Groups(CN=4, sMCI=3, pMCI=3, AD=2), external_groups=Groups(CN=1, AD=1), follow_up_scans=2
)


def test_both_datasets_have_the_wanted_groups():
    people = draw_participants(SETTINGS, 1)
    counts = people.groupby(["dataset", "label"]).size().to_dict()
    assert counts == {
        (DATASETS[0], "CN"): 4, (DATASETS[0], "sMCI"): 3, (DATASETS[0], "pMCI"): 3, (DATASETS[0], "AD"): 2,
        (DATASETS[1], "CN"): 1, (DATASETS[1], "AD"): 1,
    }  # fmt: skip
    assert people["participant_id"].is_unique and people["age"].between(56, 90).all()


def test_the_seed_decides():
    assert draw_participants(SETTINGS, 1).equals(draw_participants(SETTINGS, 1))
    assert not draw_participants(SETTINGS, 1).equals(draw_participants(SETTINGS, 2))


def test_a_draw_does_not_depend_on_others():
    draws = [generator(1, "a", "b"), generator(1, "a", "b"), generator(1, "a", "c"), generator(2, "a", "b")]
    one, same, other, seed = (draw.integers(1 << 60) for draw in draws)
    assert one == same and len({one, other, seed}) == 3


def test_everybody_is_scanned_at_baseline_and_some_again():
    people = draw_participants(SETTINGS, 1)
    visits = draw_visits(people, SETTINGS, 1)
    scanned = visits[visits["scanned"]]
    assert set(scanned.loc[scanned["months"] == 0, "participant_id"]) == set(people["participant_id"])
    again = scanned[scanned["months"] > 0].merge(people[["participant_id", "label"]], on="participant_id")
    assert len(again) == 2 and set(again["label"]) == {"pMCI"} and set(again["months"]) == {36}
    assert visits["mmse"].between(0, 30).all() and set(visits["cdr"]) <= {0, 0.5, 1}


def test_all_can_be_scanned_again_at_their_last_visit():
    settings = SETTINGS.model_copy(update={"follow_up_scans": "all"})
    visits = draw_visits(draw_participants(settings, 1), settings, 1)
    scanned = visits[visits["scanned"]].groupby("participant_id")["months"]
    assert (scanned.size() == 2).all()
    assert scanned.max().equals(visits.groupby("participant_id")["months"].max())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sheet_is_valid_and_gives_the_labels_that_were_simulated(seed):
    sheet = simulated_sheet(SETTINGS, seed, Path("../images")).astype(str)
    check_sheet(sheet, Path("cohort.tsv"), [str(n) for n in range(2, len(sheet) + 2)])
    assert sheet["t1w"].ne("n/a").sum() == 16
    first = sheet.iloc[0]
    assert first["t1w"] == (
        f"../images/simulated/{first.participant_id}/ses-M000/anat/{first.participant_id}_ses-M000_T1w.nii.gz"
    )
    labels = narrowest(label_cohort(sheet, 36)[0]).set_index("participant_id")["label"]
    assert labels.to_dict() == draw_participants(SETTINGS, seed).set_index("participant_id")["label"].to_dict()
    assert set(sheet["role"]) == {"study", "external"}
