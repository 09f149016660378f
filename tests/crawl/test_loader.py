"""`scrapy list` and `scrapy crawl`: Agents and spiders by name."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings

from sequentum_scrapy import AgentSpiderLoader
from sequentum_scrapy.crawl.spider import AgentSpider
from sequentum_scrapy.store import Status, Store, publish, set_archived
from tests.sites import Site
from tests.sites.faults import page

from .conftest import SCRAPY_CFG

AGENT = "start: SITE/\ncommands:\n  - capture: {title: h1}\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return the folder of a project, which is the current one."""
    (tmp_path / "agent_defs").mkdir()
    (tmp_path / "scrapy.cfg").write_text(SCRAPY_CFG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loader(**settings):
    return AgentSpiderLoader.from_settings(Settings({"SPIDER_MODULES": [], **settings}))


def test_agents_are_known_by_the_names_of_their_files(here):
    for name in (
        "b.yaml",
        "a.yml",
        "c.json",
        "sub/d.yaml",
        "notes.txt",
        "tests/e.yaml",
        "blocks/f.yaml",
    ):
        path = here / "agent_defs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("not looked at: [")
    assert loader().list() == ["a", "agent", "b", "c", "d"]


def test_the_folders_of_definitions_can_be_set(here):
    for name in ("one/x.yaml", "two/y.yaml"):
        (here / name).parent.mkdir()
        (here / name).touch()
    assert loader(SEQUENTUM_AGENT_DEFS=["one", "two", "none"]).list() == ["agent", "x", "y"]


def test_a_spider_stands_for_its_agent(here):
    (here / "agent_defs/books.yaml").touch()
    spider = loader().load("books")
    assert issubclass(spider, AgentSpider)
    assert (spider.name, spider.reference) == ("books", "books")
    assert loader().load("agent") is AgentSpider
    with pytest.raises(KeyError):
        loader().load("nothing")


def test_two_files_of_one_name_are_an_error_that_names_both(here):
    for name in ("books.yaml", "books.json"):
        (here / "agent_defs" / name).touch()
    with pytest.raises(Exception, match=r"two files define the Agent \"books\": .*json and .*yaml"):
        loader()


class TestTheCommand:
    """These are processes of their own, so each shows several things."""

    def test_list_shows_names_and_opens_nothing(self, project):
        project.write(": not yaml at all [", name="agent_defs/broken.yaml")
        project.write(AGENT, name="agent_defs/books.yaml")
        done = project.scrapy("list", SEQUENTUM_STORE_URL="sqlite:////no/such/folder/store.db")
        assert (done.returncode, done.stdout) == (0, "agent\nbooks\nbroken\n"), done.stderr
        assert not (project.folder / ".sequentum").exists()

    def test_a_name_that_a_spider_has_too_is_an_error_that_names_both(self, project):
        package = project.folder / "own"
        package.mkdir()
        (package / "__init__.py").write_text(
            "import scrapy\nclass Books(scrapy.Spider):\n    name = 'books'\n"
        )
        path = project.write(AGENT, name="agent_defs/books.yaml")
        done = project.scrapy("list", "-s", "SPIDER_MODULES=own")
        assert done.returncode != 0
        message = f'"books" is the name of both the Agent in {path} and the spider own.Books'
        assert message in done.stderr

    def test_crawl_runs_an_agent_by_its_name(self, project):
        with Site({"/": page("Hello")}) as site:
            project.write(AGENT, site, "agent_defs/books.yaml")
            done = project.scrapy("crawl", "books", "-O", "out.jsonl")
        assert done.returncode == 0, done.stderr
        assert (project.folder / "out.jsonl").read_text() == '{"title": "Hello"}\n'
        assert project.result().records == [{"title": "Hello"}]
        assert "Traceback" not in done.stderr

    def test_crawl_of_a_broken_agent_says_where_and_fails(self, project):
        project.write("start: SITE/\ncommands:\n  - lst: li\n", name="agent_defs/books.yaml")
        done = project.scrapy("crawl", "books")
        assert done.returncode != 0
        assert "books.yaml:4:5 commands[0].lst: " in done.stderr
        assert 'did you mean "list"?' in done.stderr

    @pytest.mark.parametrize("reactor", ["True", "False"])
    @pytest.mark.parametrize("named", [["books"], ["agent", "-a", "agent=agent_defs/books.yaml"]])
    def test_crawl_of_an_archived_agent_says_so_in_one_line_and_is_skipped(
        self, project, reactor, named
    ):
        path = project.write(AGENT, "https://shop.example/", "agent_defs/books.yaml")
        with Store.open(project.store_url) as store:
            publish(store, "books", path.read_bytes())
            set_archived(store, 1, archived=True)
        # As scrapyd calls it.
        job = ["-a", "_job=1a2b", "-s", f"TWISTED_REACTOR_ENABLED={reactor}"]
        done = project.scrapy("crawl", *named, *job, "-s", "LOG_LEVEL=WARNING")
        reason = 'the Agent "books" is archived: unarchive it first (sequentum unarchive books)'
        (line,) = done.stderr.splitlines()
        assert line.endswith(f"ERROR: Run 1 is Skipped: {reason}")
        assert done.returncode == 1
        run = project.result().run
        assert (run.status, run.message) == (Status.SKIPPED, reason)
        assert (run.agent_id, run.version_number, run.job_id) == (1, 1, "1a2b")
