import sys
from pathlib import Path

import pytest

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.fetch_oasis import fetch_oasis
from adrepro.core.errors import UserError
from adrepro.core.tables import read_table

sys.path.insert(0, str(Path(__file__).parents[2]))
from oasis_stand_in import make_mirror, served


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    mirror = tmp_path_factory.mktemp("mirror") / "files"
    out = tmp_path_factory.mktemp("a study")
    make_mirror(mirror, 9)
    with served(mirror) as url:
        return out, fetch_oasis(out, dartel=False, participants=9, mirror=url)


def test_the_sheet_holds_the_rated_from_62_on(fetched):
    out, told = fetched
    sheet = read_sheet(out / "cohort.tsv").set_index("participant_id")
    assert sheet["diagnosis"].to_dict() == {
        "sub-OAS10001": "CN", "sub-OAS10002": "AD", "sub-OAS10003": "CN", "sub-OAS10004": "AD", "sub-OAS10005": "CN",
        "sub-OAS10006": "AD", "sub-OAS10007": "CN", "sub-OAS10010": "AD",
    }  # fmt: skip
    assert sheet.loc["sub-OAS10002", ["age", "sex", "mmse", "cdr"]].tolist() == ["64", "M", "27", "1"]
    assert (out / sheet.loc["sub-OAS10001", "t1w"]).is_file() and "4 AD, 4 CN; 1 left out" in told
    assert read_table(out / "cohort_excluded.tsv")["reason"].tolist() == ["age 30 is below 62"]


def test_the_folder_is_used_again_without_a_network_and_damage_is_told(fetched):
    out, _ = fetched
    before = (out / "cohort.tsv").read_bytes()
    nowhere = "http://127.0.0.1:9"
    fetch_oasis(out, dartel=False, participants=9, mirror=nowhere)
    assert (out / "cohort.tsv").read_bytes() == before
    damaged = next((out / "oasis1").glob("OAS1_0003_MR1/mwc1*"))
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-9])
    try:
        with pytest.raises(UserError, match=r"OAS1_0003_MR1/mwc1\S+ differs from the downloaded file"):
            fetch_oasis(out, dartel=False, participants=9, mirror=nowhere)
    finally:
        damaged.write_bytes(content)


def test_without_a_network_it_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="copy the folder"):
        fetch_oasis(tmp_path / "new", dartel=False, participants=2, mirror="http://127.0.0.1:9")
    assert not (tmp_path / "new" / "cohort.tsv").exists()
