"""diagnose, compare, criteria, files and retention, on a shop that changes."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.sites.server import Request, Response, Site

AGENT = """\
name: shop
inputs: {{url: {{type: string, default: "{url}"}}}}
start: "{{{{ input.url }}}}"
commands:
  - list: .product
    do:
      - open: a
        do:
          - capture:
              sku: h1
              price: {{css: .price, as: integer, optional: true}}
output:
  key: [sku]
  success:
    min_records: 5
    max_errors: 2
    max_blocked: 10%
    required_coverage: {{price: 90%}}
    max_drop: 30%
settings: {{robots: ignore, retries: 0}}
"""


@dataclass
class Shop:
    """A shop of 20 products whose layout can change while it is open."""

    products: int = 20
    card: str = "product"
    without_price: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    status: int = 403
    trouble: bool = False

    def page(self, request: Request) -> Response:
        if self.trouble:
            return Response("", 500)
        if request.route == "/":
            rows = "".join(
                f'<div class="{self.card}"><a href="/p/{n}">x</a></div>'
                for n in range(1, self.products + 1)
            )
            return Response(rows)
        number = int(request.route.rpartition("/")[2])
        if number in self.refused:
            return Response("go away", self.status)
        price = "" if number in self.without_price else f'<b class="price">{number}</b>'
        return Response(f"<h1>P{number}</h1>{price}")

    @contextmanager
    def open(self):
        with Site({"/": self.page, "/p/*": self.page}) as site:
            yield site


@pytest.fixture
def market():
    return Shop()


@pytest.fixture
def mall(shell, market):
    with market.open() as site:
        path = shell.folder / "agent_defs" / "shop.yaml"
        path.write_text(AGENT.format(url=site.url))
        yield path


def run(shell, code=0, *more):
    text = shell("run", "shop", "--json", *more, code=code)
    return json.loads(text[: text.rindex("}") + 1])


def copies(shell, number):
    """Return the addresses of the pages that a Run has kept, by the paths of their copies."""
    folder = shell.folder / ".sequentum" / "runs" / str(number)
    files = shell.json("run-show", str(number))["files"]
    return {str(folder / file["path"]): file["url"] for file in files if file["kind"] == "page"}


def problem(found, address):
    (one,) = [p for p in found["problems"] if p["address"] == address]
    return one


def test_a_layout_that_changed(shell, mall, market):
    assert run(shell)["status"] == "Success"
    market.card = "item"
    failed = run(shell, 1)
    assert failed["message"] == (
        "min_records: 0 of at least 5; required_coverage: no records to have price; "
        "max_drop: 0 records, usually 20; at most 30% fewer"
    )
    found = shell.json("diagnose", "2")
    assert (found["lastGoodRun"], found["firstDivergence"]) == (1, "commands[0].list")
    listed = problem(found, "commands[0].list")
    assert "matched 20 in Run 1, and nothing now" in listed["seen"]
    assert listed["possibleCauses"][0] == (
        "the site's layout has changed since Run 1, which ran the same definition"
    )
    assert listed["first"] is not None
    assert '<div class="item">' in Path(listed["page"]).read_text()
    (whole,) = [p for p in found["problems"] if p["address"] == "the Run"]
    assert "sequentum compare 1 2" in whole["suggestedActions"]
    text = shell("diagnose", "2")
    assert text.startswith("Run 2 of shop: Failure\ncompared with Run 1 of shop: Success\n")
    assert "first to do otherwise: commands[0].list" in text


def test_a_version_that_looks_for_something_else(shell, mall):
    shell("publish", "shop")
    run(shell)
    mall.write_text(mall.read_text().replace(".product", ".produkt"))
    shell("publish", "shop")
    run(shell, 1)
    listed = problem(shell.json("diagnose", "2"), "commands[0].list")
    assert listed["possibleCauses"][0] == "version 2 looks for something else than version 1 did"
    assert "sequentum diff shop 1 2" in listed["suggestedActions"]
    assert "sequentum restore shop 1 brings the good one back" in listed["suggestedActions"]


def test_a_field_that_is_often_gone(shell, mall, market):
    run(shell)
    market.without_price = set(range(1, 16))
    assert run(shell, 1)["message"] == "required_coverage: price in 25%, at least 90%"
    found = shell.json("diagnose", "2")
    price = problem(found, "commands[0].do[0].do[0].capture.price")
    assert "coverage fell from 100% to 25% since Run 1" in price["seen"]
    # No page went wrong by itself, so that no copy is kept; which was the first without it is known.
    assert price["page"] is None
    assert int(price["url"].rpartition("/p/")[2]) <= 15
    assert found["run"]["startTime"] <= price["first"] <= found["run"]["endTime"]
    assert price["suggestedActions"] == [
        "compare a page (settings.log: {pages: all} keeps them) with the site as it was; mend the selector"
    ]
    compared = shell.json("compare", "1", "2")
    assert {"name": "price", "a": 1.0, "b": 0.25} in compared["coverage"]
    assert compared["records"] == {"onlyA": 0, "onlyB": 0, "changed": 15, "same": 5}
    text = shell("compare", "1", "2")
    assert "coverage of price\t100.0%\t25.0%\tdiffers" in text
    assert text.endswith(
        "records by sku: 5 the same, 15 changed, 0 only in Run 1, 0 only in Run 2\n"
    )


def test_a_version_that_changes_what_is_right(shell, mall, market):
    shell("publish", "shop")
    run(shell)
    text = mall.read_text()
    mall.write_text(
        text.replace(
            "commands:",
            "commands:\n  - list: head\n    do:\n      - capture: {heading: .none}",
        )
        .replace("heading: .none", "heading: {css: h2, optional: true}")
        .replace("price: {css: .price", "price: {css: .prize")
        .replace("required_coverage: {price: 90%}", "max_records: 100")
    )
    shell("publish", "shop")
    assert run(shell)["status"] == "Success"
    found = shell.json("diagnose", "2")
    assert found["firstDivergence"] is None
    assert "restore" not in json.dumps(found)


def test_a_run_that_succeeded_is_not_to_be_taken_back(shell, mall, market):
    shell("publish", "shop")
    run(shell)
    mall.write_text(mall.read_text().replace("robots: ignore", "robots: ignore, delay: 0"))
    mall.write_text(mall.read_text().replace("    required_coverage: {price: 90%}\n", ""))
    shell("publish", "shop")
    market.without_price = set(range(1, 16))
    assert run(shell)["status"] == "Success"
    price = problem(shell.json("diagnose", "2"), "commands[0].do[0].do[0].capture.price")
    assert price["suggestedActions"] == ["sequentum diff shop 1 2"]


PAGED = """\
name: paged
start: "{url}"
commands:
  - paginate: a.next
    do:
      - list: li
        do:
          - capture: {{n: {{xpath: ., as: integer}}, note: {{css: b, optional: true}}}}
