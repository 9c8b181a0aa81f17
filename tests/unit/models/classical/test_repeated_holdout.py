from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.core.tables import read_table
from adrepro.models.classical.repeated_holdout import repeated_holdout
from adrepro.models.predictions import COLUMNS


def test_every_iteration_scores_those_it_holds_out(study, capsys):
    out = study.folder / "out.tsv"
    repeated_holdout(
        features=study.regional, kernel=[], regional=study.regional, cohort=[study.cohort], split=study.view,
        holdouts=study.holdouts, scores=out, task="T", approach="a",
        settings=ClassicalApproach(kind="svm_regional"), seed=1,
    )  # fmt: skip
    scores, drawn = read_table(out), read_table(study.holdouts)
    assert list(scores) == COLUMNS and set(scores["split"]) == {"holdout"}
    for iteration, own in scores.groupby("fold"):
        assert set(own["participant_id"]) == set(drawn[drawn["iteration"] == iteration]["participant_id"])
    assert (scores["prediction"] == scores["label"]).mean() > 0.8
    assert "iteration 3 of 3" in capsys.readouterr().out
