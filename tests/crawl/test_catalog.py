"""Which definition a name means: a file, the draft, the active version or another."""

from __future__ import annotations

import pytest

from sequentum_scrapy.store import Store, publish
from tests.sites import Site
from tests.sites.faults import page

TEXT = "name: books\nstart: SITE/\ncommands:\n  - capture: {v: {value: '%s'}}\n"


@pytest.fixture
def site():
    with Site({"/": page("x")}) as served:
        yield served


@pytest.fixture
def published(project, site):
    """Return a project with versions 1 and 2 of the Agent books, and another text in its file."""
    with Store.open(project.store_url) as store:
        for text in ("one", "two"):
            publish(store, "books", (TEXT % text).replace("SITE/", site.url).encode())
    project.write(TEXT % "draft", site, "agent_defs/books.yaml")
    return project


def ran(result):
    assert not result.error, result.error
    return result.values("v"), result.run.agent_id, result.run.version_number


def test_an_agent_that_was_never_published_runs_its_draft(project, site):
    project.write(TEXT % "draft", site, "agent_defs/books.yaml")
    assert ran(project.ok(spider="books")) == (["draft"], None, None)
    assert ran(project.ok(arguments={"agent": "books"})) == (["draft"], None, None)


def test_a_published_one_runs_its_active_version(published):
    expected = (["two"], 1, 2)
    assert ran(published.ok(spider="books")) == expected
    assert ran(published.ok(arguments={"agent": "books"})) == expected
    assert ran(published.ok(arguments={"agent": "1"})) == expected


def test_it_says_so_where_the_file_differs(published, site):
    log = published.ok(spider="books").log
    assert (
        log.count(
            "books.yaml differs from version 2, which runs; to run the file: --draft (scrapy: -a draft=1)"
        )
        == 1
    )
    published.write(TEXT % "two", site, "agent_defs/books.yaml")
    assert "differs from" not in published.ok(spider="books").log


def test_another_version_runs_by_its_number(published):
    assert ran(published.ok(arguments={"agent": "books", "version": "1"})) == (["one"], 1, 1)
    assert ran(published.ok(spider="books", arguments={"version": "1"})) == (["one"], 1, 1)


def test_the_draft_runs_where_it_is_asked_for(published):
    assert ran(published.ok(arguments={"agent": "books", "draft": "1"})) == (["draft"], 1, None)


def test_a_path_runs_the_file(published):
    result = published.ok(arguments={"agent": "agent_defs/books.yaml"})
    assert ran(result) == (["draft"], None, None)


def test_the_run_keeps_the_exact_definition(published, site):
    from sequentum_scrapy.store import get_definition

    result = published.ok(spider="books", arguments={"version": "1"})
    with Store.open(published.store_url) as store:
        text = get_definition(store, result.run.content_hash)
    assert text == (TEXT % "one").replace("SITE/", site.url).encode()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"agent": "boks"}, 'no Agent "boks" here (did you mean "books"?)'),
        ({"agent": "99"}, 'no Agent "99" here'),
        ({"agent": "books", "version": "9"}, "there is no version 9"),
        ({"agent": "agent_defs/books.yaml", "version": "1"}, "is a file, which has no versions"),
        ({"agent": "none/such.yaml"}, "such.yaml"),
    ],
)
def test_what_is_not_there_is_an_error_that_says_so(published, arguments, message):
    result = published.crawl(arguments=arguments)
    assert message in result.error


def test_a_draft_whose_file_has_another_name_is_refused(project, site):
    project.write(TEXT % "draft", site, "agent_defs/other.yaml")
    assert 'the Agent is named "books", its file "other"' in project.crawl(spider="other").error


def test_an_agent_that_is_only_in_the_store_needs_no_file(published):
    (published.folder / "agent_defs/books.yaml").unlink()
    assert ran(published.ok(arguments={"agent": "books"})) == (["two"], 1, 2)
    refused = published.crawl(arguments={"agent": "books", "draft": "1"})
    assert "has no file in agent_defs, so it has no draft" in refused.error