output:
  key: [n]
  success: {{max_drop: 10%}}
settings: {{robots: ignore, retries: 0}}
"""


@dataclass
class Paged:
    """Pages of rows, each with a link to the next."""

    pages: int = 10
    rows: int = 5

    def page(self, request: Request) -> Response:
        number = int(request.route.strip("/") or 1)
        rows = "".join(f"<li>{number * 100 + n}</li>" for n in range(self.rows))
        more = f'<a class="next" href="/{number + 1}">' if number < self.pages else ""
        return Response(f"<ul>{rows}</ul>{more}")


@pytest.fixture
def paged(shell):
    paged = Paged()
    with Site({"/": paged.page, "/*": paged.page}) as site:
        (shell.folder / "agent_defs" / "paged.yaml").write_text(PAGED.format(url=site.url))
        yield paged


@pytest.mark.parametrize(
    ("pages", "seen"),
    [
        (1, "matched 9 in Run 1, and nothing now"),
        (3, "3 pages each time, 10 in Run 1"),
        (8, "8 pages each time, 10 in Run 1"),
    ],
)
def test_a_link_to_the_next_page_that_is_lost(shell, paged, pages, seen):
    shell("run", "paged")
    paged.pages = pages
    failed = json.loads(shell("run", "paged", "--json", code=1).rpartition("}")[0] + "}")
    assert "max_drop: " in failed["message"]
    found = shell.json("diagnose", "2")
    assert found["firstDivergence"] == "commands[0].paginate"
    lost = problem(found, "commands[0].paginate")
    assert lost["seen"] == [seen]
    assert lost["url"].endswith("/" if pages == 1 else f"/{pages}")
    assert failed["startTime"] <= lost["first"] <= failed["endTime"]


def test_fewer_rows_on_each_page(shell, paged):
    shell("run", "paged")
    paged.rows = 3
    assert "max_drop: 30 records, usually 50" in shell("run", "paged", code=1)
    found = shell.json("diagnose", "2")
    assert found["firstDivergence"] == "commands[0].do[0].list"
    assert problem(found, "commands[0].do[0].list")["seen"] == ["matched 3 each time, 5 in Run 1"]


def test_a_run_that_was_cut_has_not_lost_what_it_did_not_come_to(shell, paged):
    shell("run", "paged")
    shell("run", "paged", "--limit", "7")
    found = shell.json("diagnose", "2")
    assert found["firstDivergence"] is None
    assert [whole["seen"] for whole in found["problems"]] == [["ended at a limit"]]


def test_what_was_broken_off_is_gone_on_with_only_where_it_can_be(shell, mall, market):
    market.trouble = True
    failed = run(shell, 1)
    assert not failed["resumable"]
    (start,) = [p for p in shell.json("diagnose", "1")["problems"] if p["address"] == "start"]
    assert start["suggestedActions"] == [
        "settings.concurrency and settings.delay",
        "later, sequentum run shop does it all again",
    ]
    mall.write_text(mall.read_text().replace("- open: a", "- open: a\n        on_error: stop"))
    market.trouble, market.refused, market.status = False, {3}, 500
    assert run(shell, 1)["resumable"]
    opened = problem(shell.json("diagnose", "2"), "commands[0].do[0].open")
    assert opened["suggestedActions"][-1] == "later, sequentum restart 2 goes on where it was"


def test_a_field_of_another_type_of_record(shell, market):
    text = """
