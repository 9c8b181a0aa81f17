from adrepro.report.citations import CITATIONS, number_citations


def test_citations_are_numbered_in_order_of_appearance():
    texts, citations = number_citations(["B {n4} and {wen2020}.", "Again {n4}, then {holm}."])
    assert texts == ["B [1] and [2].", "Again [1], then [3]."]
    assert citations == [CITATIONS["n4"], CITATIONS["wen2020"], CITATIONS["holm"]]
