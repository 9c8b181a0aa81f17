from adrepro.config.training_purposes import FITTED, Purpose


def test_what_is_chosen_by_validation_scans_is_not_fitted_to_them():
    assert set(Purpose) - set(FITTED) == {Purpose.EARLY_STOPPING, Purpose.CHOICE_OF_EPOCH, Purpose.AGGREGATION}


def test_purposes_are_text_in_tables_and_tell_their_model():
    assert [f"{purpose}" for purpose in FITTED] == ["weights", "scaling", "choice of C", "ComBat", "confounds"]
