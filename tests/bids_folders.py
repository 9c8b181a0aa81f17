"""BIDS folders of empty images, and the cohort sheet of one, for tests of `adrepro cohort`."""

from adrepro.cohort.bids.build_sheet import make_sheet
from adrepro.cohort.bids.dataset_index import Dataset
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.tables.clinical_presets import PRESETS


def run(bids, out, mapping=None, preset="generic", tables=(), **more):
    return make_sheet([Dataset(bids, "A", "study", PRESETS[preset], "", list(tables))], out, mapping or {}, **more)


def make_bids(root, participants, sessions=None, scans=()):
    """A dataset of empty images from text tables; `sessions` maps a participant to its table."""
    root.mkdir()
    (root / "participants.tsv").write_text(participants)
    for participant, text in (sessions or {}).items():
        (root / participant).mkdir()
        (root / participant / f"{participant}_sessions.tsv").write_text(text)
    for scan in scans:
        path = root / scan.replace("_", "/") / "anat" / f"{scan}_T1w.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def rows_of(path, *columns):
    return read_sheet(path)[list(columns)].to_numpy().tolist()
