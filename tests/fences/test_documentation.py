"""Every setting, import field, measure and dimension is in both READMEs; requirements are pinned."""

import re

import pytest

from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.measures import MEASURES
from core.base.settings import Settings
from core.exchange.fields import FIELDS
from tests.fences.sources import PROJECT

READMES = ("README.md", "README.zh-CN.md")


@pytest.mark.parametrize("readme", READMES)
def test_every_setting_is_in_the_readme(readme: str) -> None:
    text = (PROJECT / readme).read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`SALESBOOK_{name.upper()}`" not in text] == []


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_names_no_setting_that_does_not_exist(readme: str) -> None:
    text = (PROJECT / readme).read_text(encoding="utf-8")
    named = set(re.findall(r"SALESBOOK_([A-Z_]+)", text))
    assert named - {name.upper() for name in Settings.model_fields} == set()


@pytest.mark.parametrize("readme", READMES)
def test_every_import_field_measure_and_dimension_is_in_the_readme(readme: str) -> None:
    text = (PROJECT / readme).read_text(encoding="utf-8")
    assert [name for name in (*FIELDS, *MEASURES, *DIMENSIONS) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_and_name_no_registry(file: str) -> None:
    lines = (PROJECT / file).read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#") and line != "-r requirements.txt"]
    assert [line for line in wanted if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[A-Za-z0-9.]+", line)] == []
