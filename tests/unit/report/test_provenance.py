from importlib.metadata import version

from adrepro.config.loading import settings_of
from adrepro.core.files import read_json, write_json, write_text
from adrepro.core.tables import write_table
from adrepro.report.provenance import VERSIONS, images_digest, note_versions, provenance, versions
from small_cohort import sheet

TASKS = {"AD_vs_CN": {"positive": "AD", "negative": "CN"}}
CONFIG = {"cohort": "cohort.tsv", "tasks": TASKS, "approaches": {"svm": {"kind": "svm_voxel"}}, "seed": 3}
SETTINGS = settings_of(CONFIG, "test")


def test_versions_are_recorded_and_changes_reported(tmp_path):
    assert note_versions(tmp_path) == "" and note_versions(tmp_path) == ""
    recorded = read_json(tmp_path / VERSIONS)
    write_json(tmp_path / VERSIONS, recorded | {"numpy": ["1.0"]})
    message = note_versions(tmp_path)
    assert message.startswith(f"numpy 1.0 is now {version('numpy')}: ") and "--forceall" in message
    assert versions(tmp_path)["numpy"] == f"1.0, then {version('numpy')}"
    assert note_versions(tmp_path) == ""


def test_the_checksum_of_images_follows_their_voxels(tmp_path):
    for name, content in (("b", "2"), ("a", "1")):
        write_json(tmp_path / f"{name}.json", {"content": content})
    write_json(tmp_path / "c.json", {"status": "fault"})
    write_json(tmp_path / "removed.json", {"content": "4"})
    count, digest = images_digest(tmp_path, "cab")
    assert count == 2
    write_json(tmp_path / "b.json", {"content": "3"})
    assert images_digest(tmp_path, "abc") != (2, digest)


def test_inputs_are_listed_with_their_checksums(tmp_path):
    names = ("cohort/labels.tsv", "cohort/included.tsv", "splits/participants.tsv")
    for name in names:
        write_text(tmp_path / "results" / name, name)
    write_table(tmp_path / "cohort.tsv", sheet().assign(t1w="n/a"))
    inputs = provenance(tmp_path / "results", tmp_path / "cohort.tsv", SETTINGS)["inputs"]
    assert list(inputs) == [
        "cohort sheet", "voxels of 0 images", "labels.tsv", "included.tsv", "participants.tsv (splits)",
    ]  # fmt: skip
    assert {len(digest) for digest in inputs.values()} == {64}
