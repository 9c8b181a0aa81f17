import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.evaluation.score_tables import read_scores, refuse_gaps
from score_tables import APPROACHES, write_scores


@pytest.mark.parametrize("split", ["validation", "test", "external"])
def test_scores_that_lack_participants_are_refused_with_the_name_of_the_file(tmp_path, split):
    write_scores(tmp_path)
    path = tmp_path / "AD_vs_CN/good/fold-1/scores.tsv"
    scores = pd.read_csv(path, sep="\t")
    scores.drop(scores.index[scores["split"] == split][-1]).to_csv(path, sep="\t", index=False)
    with pytest.raises(UserError, match="1 problem\n  AD_vs_CN/good/fold-1/scores.tsv: lacks participants"):
        refuse_gaps(tmp_path, read_scores(tmp_path, APPROACHES))
