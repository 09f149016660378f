"""The add-on in an ordinary Scrapy project: its spiders go on, and nothing it set is changed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from scrapy.settings import Settings

from sequentum_scrapy import Addon
from sequentum_scrapy.crawl.fingerprint import FALLBACK, RequestFingerprinter
from tests.sites import Site
from tests.sites.faults import page

from .conftest import ROOT

SPIDERS = """
import scrapy


class Quotes(scrapy.Spider):
    name = "quotes"
    custom_settings = {"CONCURRENT_REQUESTS": 3}

    async def start(self):
        yield scrapy.Request(self.site + "?a=1")
        yield scrapy.Request(self.site + "?a=2")

    def parse(self, response):
        names = ("ITEM_PIPELINES", "CONCURRENT_ITEMS", "DOWNLOAD_TIMEOUT", "ROBOTSTXT_OBEY")
        yield {"title": response.css("h1::text").get(), "url": response.url}
        self.logger.info("found %s", {name: self.settings[name] for name in names})
"""
SETTINGS = """
BOT_NAME = "ordinary"
SPIDER_MODULES = ["ordinary.spiders"]
ADDONS = {"sequentum_scrapy.Addon": 300}
SPIDER_LOADER_CLASS = "sequentum_scrapy.AgentSpiderLoader"
DOWNLOAD_TIMEOUT = 33
"""
AGENT = "start: SITE/\ncommands:\n  - capture: {title: h1, url: {page: url}}\n"


@pytest.fixture
def ordinary(project):
    """Return a project as `scrapy startproject` makes it, with the add-on and one Agent."""
    folder = project.folder / "ordinary"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "spiders.py").write_text(SPIDERS)
    (folder / "settings.py").write_text(SETTINGS)
    (project.folder / "scrapy.cfg").write_text("[settings]\ndefault = ordinary.settings\n")
    return project


def add_settings(project, text):
    with (project.folder / "ordinary/settings.py").open("a") as file:
        file.write(text + "\n")


def scrapy(project, *arguments):
    done = project.scrapy(*arguments, PYTHONPATH=f"{project.folder}:{ROOT}")
    assert done.returncode == 0, done.stderr
    return done


def test_its_spiders_and_agents_run_side_by_side(ordinary):
    add_settings(ordinary, 'ITEM_PIPELINES = {"tests.crawl.components.WritePipeline": 300}')
    items = ordinary.folder / "items"
    add_settings(ordinary, f"TEST_ITEMS = {str(items)!r}")
    with Site({"/": page("Hello")}) as site:
        ordinary.write(AGENT, site, "agent_defs/hello.yaml")
        done = scrapy(ordinary, "crawl", "quotes", "-a", f"site={site.url}", "-O", "quotes.jsonl")
        assert (
            "sequentum_scrapy.crawl.pipelines" not in done.stderr.partition("Enabled item")[2][:300]
        )
        assert "RunRecorder" not in done.stderr.partition("Enabled extensions")[2][:400]
        assert "'CONCURRENT_REQUESTS': 3" in done.stderr
        assert not (ordinary.folder / ".sequentum").exists()
        quotes = [
            json.loads(x) for x in (ordinary.folder / "quotes.jsonl").read_text().splitlines()
        ]
        assert [q["url"] for q in sorted(quotes, key=str)] == [f"{site.url}?a=1", f"{site.url}?a=2"]
        scrapy(ordinary, "crawl", "hello", "-O", "hello.csv")
        record = {"title": "Hello", "url": site.url}
    assert (ordinary.folder / "hello.csv").read_text() == f"title,url\nHello,{site.url}\n"
    assert ordinary.result().records == [record]
    seen = [json.loads(line) for line in items.read_text().splitlines()]
    assert seen[2:] == [[True, record]]


def test_its_own_fingerprinter_goes_on_telling_its_requests_apart(ordinary):
    add_settings(
        ordinary,
        'REQUEST_FINGERPRINTER_CLASS = "tests.crawl.components.OwnFingerprinter"',
    )
    with Site({"/": page("Hello", "<a href='/?a=1'>1</a><a href='/?a=2'>2</a>")}) as site:
        scrapy(ordinary, "crawl", "quotes", "-a", f"site={site.url}", "-O", "quotes.jsonl")
        assert len((ordinary.folder / "quotes.jsonl").read_text().splitlines()) == 1
        text = "start: SITE/\ncommands:\n  - open: a\n    do:\n      - capture: {x: {page: url}}\n"
        ordinary.write(text, site, "agent_defs/hello.yaml")
        scrapy(ordinary, "crawl", "hello")
    assert len(ordinary.result().records) == 2


class TestSettings:
    def updated(self, **given):
        settings = Settings(given, priority="project")
        Addon().update_settings(settings)
        return settings

    def test_defaults_are_under_what_the_project_sets(self):
        own = {"CONCURRENT_ITEMS": 7, "TELNETCONSOLE_ENABLED": True, "DOWNLOAD_MAXSIZE": 5,
               "LOG_FORMATTER": "scrapy.logformatter.LogFormatter"}  # fmt: skip
        settings = self.updated(**own)
        assert {name: settings[name] for name in own} == own

    def test_defaults_are_over_those_of_scrapy(self):
        settings = self.updated()
        assert settings.getint("DOWNLOAD_MAXSIZE") == 32 * 1024 * 1024
        assert settings.getbool("TELNETCONSOLE_ENABLED") is False
        assert settings.getbool("REMOTE_CONTROL_ENABLED") is False

    def test_a_pipeline_that_the_project_places_or_switches_off_stays_there(self):
        path = "sequentum_scrapy.crawl.pipelines.StorePipeline"
        for order in (150, None):
            pipelines = self.updated(ITEM_PIPELINES={path: order})["ITEM_PIPELINES"]
            found = [pipelines[key] for key in pipelines if "StorePipeline" in str(key)]
            assert found == [order]

    def test_the_fingerprinter_of_the_project_is_the_fallback(self):
        own = "tests.crawl.components.OwnFingerprinter"
        settings = self.updated(REQUEST_FINGERPRINTER_CLASS=own)
        assert settings["REQUEST_FINGERPRINTER_CLASS"] is RequestFingerprinter
        assert settings[FALLBACK] == own

    def test_without_one_there_is_no_fallback(self):
        assert FALLBACK not in self.updated()

    def test_updating_twice_changes_nothing(self):
        settings = self.updated(
            REQUEST_FINGERPRINTER_CLASS="tests.crawl.components.OwnFingerprinter"
        )
        before = settings.copy_to_dict()
        Addon().update_settings(settings)
        assert settings.copy_to_dict() == before


def test_the_language_alone_imports_no_scrapy():
    code = "import sequentum_scrapy.definition, sys; print('scrapy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
