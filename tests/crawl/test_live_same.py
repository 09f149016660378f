"""The same Agent with a browser and without gives the same records, byte for byte."""

import json
import shutil
from urllib.parse import parse_qsl

import pytest

from sequentum_scrapy.store import Store, iter_records
from tests.crawl.test_examples import EXAMPLES, PASSWORD
from tests.sites import Site, grid, live, members, modern, old, search
from tests.sites.server import Response

SAME = """
start: SITE/same/
commands:
  - paginate: a.next
    do:
      - list: .products li
        do:
          - capture: {listed: {css: .name}}
          - open: a.name
            do:
              - capture:
                  name: h1
                  price: {css: .price, as: price}
                  terms: {css: dd, all: true}
                  html: {css: h1, html: true}
                  links: {css: a, attr: href, all: true}
                  title: {page: title}
                  url: {page: url}
"""


def records(project, text, site, **more):
    result = project.ok(text, site, **more)
    assert result.counters["errors"] == 0, result.whats()
    with Store.open(project.store_url) as store:
        return sorted(bytes(row.data) for row in iter_records(store, result.run.run_id)), result


def both(project, text, site, **more):
    plain, _ = records(project, text, site, **more)
    live_text = text.replace("\ncommands:", "\nbrowser: true\ncommands:", 1)
    assert live_text != text
    inside, result = records(project, live_text, site, **more)
    assert result.counters["browserPages"] > 0
    assert len(plain) > 0
    assert inside == plain


def example(name):
    return (EXAMPLES / f"{name}.yaml").read_text().replace(f"name: {name}", "name: test")


def test_a_catalogue(live_project):
    with Site(live.live()) as site:
        both(live_project, SAME, site)


FORM = """
start: SITE/
commands:
  - fill: {customer: Ada}
  - submit: null
    do: [{capture: {customer: {jmespath: form.customer}, url: {page: url}, status: {page: status}}}]
"""


def test_a_form_that_is_answered_with_json(live_project):
    form = "<form action='/post' method='post'><input name='customer'><button>go</button></form>"

    def answer(request):
        body = json.dumps({"form": dict(parse_qsl(request.body.decode()))})
        return Response(body, 201, content_type="application/json")

    with Site({"/": form, "/post": answer}) as site:
        both(live_project, FORM, site)


# Those that go on to work where a browser shows a page: the others read files, feeds and APIs.
BOTH_WAYS = {
    "members": (members, {"SEQUENTUM_SECRET_MEMBERS_PASSWORD": PASSWORD}, {}),
    "grid": (grid, {}, {}),
    "grid-filter": (grid, {}, {}),
    "search": (search, {}, {"q": "no. 1"}),
    "upload": (search, {}, {}),
    "scroll": (modern, {}, {}),
    "script-data": (modern, {}, {}),
    "tables": (old, {}, {}),
    "feed": (old, {}, {}),
    "prices-csv": (old, {}, {}),
}


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_an_example(live_project, name):
    serve, environment, inputs = BOTH_WAYS[name]
    with serve() as site:
        folder = live_project.folder / "agent_defs"
        for part in ("blocks", "data"):
            shutil.copytree(EXAMPLES / part, folder / part, dirs_exist_ok=True)
        both(
            live_project,
            example(name),
            site,
            inputs={"site": site.url, **inputs},
            environment=environment,
        )


def test_every_example_is_tried_both_ways_or_not_for_a_reason():
    """Those that are not: sites that block, manuals of thousands of pages, a sitemap, and those of live pages."""
    left = {
        "fortress",
        "debian-handbook",
        "postgresql-manual",
        "python-library",
        "sitemap",
        "httpbin-form",
    }
    names = {path.stem for path in EXAMPLES.glob("*.yaml") if not path.stem.startswith("live-")}
    assert names - left == set(BOTH_WAYS)
