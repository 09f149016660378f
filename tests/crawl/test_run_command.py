"""Blocks and Agents that another Agent runs: on its page, or on their own start pages."""

from __future__ import annotations

from tests.sites import Catalogue, Site, catalogue
from tests.sites.faults import page

PRODUCT = """
name: product
inputs: {currency: {default: EUR}, factor: {type: integer, default: 1}}
commands:
  - capture: {title: h1, currency: {value: "{{ input.currency }}"}}
  - open: a.more
    do:
      - capture: {more: h1, factor: {value: "{{ input.factor }}", as: integer}}
"""


def block(project, text, name="blocks/product"):
    path = project.folder / "agent_defs" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_a_block_runs_on_the_page_with_inputs_that_its_pages_carry_on(either_project):
    block(either_project, PRODUCT)
    text = """
start: SITE/
inputs: {currency: {default: XXX}}
commands:
  - list: li
    do:
      - capture: {n: b}
      - open: a
        do:
          - run: product
            inputs: {currency: GBP, factor: "{{ page.status }}"}
  - run: product
"""
    rows = "".join(f'<li><b>{n}</b><a href="/{n}">{n}</a></li>' for n in range(3))
    routes = {
        "/": f"<h1>Start</h1><ul>{rows}</ul><a class='more' href='/more?s'>more</a>",
        "/more*": page("More"),
        "/*": page("Product", '<a class="more" href="/more">more</a>'),
    }
    with Site(routes) as site:
        result = either_project.ok(text, site)
    assert sorted(result.records, key=lambda record: record.get("n", "")) == [
        {"title": "Start", "currency": "EUR", "more": "More", "factor": 1},
        *(
            {"n": str(n), "title": "Product", "currency": "GBP", "more": "More", "factor": 200}
            for n in range(3)
        ),
    ]


def test_another_agent_runs_on_its_own_pages_and_its_records_carry_what_came_before(either_project):
    block(
        either_project,
        """
name: listing
start: "SITE_/page/{{ input.page }}"
inputs: {page: {type: integer}}
commands:
  - list: article.product
    do: [{capture: {sku: {xpath: ./@data-sku}}}]
""",
        "listing",
    )
    text = """
start: SITE/
commands:
  - capture: {shop: title}
  - for_each: [{p: 1}, {p: 3}]
    do:
      - run: listing
        inputs: {page: "{{ row.p }}"}
"""
    with catalogue(Catalogue(products=30)) as site:
        path = either_project.folder / "agent_defs" / "listing.yaml"
        path.write_text(path.read_text().replace("SITE_/", site.url))
        result = either_project.ok(text, site)
    assert sorted(result.values("sku")) == [f"P{n:05}" for n in (*range(1, 11), *range(21, 31))]
    assert all(record["shop"] for record in result.records)


def test_inputs_that_do_not_fit_are_an_error_of_the_command(project):
    block(project, PRODUCT)
    text = 'start: SITE/\ncommands: [{run: product, inputs: {factor: "{{ page.url }}"}}]\n'
    with Site({"/": page("x")}) as site:
        result = project.ok(text, site)
    (event,) = [event for event in result.events if event.level == "error"]
    assert event.address == "commands[0].run"
    assert event.what.startswith('input "factor": ')
