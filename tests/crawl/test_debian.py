"""Sites that nobody here wrote: manuals of Python and PostgreSQL and a book, as Debian ships them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.sites.debian import folder_site, require_debian

EXAMPLES = Path(__file__).parents[2] / "agent_defs" / "examples"


def crawl(project, name, folder):
    with folder_site(folder) as site:
        result = project.ok(
            arguments={"agent": str(EXAMPLES / f"{name}.yaml")},
            inputs={"site": site.url},
            settings={"ROBOTSTXT_OBEY": False},
        )
        assert len(site.paths) == len(set(site.paths))
    assert result.counters["errors"] == 0
    assert result.invalid == []
    return result


def test_the_library_of_python_is_crawled_whole_by_its_links(project):
    folder = require_debian("python3.11")
    result = crawl(project, "python-library", folder)
    names = {url.rpartition("/")[2] for url in result.values("url")}
    # No page links to the one that it all began at.
    files = {path.name for path in (folder / "library").glob("*.html")}
    assert names == files - {"index.html"}
    assert len(result.records) == len(names)
    functions = {name for record in result.records for name in record["functions"]}
    assert {"namedtuple", "dumps", "sleep", "Path"} <= functions


def test_the_manual_of_postgresql_is_read_from_the_first_page_to_the_last(project):
    folder = require_debian("postgresql-doc-15")
    result = crawl(project, "postgresql-manual", folder)
    names = [url.rpartition("/")[2] for url in result.values("url")]
    assert names[:2] == ["index.html", "preface.html"]
    # The notice stands beside the chain.
    assert set(names) == {path.name for path in folder.glob("*.html")} - {"legalnotice.html"}
    assert result.values("number") == list(range(1, len(names) + 1))


def test_a_book_is_read_in_all_its_languages(project):
    folder = require_debian("debian-handbook")
    result = crawl(project, "debian-handbook", folder)
    pages = Counter(result.values("language"))
    languages = [path.name for path in folder.iterdir() if (path / "index.html").is_file()]
    assert set(pages) == set(languages)
    expected = {language: len(list((folder / language).glob("*.html"))) for language in languages}
    assert {
        language: expected[language] - count for language, count in pages.items()
    } == dict.fromkeys(languages, 0)
