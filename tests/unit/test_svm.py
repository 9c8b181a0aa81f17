import numpy as np

from adrepro.svm import choose_c, fit, scaled


def test_c_is_the_geometric_mean_of_the_inner_winners():
    rng = np.random.default_rng(0)
    target = np.arange(40) % 2
    values = rng.normal(target[:, None], 1, (40, 3))
    c, folds = choose_c(values @ values.T, target, np.arange(40), [0.01, 1, 100], 5, seed=0)
    assert folds == 5 and 0.01 <= c <= 100


def test_visits_of_one_person_do_not_make_two():
    target, people = np.array([0, 0, 0, 1, 1, 1]), np.array(list("aabccc"))
    assert choose_c(np.eye(6), target, people, [0.1], 5, seed=0) == (1.0, 0)  # one person in class 1


def test_a_class_of_one_ends_the_search():
    assert choose_c(np.eye(3), np.array([0, 0, 1]), np.arange(3), [0.1], 5, seed=0) == (1.0, 0)


def test_scaling_is_learnt_from_the_training_rows_alone():
    values = np.random.default_rng(0).normal(5, 3, (10, 4))
    training = np.arange(10) < 6
    moved = values.copy()
    moved[~training] += 100
    np.testing.assert_array_equal(scaled(values, training, True)[training], scaled(moved, training, True)[training])


def test_scores_rise_with_the_positive_class():
    target = np.array([0, 0, 1, 1])
    values = np.array([[-1.0], [-2], [1], [2]])
    assert fit(values @ values.T, target, 1).decision_function(np.array([[3.0]]) @ values.T)[0] > 0
