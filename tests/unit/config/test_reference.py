"""Documentation and schema of the configuration are those of the settings classes."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from adrepro.config.reference import README, SCHEMA, documented, schema, sections
from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach, Pretraining
from adrepro.config.settings.cohort import Task
from adrepro.config.settings.images import OwnAtlas, OwnTemplate
from adrepro.config.settings.study import StudySettings

CONFIG = Path(__file__).parents[3] / "config"
EVERY = [
    ("", StudySettings),
    *sections(StudySettings, ""),
    *((one.__name__, one) for one in (Task, OwnAtlas, OwnTemplate, ClassicalApproach, CnnApproach, Pretraining)),
]


def test_the_reference_of_keys_is_up_to_date():
    text = README.read_text(encoding="utf-8")
    assert documented(text) == text, "run `make reference`"


def test_the_schema_is_up_to_date():
    assert SCHEMA.read_text(encoding="utf-8") == schema(), "run `make reference`"


def test_every_key_has_a_description_and_stands_in_the_reference():
    text = README.read_text(encoding="utf-8")
    for path, section in EVERY:
        for name, field in section.model_fields.items():
            assert field.description and field.description[0].isupper() or field.description.startswith("`"), (
                path,
                name,
            )
            assert f"`{name}`" in text, (path, name)


@pytest.mark.parametrize("file", [CONFIG / "config.yaml", *sorted((CONFIG / "study").glob("*.yaml"))], ids=str)
def test_editors_accept_the_shipped_files(file):
    jsonschema.validate(yaml.safe_load(file.read_text()), json.loads(SCHEMA.read_text()))


def test_editors_point_out_a_wrong_key():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"splits": {"fold": 3}}, json.loads(SCHEMA.read_text()))