name: typed
start: "{url}"
commands:
  - list: .product
    do:
      - capture: {{link: {{css: a, attr: href, optional: true}}, price: {{css: i, optional: true}}}}
  - list: .product
    record: cards
    do:
      - capture: {{name: {{css: a, optional: true}}, price: {{css: b, optional: true}}}}
output: {{records: {{cards: {{}}}}}}
settings: {{robots: ignore}}
"""
    row = '<div class="product"><a href="/x">x</a>{}<i>1</i></div>'
    rows = [row.format("<b>1</b>")] * 10
    with Site({"/": lambda _: Response("".join(rows))}) as site:
        (shell.folder / "agent_defs" / "typed.yaml").write_text(text.format(url=site.url))
        shell("run", "typed")
        rows[2:] = [row.format("")] * 8
        shell("run", "typed")
    found = shell.json("diagnose", "2")
    assert found["firstDivergence"] == "commands[1].do[0].capture.price"
    price = problem(found, "commands[1].do[0].capture.price")
    assert "coverage in cards fell from 100% to 20% since Run 1" in price["seen"]
    assert price["url"] == site.url


def test_a_field_that_fell_a_little_is_as_it_was(shell, mall, market):
    run(shell)
    market.without_price = {1, 2}
    assert run(shell)["status"] == "Success"
    assert shell("diagnose", "2").endswith("nothing went wrong that was noticed\n")


MEMBERS = """\
name: members
start: "{url}"
commands:
  - login: {url}login
    do:
      - fill: {{name: ann, password: "{{{{ secret.WORD }}}}"}}
      - submit: null
    verify: {{exists: .welcome}}
  - list: .product
    do:
      - capture: {{link: {{css: a, attr: href}}}}
