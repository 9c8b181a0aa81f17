import pandas as pd

from adrepro.core.tables import write_table
from adrepro.report.figure_style import style
from adrepro.report.sections.leakage import similarity_figure


def draw(path):
    with style(9):
        return similarity_figure(path, simulated=False)


def test_pairs_of_two_participants_and_of_one_are_drawn_with_the_threshold(tmp_path):
    rows = [(-0.02, 0, 900, 0, 0.7), (0, 0.02, 1100, 0, 0.7), (0.9, 0.92, 0, 3, 0.7)]
    write_table(tmp_path / "t.tsv", pd.DataFrame(rows, columns=["low", "high", "different", "same", "threshold"]))
    found = draw(tmp_path / "t.tsv")
    for text in ("scans of two participants (2,000 pairs)", "scans of one participant (3 pairs)", "threshold (0.70)"):
        assert text in found
    assert "mathdefault" not in found


def test_there_is_no_figure_without_pairs(tmp_path):
    assert draw(tmp_path / "missing.tsv") == ""
    (tmp_path / "t.tsv").write_text("low\thigh\tdifferent\tsame\tthreshold\n")
    assert draw(tmp_path / "t.tsv") == ""
