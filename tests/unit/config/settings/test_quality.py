import pytest
from pydantic import ValidationError

from adrepro.config.settings.quality import QualityLimits, QualitySettings


def test_a_limit_is_a_pair_of_numbers_or_null():
    limits = QualityLimits.model_validate_json('{"tiv_ml": null, "sharpness": [0, 1]}')
    assert limits.tiv_ml is None and limits.sharpness == (0, 1)
    for wrong in ("3", "[1]", "[1, 2, 3]", '["a", "b"]'):
        with pytest.raises(ValidationError, match="tiv_ml"):
            QualityLimits.model_validate_json(f'{{"tiv_ml": {wrong}}}')


def test_every_default_limit_holds_its_lowest_value_first():
    assert all(limit is None or limit[0] < limit[1] for _, limit in QualitySettings().limits)
