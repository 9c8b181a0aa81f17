def test_the_same_is_not_inferior_and_the_weak_is_not_shown_to_be(run):
    found = run()["noninferiority"].query("split == 'test' and metric == 'auc'").set_index("approach")
    assert found["verdict"].to_dict() == {"cnn": "not shown", "same": "not inferior"}
    assert run(reference_approach=None)["noninferiority"].empty
