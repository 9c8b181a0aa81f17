from adrepro.cohort.labels import label_cohort
from adrepro.core.tables import read_table
from small_cohort import SETTINGS, TASKS, sheet
from split_steps import draw, write_inputs


def test_the_table_of_all_participants_has_each_once_in_order(tmp_path):
    write_inputs(tmp_path, sheet(), *label_cohort(sheet(), 36))
    draw(tmp_path, TASKS, SETTINGS)
    people = read_table(tmp_path / "participants.tsv")
    assert list(people) == ["participant_id", "dataset", "label", "partition", "fold"]
    assert people["participant_id"].is_unique and people["participant_id"].is_monotonic_increasing
    assert people["label"].value_counts().to_dict() == dict.fromkeys(("AD", "CN", "sMCI", "pMCI"), 6)
