import pytest
from pydantic import ValidationError

from adrepro.config.settings.registration import RegistrationSettings, TorchRegistration


def test_levels_are_pairs_of_shrink_factor_and_iterations():
    assert TorchRegistration.model_validate_json('{"levels": [[4, 60], [2, 0]]}').levels == [(4, 60), (2, 0)]
    for wrong in ("[]", "[[4]]", "[[4, -1]]", "[[4, 60, 1]]", "[4, 60]"):
        with pytest.raises(ValidationError, match="levels"):
            TorchRegistration.model_validate_json(f'{{"levels": {wrong}}}')


def test_each_engine_has_its_section():
    engines = RegistrationSettings.model_json_schema()["properties"]["engine"]["enum"]
    assert all(hasattr(RegistrationSettings(), engine) for engine in engines)