settings: {{robots: ignore, retries: 0}}
"""


def door(request: Request) -> Response:
    if request.method == "POST":
        right = "password=sesame" in request.body.decode()
        return Response('<p class="welcome">hello</p>' if right else "wrong password")
    return Response('<form method="post"><input name="name"><input name="password"></form>')


def test_a_login_that_fails(shell, market):
    with Site({"/": market.page, "/login": door}) as site:
        (shell.folder / "agent_defs" / "members.yaml").write_text(MEMBERS.format(url=site.url))
        shell("run", "members", SEQUENTUM_SECRET_WORD="sesame")
        shell("run", "members", code=1, SEQUENTUM_SECRET_WORD="wrong-4711")
    found = shell.json("diagnose", "2")
    assert found["lastGoodRun"] == 1
    (failed,) = [p for p in found["problems"] if p["address"] == "commands[0].login"]
    assert failed["seen"][0].startswith("the login failed (verify does not hold (HTTP 200, ")
    assert failed["url"].endswith("/login")
    assert failed["possibleCauses"][0].startswith("the name or password is wrong")
    assert "wrong-4711" not in json.dumps(found)


def test_a_run_that_brought_nothing_is_not_what_the_next_is_compared_with(shell, mall, market):
    text = mall.read_text()
    mall.write_text(text[: text.index("  success:")] + text[text.index("settings:") :])
    run(shell)
    market.card = "item"
    for _ in range(2):
        assert run(shell)["status"] == "Completed"
    found = shell.json("diagnose", "3")
    assert (found["lastGoodRun"], found["firstDivergence"]) == (1, "commands[0].list")
    mall.write_text(mall.read_text().replace("settings: {", "settings: {keep: 1 runs, "))
    run(shell)
    # The first is still the one to compare with.
    assert [row["runId"] for row in shell.json("prune")] == [3, 2]


def test_a_site_that_blocks(shell, mall, market):
    market.refused = {3, 4, 5}
    failed = run(shell, 1)
    assert failed["counters"]["blocked"] == 3
    assert failed["message"] == (
        "max_errors: 3 of at most 2; max_blocked: 3 of 21 requests, at most 10%"
    )
    found = shell.json("diagnose", "1")
    assert found["lastGoodRun"] is None
    opened = problem(found, "commands[0].do[0].open")
    assert opened["seen"] == ["HTTP 403, 3 times"]
    assert opened["possibleCauses"] == ["the site blocks this crawl, or has too much of it"]
    assert re.search(r"/p/[345]$", opened["url"])
    assert Path(opened["page"]).read_text() == "go away"
    assert opened["url"] == copies(shell, 1)[opened["page"]]


def test_a_site_that_blocks_every_page(shell, mall, market):
    market.refused = set(range(1, 21))
    assert run(shell, 1)["message"] == (
        "min_records: 0 of at least 5; max_errors: 20 of at most 2; "
        "max_blocked: 20 of 21 requests, at most 10%; "
        "required_coverage: no records to have price; errors, and not one record: see its events"
    )
    whole = shell.json("diagnose", "1")["problems"][0]
    assert whole["possibleCauses"][0] == "the site blocks this crawl"


def test_fewer_records_than_usual(shell, mall, market):
    for number in (20, 18, 22):
        market.products = number
        assert run(shell)["status"] == "Success"
    market.products = 14
    assert run(shell)["status"] == "Success"
    market.products = 11
    assert run(shell, 1)["message"] == ("max_drop: 11 records, usually 19; at most 30% fewer")
    # Fewer because a limit says so is no drop.
    assert run(shell, 0, "--limit", "6")["status"] == "Success"


@pytest.mark.parametrize("limit", ["--limit=6", "-sCLOSESPIDER_ITEMCOUNT=6"])
def test_runs_that_were_cut_are_not_what_is_usual(shell, mall, market, limit):
    text = mall.read_text()
    mall.write_text(text.replace("settings: {", "settings: {concurrency: 1, keep: 1 runs, "))
    run(shell)
    for _ in range(3):
        assert run(shell, 0, limit)["status"] == "Success"
    # The one to compare with stays.
    assert [row["runId"] for row in shell.json("prune", "--dry-run")] == [3, 2]
    market.products = 8
    assert run(shell, 1)["message"] == ("max_drop: 8 records, usually 20; at most 30% fewer")
    assert shell.json("diagnose", "5")["lastGoodRun"] == 1


def test_a_limit_of_the_definition_is_what_is_usual(shell, mall, market):
    text = mall.read_text()
    mall.write_text(text.replace("settings: {", "settings: {limits: {records: 15}, "))
    for command in (["run", "shop"], ["run", "shop", "--limit", "18"]):
        shell(*command)
    assert run(shell)["message"] == "ended at a limit"
    market.products = 8
    assert run(shell, 1)["message"] == ("max_drop: 8 records, usually 15; at most 30% fewer")
    assert shell.json("diagnose", "4")["lastGoodRun"] == 3


def test_a_renamed_agent_is_compared_with_what_it_was(shell, mall, market):
    shell("publish", "shop")
    run(shell)
    shell("rename", "shop", "store")
    market.products = 8
    text = shell("run", "store", "--json", code=1)
    assert "max_drop: 8 records, usually 20" in text
    assert shell.json("diagnose", "2")["lastGoodRun"] == 1


def test_a_secret_is_in_no_page_that_is_kept(shell, mall, market):
    market.refused = {3}
    text = mall.read_text().replace(
        "inputs: {", "inputs: {token: {type: string, format: password}, "
    )
    text = text.replace(
        'start: "{{ input.url }}"',
        'start: {url: "{{ input.url }}", headers: {T: "{{ input.token }}"}}',
    )
    mall.write_text(
        text.replace("max_drop: 30%", "max_drop: 30%").replace(
            "settings: {", "settings: {log: {pages: all, max_size: 12}, "
        )
    )
    market.card = "gêhéim-4711"
    run(shell, 1, "--input", "token=gêhéim-4711")
    pages = list((shell.folder / ".sequentum" / "runs" / "1" / "pages").iterdir())
    assert pages
    for path in pages:
        assert path.stat().st_size <= 12
        assert "gêh".encode() not in path.read_bytes()


def test_the_files_of_a_run(shell, mall, market):
    market.refused = {3}
    run(shell)
    (log, page) = sorted(shell.json("run-show", "1")["files"], key=lambda file: file["kind"])
    assert (log["kind"], log["path"]) == ("log", "run.log")
    assert log["size"] > 100
    assert (page["kind"], page["size"], page["address"]) == ("page", 7, "commands[0].do[0].open")
    rows = shell("run-show", "1", "--files")
    assert str(shell.folder / ".sequentum" / "runs" / "1" / page["path"]) in rows
    assert "Spider closed (finished)" in shell("run-show", "1", "--log")
    moved = shell.folder.with_name("moved")
    moved.mkdir()
    (moved / "scrapy.cfg").write_bytes((shell.folder / "scrapy.cfg").read_bytes())
    (shell.folder / ".sequentum").rename(moved / ".sequentum")
    assert "Spider closed (finished)" in type(shell)(moved)("run-show", "1", "--log")
    assert f"Log: {moved}/.sequentum/runs/1/run.log" in type(shell)(moved)("run-show", "1")


def test_what_a_run_gave_out_is_kept_as_it_was(shell, mall, market):
    out = shell.folder / "out.jsonl"
    (shell.folder / "sub").mkdir()
    run(shell, 0, "-o", "out.jsonl", "-o", "out.csv", "-o", "sub/out.csv")
    first = out.read_bytes()
    market.products = 18
    run(shell, 0, "-o", "out.jsonl")
    assert len(first.splitlines()) == 20
    assert len(out.read_text().splitlines()) == 18
    exports = [f for f in shell.json("run-show", "1")["files"] if f["kind"] == "export"]
    assert [f["path"] for f in exports] == [
        "exports/out-3.csv", "exports/out.csv", "exports/out.jsonl",
    ]  # fmt: skip
    folder = shell.folder / ".sequentum" / "runs"
    assert (folder / "1" / "exports" / "out.jsonl").read_bytes() == first
    assert (folder / "2" / "exports" / "out.jsonl").read_bytes() == out.read_bytes()
    shell("rm", "2")
    assert len(out.read_text().splitlines()) == 18


def test_a_run_of_another_space_is_refused(shell, mall):
    shell("space", "create", "team")
    shell("publish", "shop", "--space", "team")
    run(shell, 0, "--space", "team")
    for command in (
        ["run-show", "1"],
        ["records", "1"],
        ["diagnose", "1"],
        ["compare", "1", "1"],
        ["rm", "1"],
        ["stop", "1"],
        ["restart", "1"],
    ):
        said = shell(*command, "--space", "default", code=2)
        assert said == 'the Run 1 is in the Space "team", not in "default"\n', command
    assert shell("run-show", "1", "--space", "team").startswith("Success")
    assert shell("prune", "--space", "team") == "0 Runs are removed\n"
    assert 'there is no Space "taem"' in shell("prune", "--space", "taem", code=2)
    assert shell("rm", "1", "--space", "team") == "Run 1 is removed\n"


@pytest.mark.parametrize(
    ("log", "pages"),
    [
        ("{pages: never}", 0),
        ("{pages: on_error}", 2),
        ("{pages: on_error, max_pages: 1}", 1),
        ("{pages: all, max_pages: 7}", 7),
    ],
)
def test_pages_are_kept_as_the_settings_say(shell, mall, market, log, pages):
    market.refused = {3, 4}
    mall.write_text(mall.read_text().replace("settings: {", f"settings: {{log: {log}, "))
    run(shell)
    kept = [file for file in shell.json("run-show", "1")["files"] if file["kind"] == "page"]
    assert len(kept) == pages


def test_no_more_of_a_page_is_kept_than_allowed(shell, mall, market):
    market.refused = {3}
    mall.write_text(mall.read_text().replace("settings: {", "settings: {log: {max_size: 4}, "))
    run(shell)
    (page,) = [f for f in shell.json("run-show", "1")["files"] if f["kind"] == "page"]
    folder = shell.folder / ".sequentum" / "runs" / "1"
    assert (folder / page["path"]).read_text() == "go a"


def test_runs_by_status_and_date(shell, mall, market):
    run(shell)
    market.card = "item"
    run(shell, 1)
    assert [row["runId"] for row in shell.json("runs")] == [2, 1]
    assert [row["runId"] for row in shell.json("runs", "--status", "failure")] == [2]
    assert [row["runId"] for row in shell.json("runs", "shop", "--status", "Success")] == [1]
    assert [row["runId"] for row in shell.json("runs", "--before", "2")] == [1]
    assert shell.json("runs", "--since", "1h", "--limit", "1")[0]["runId"] == 2
    assert shell("runs", "--since", "2999-01-01") == ""
    assert shell("runs", "--until", "1d") == ""
    assert 'no status "sucess" (did you mean "success"?)' in shell(
        "runs", "--status", "sucess", code=2
    )
    assert '"yesterday" is no date' in shell("runs", "--since", "yesterday", code=2)


def test_runs_are_removed_by_hand_and_by_rule(shell, mall, market):
    mall.write_text(mall.read_text().replace("settings: {", "settings: {keep: 2 runs, "))
    run(shell)
    market.card = "item"
    for _ in range(3):
        run(shell, 1)
    said = shell("prune", "--dry-run")
    # The first is the last good one.
    assert said.startswith("Run 2 of shop, ")
    assert said.endswith("1 Runs would be removed\n")
    assert len(shell.json("runs")) == 4
    assert [row["runId"] for row in shell.json("prune")] == [2]
    assert [row["runId"] for row in shell.json("runs")] == [4, 3, 1]
    assert not (shell.folder / ".sequentum" / "runs" / "2").exists()
    assert shell("rm", "3", "4") == "Run 3 is removed\nRun 4 is removed\n"
    assert "there is no Run 3" in shell("rm", "3", code=2)
    assert shell("prune") == "0 Runs are removed\n"


@pytest.mark.parametrize("keep", ["2 weeks", "runs", "0 runs", "-1 days"])
def test_what_to_keep_is_runs_or_days(shell, mall, keep):
    mall.write_text(mall.read_text().replace("settings: {", f'settings: {{keep: "{keep}", '))
    assert "settings.keep" in shell("validate", code=1)


def test_a_field_of_the_criteria_must_be_captured(shell, mall):
    mall.write_text(mall.read_text().replace("{price: 90%}", "{prize: 90%}"))
    said = shell("validate", code=1)
    assert 'no command captures the field "prize" (did you mean "price"?)' in said
    mall.write_text(mall.read_text().replace("{prize: 90%}", "{price: 101%}"))
    assert '"101%" is no percentage' in shell("validate", code=1)


def test_watching_a_run_that_is_over_shows_it(shell, mall):
    run(shell)
    assert shell("run-show", "1", "--watch").startswith("Success")
    assert "there is no Run 9" in shell("run-show", "9", "--watch", code=2)
    assert "there is no Run 9" in shell("diagnose", "9", code=2)
    assert "there is no Run 9" in shell("compare", "1", "9", code=2)
