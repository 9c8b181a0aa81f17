import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.evaluation.score_tables import read_scores, refuse_gaps, scores_digest
from score_tables import APPROACHES, write_scores


@pytest.mark.parametrize("split", ["validation", "test", "external"])
def test_scores_that_lack_participants_are_refused_with_the_name_of_the_file(tmp_path, split):
    write_scores(tmp_path)
    path = tmp_path / "AD_vs_CN/good/fold-1/scores.tsv"
    scores = pd.read_csv(path, sep="\t")
    scores.drop(scores.index[scores["split"] == split][-1]).to_csv(path, sep="\t", index=False)
    with pytest.raises(UserError, match="1 problem\n  AD_vs_CN/good/fold-1/scores.tsv: lacks participants"):
        refuse_gaps(tmp_path, read_scores(tmp_path, APPROACHES, 2))


def test_folds_of_an_earlier_number_are_not_read(tmp_path):
    write_scores(tmp_path, folds=3)
    assert set(read_scores(tmp_path, APPROACHES, 2)["fold"]) == {0, 1}
    with pytest.raises(UserError, match="cnn/fold-3/scores.tsv: no scores"):
        read_scores(tmp_path, APPROACHES, 4)


def test_the_checksum_follows_the_folds_of_the_configuration_alone(tmp_path):
    write_scores(tmp_path, folds=3)
    before = scores_digest(tmp_path, APPROACHES, 2)
    (tmp_path / "AD_vs_CN/good/fold-2/scores.tsv").write_text("changed")
    assert scores_digest(tmp_path, APPROACHES, 2) == before
    (tmp_path / "AD_vs_CN/good/fold-1/scores.tsv").write_text("changed")
    assert scores_digest(tmp_path, APPROACHES, 2) != before
