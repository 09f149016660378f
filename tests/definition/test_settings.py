"""The Scrapy settings that an Agent may set: plain data, and what a project adds."""

from __future__ import annotations

import re

import pytest
from scrapy.settings import default_settings

from sequentum_scrapy.definition import DefinitionError, parse_definition
from sequentum_scrapy.definition.settings import ALLOWED_SCRAPY_SETTINGS

TEXT = "name: a\nstart: http://site/\ncommands: [{{capture: {{t: h1}}}}]\nsettings: {{scrapy: {{{0}: 1}}}}\n"
CODE = re.compile(
    r"(_CLASS|_DIR|_FILE|_PATH|_URI|MIDDLEWARES|PIPELINES|EXTENSIONS|HANDLERS|MODULES?|STORAGES)(_BASE)?$"
)


def test_every_setting_that_an_agent_may_set_is_one_of_scrapys():
    assert [name for name in ALLOWED_SCRAPY_SETTINGS if not hasattr(default_settings, name)] == []


@pytest.mark.parametrize(
    "name", sorted(name for name in dir(default_settings) if name.isupper() and CODE.search(name))
)
def test_no_agent_sets_what_names_code_or_files(name):
    with pytest.raises(DefinitionError):
        parse_definition(TEXT.format(name), "a.yaml")


def test_a_project_may_allow_more_but_never_what_is_read_before_the_agent():
    assert parse_definition(TEXT.format("MY_SETTING"), scrapy_settings=frozenset({"MY_SETTING"}))
    with pytest.raises(DefinitionError, match="read before an Agent is"):
        parse_definition(TEXT.format("ADDONS"), scrapy_settings=frozenset({"ADDONS"}))
