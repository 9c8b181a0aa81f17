import numpy as np

from adrepro.models.classical.estimators import choose_c, fit, forest, inner_folds

RNG = np.random.default_rng(0)


def test_c_is_the_geometric_mean_of_the_inner_winners():
    target = np.arange(40) % 2
    values = RNG.normal(target[:, None], 1, (40, 3))
    c, folds = choose_c("svm", values @ values.T, target, np.arange(40), [0.01, 1, 100], 5, seed=0)
    assert folds == 5 and 0.01 <= c <= 100


def test_visits_of_one_participant_do_not_count_as_two():
    target, participants = np.array([0, 0, 0, 1, 1, 1]), np.array(list("aabccc"))
    assert inner_folds(target, participants, 5, seed=0) == []  # one participant in class 1
    assert choose_c("svm", np.eye(6), target, participants, [0.1], 5, seed=0) == (1.0, 0)


def test_inner_folds_keep_participants_together():
    participants = np.array(list("aabbccddeeff"))
    for train, test in inner_folds(np.array([0, 0] * 3 + [1, 1] * 3), participants, 3, seed=0):
        assert not set(participants[train]) & set(participants[test])


def test_scores_rise_with_the_positive_class():
    target = np.array([0, 0, 1, 1])
    values = np.array([[-1.0], [-2], [1], [2]])
    assert fit("svm", values @ values.T, target, 1).decision_function(np.array([[3.0]]) @ values.T)[0] > 0


def test_a_forest_is_balanced_and_repeatable():
    target = np.array([0] * 30 + [1] * 6)
    values = RNG.normal(target[:, None], 1, (36, 3))
    one, two = (forest(values, target, 30, seed=1) for _ in range(2))
    assert np.array_equal(one.predict_proba(values), two.predict_proba(values))
    assert one.class_weight == "balanced" and len(one.estimators_) == 30
