"""The example Agents of the project do on their sites what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sites import (
    Fortress,
    Members,
    fortress,
    grid,
    members,
    modern,
    old,
    search,
)
from tests.sites.fortress import products
from tests.sites.grid import QUOTES
from tests.sites.members import PASSWORD, items
from tests.sites.modern import POSTS, PRODUCT
from tests.sites.old import CITIES, NEWS
from tests.sites.search import found

EXAMPLES = Path(__file__).parents[2] / "agent_defs" / "examples"


def crawl(project, name, site, *, inputs=None, **kwargs):
    with site:
        result = project.crawl(
            arguments={"agent": str(EXAMPLES / f"{name}.yaml")},
            inputs={"site": site.url, **(inputs or {})},
            **kwargs,
        )
    assert not result.error, result.error
    assert not result.logged_errors, result.log
    assert result.counters["errors"] == 0, [(e.address, e.what, e.detail) for e in result.events]
    assert result.invalid == []
    return result


def test_search(either_project):
    result = crawl(either_project, "search", search(), inputs={"q": "no. 1", "kind": "Cups & pots"})
    expected = found("no. 1", "3", in_stock=True)
    assert [(r["name"], r["price"]) for r in result.records] == [
        (p["name"], p["price"]) for p in expected
    ]
    assert crawl(either_project, "search", search(), inputs={"q": "nothing"}).records == []


def test_upload(project):
    (record,) = crawl(project, "upload", search()).records
    assert (record["title"], record["name"], record["size"]) == (
        "Words of the day",
        "words.csv",
        14,
    )


def test_members(either_project):
    state = Members(lives=30)
    result = crawl(
        either_project,
        "members",
        members(state),
        environment={"SEQUENTUM_SECRET_MEMBERS_PASSWORD": PASSWORD},
    )
    assert sorted(result.records, key=lambda r: r["price"]) == [
        {**item, "currency": "EUR"} for item in items()
    ]
    assert state.logins >= 4
    assert result.status == "SUCCESS"


def test_grid(either_project):
    result = crawl(either_project, "grid", grid())
    assert result.records == [{"text": q["text"], "author": q["author"]} for q in QUOTES]


def test_grid_filter(project):
    result = crawl(project, "grid-filter", grid())
    expected = {
        (q["text"], q["author"]) for q in QUOTES if q["tag"] == "life" and q["author"] != "Cy"
    }
    assert {(r["text"], r["author"]) for r in result.records} == expected


def test_scroll(either_project):
    result = crawl(either_project, "scroll", modern())
    assert [(r["title"], r["author"], r["tags"]) for r in result.records] == [
        (p["title"], p["author"]["name"], p["tags"]) for p in POSTS
    ]


def test_script_data(project):
    result = crawl(project, "script-data", modern())
    records = {record.pop("from"): record for record in result.records}
    assert records == {
        "next": PRODUCT,
        "script": PRODUCT,
        "hidden": {"colors": PRODUCT["colors"]},
    }


def test_tables(project):
    assert crawl(project, "tables", old()).records == CITIES


def test_feed(project):
    result = crawl(project, "feed", old())
    assert [(r["title"], r["author"], r["text"]) for r in result.records] == [
        (n["title"], n["author"], n["text"]) for n in NEWS
    ]
    assert result.records[2]["date"].startswith("2026-11-03T10:00:00")
    assert result.records[2]["url"].endswith("/news/3")


def test_sitemap(either_project):
    result = crawl(either_project, "sitemap", old())
    assert sorted(result.values("title")) == sorted(n["title"] for n in NEWS)


def test_prices_csv(project):
    result = crawl(project, "prices-csv", old())
    assert result.records == [{"city": c["city"], "people": c["people"]} for c in CITIES]


def test_fortress(project):
    result = crawl(project, "fortress", fortress(Fortress(rate=60, patience=40, bots=True)))
    assert sorted(result.records, key=lambda r: r["price"]) == list(products())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_is_tried(path):
    tests = [file.read_text() for file in Path(__file__).parent.glob("test_*.py")]
    assert any(f'"{path.stem}"' in text or f'"{path.name}"' in text for text in tests)
