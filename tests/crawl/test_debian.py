"""Sites that nobody here wrote: the manuals of Python and PostgreSQL, as Debian ships them."""

from __future__ import annotations

from tests.sites.debian import folder_site, require_debian

LIBRARY = r"""
start: SITE/library/index.html
commands:
  - open:
      links:
        allow: ['/library/[\w.-]+\.html$']
        within: [div.body, body]
    follow: true
    do:
      - capture:
          url: {page: url}
          title: {css: h1, regex: "^(.*?)¶?$"}
          functions: {css: dt.sig > span.sig-name, all: true, optional: true}
          words: {css: div.body, regex: "^(\\w+)"}
settings: {robots: ignore, concurrency: 16}
"""
CHAIN = """
start: SITE/index.html
commands:
  - paginate: a[accesskey=n]
    do:
      - capture:
          url: {page: url}
          title: title
          up: {css: "a[accesskey=u]", attr: title, optional: true}
settings: {robots: ignore}
"""


def test_the_library_of_python_is_crawled_whole_by_its_links(project):
    folder = require_debian("python3.11")
    with folder_site(folder) as site:
        result = project.ok(LIBRARY, site)
    names = {url.rpartition("/")[2] for url in result.values("url")}
    files = {path.name for path in (folder / "library").glob("*.html")}
    assert len(result.records) == len(names)
    # Every page but those that no page of the library links to.
    assert len(files - names) <= 2, files - names
    assert names <= files
    functions = {name for record in result.records for name in record["functions"]}
    assert {"namedtuple", "dumps", "sleep", "Path"} <= functions
    assert result.counters["errors"] == 0


def test_the_manual_of_postgresql_is_read_from_the_first_page_to_the_last(project):
    folder = require_debian("postgresql-doc-15")
    with folder_site(folder) as site:
        result = project.ok(CHAIN, site)
        assert len(site.paths) == len(set(site.paths))
    files = {path.name for path in folder.glob("*.html")}
    names = [url.rpartition("/")[2] for url in result.values("url")]
    assert names[:2] == ["index.html", "preface.html"]
    assert len(names) == len(set(names))
    assert len(files - set(names)) <= 3, files - set(names)
    assert all(result.values("title"))
