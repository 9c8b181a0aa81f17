import numpy as np
import pytest

from adrepro.core.errors import UserError
from adrepro.preprocessing.registration.engines import register


def test_fireants_is_optional(deformed, settings):
    template, mask, moving, tissues, _ = deformed
    chosen = settings.registration.model_copy(update={"engine": "fireants"})
    try:
        import fireants  # noqa: F401
    except ImportError:
        with pytest.raises(UserError, match="not installed; pip install"):
            register(template, mask, moving, tissues, np.eye(4), chosen, "cpu", 1)
    else:
        found = register(template, mask, moving, tissues, np.eye(4), chosen, "cpu", 1)
        assert np.isfinite(found.warp.data).all()
