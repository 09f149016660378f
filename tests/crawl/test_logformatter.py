"""Messages for pages and items are made only where somebody reads them."""

from __future__ import annotations

import pytest
from scrapy.utils.test import get_crawler

from sequentum_scrapy.crawl.logformatter import LogFormatter
from tests.sites import Site
from tests.sites.faults import page


@pytest.mark.parametrize(
    ("level", "made"),
    [("DEBUG", True), ("INFO", False), ("WARNING", False), (20, False), (10, True)],
)
def test_follows_the_level_of_the_log(level, made):
    formatter = LogFormatter.from_crawler(get_crawler(settings_dict={"LOG_LEVEL": level}))
    assert (formatter.scraped({"a": 1}, None, None) is not None) is made


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_a_crawl_goes_well_with_and_without(project, level):
    text = "start: SITE/\ncommands:\n  - capture: {x: h1}\n"
    with Site({"/": page("Hello")}) as site:
        result = project.ok(text, site, settings={"LOG_LEVEL": level})
    assert ("{'x': 'Hello'}" in result.log) is (level == "DEBUG")
