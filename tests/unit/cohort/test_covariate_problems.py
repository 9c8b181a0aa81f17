from adrepro.cohort.covariate_problems import covariate_problems
from small_cohort import sheet


def rows(**columns):
    return sheet(2, ("AD", "CN")).assign(**columns)


def test_complete_numbers_and_words_are_no_problem():
    assert covariate_problems(rows(site=["a", "b"] * 4), {"age", "sex", "site", "tiv_ml"}, {"age"}) == []


def test_a_covariate_without_any_value_is_refused():
    (problem,) = covariate_problems(rows(education="n/a"), {"education", "age"}, set())
    assert problem.startswith("education: no participant of the tasks has a value, so nothing could be adjusted")


def test_a_word_among_numbers_is_named():
    (problem,) = covariate_problems(rows(education=["12", "16", "unknown", "n/a"] * 2), {"education"}, set())
    assert problem.startswith("education: 'unknown' among 6 values, expected numbers or a few words; correct them")


def test_sites_are_names_even_if_some_look_like_numbers():
    assert covariate_problems(rows(site=["1", "2", "2b", "1"] * 2), {"site"}, set(), {"site"}) == []


def test_missing_values_are_imputed_or_refused_as_the_configuration_says():
    table = rows(education=["12", "16", "n/a", "9"] * 2)
    assert covariate_problems(table, {"education"}, set()) == []
    (problem,) = covariate_problems(table, {"education"}, {"education"})
    assert problem == (
        "education: missing for sub-AD1 ses-M000, sub-CN1 ses-M000; complete the column, or set missing_covariates: "
        "impute"
    )


def test_numbers_with_a_comma_and_infinite_ones_are_no_words():
    table = sheet(8, ("AD", "CN"))
    commas = table.assign(weight=[f"70,{n}" for n in range(len(table))])
    (problem,) = covariate_problems(commas, {"weight"}, set())
    assert problem.startswith("weight: '70,0', '70,1'") and "classical.categorical" in problem
    (problem,) = covariate_problems(rows(weight=["70", "inf"] * 4), {"weight"}, set())
    assert problem.startswith("weight: 'inf' among 8 values")
