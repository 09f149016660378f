"""What comes after a click or a submit: its status, its kind, or that it does not come, as without a browser."""

import time

import pytest

from sequentum_scrapy.control.symptoms import advice_for
from tests.sites import Site
from tests.sites.server import Response

from .test_live_faults import HANGING, nothing_is_open

JSON = "application/json"
FILE = (("Content-Disposition", 'attachment; filename="rows.csv"'),)
FORM = "<form action='{0}' method='post'><input name='q'><button>go</button></form>"
LINKS = """<h1>Links</h1>
<a class="hang" href="/never">1</a><a class="broken" href="/broken">2</a><a class="gone" href="{gone}">3</a>
<a class="tab" target="_blank" href="/broken">4</a><a class="hanging-tab" target="_blank" href="/never">5</a>
<a class="good-tab" target="_blank" href="/teapot">6</a><a class="gone-tab" target="_blank" href="{gone}">7</a>
<a class="inside" href="#inside" onclick="history.pushState(null, '', '/elsewhere')">8</a>
<a class="teapot" href="/teapot">9</a><a class="on" href="/moves">10</a><a class="json" href="/json">11</a>
<a class="stalls" href="/stalls">12</a><button>nothing</button>"""
QUICK = "settings: {retries: 0, browser: {timeout: 4s}}\n"


@pytest.fixture
def site():
    with Site({}) as gone:
        pass
    routes = {
        "/": LINKS.format(gone=gone.url),
        "/never": Response("", delay=HANGING),
        "/broken": Response("<h1>Broken</h1>", 500),
        "/teapot": Response("<h1>Teapot</h1>", 203),
        "/moves": "<h1>Moves</h1><script>setTimeout(() => location = '/broken', 1500)</script>",
        "/json": Response('{"name": "Jason"}', content_type=JSON),
        "/to/broken": FORM.format("/broken"),
        "/to/never": FORM.format("/never"),
        "/to/gone": FORM.format(gone.url),
        "/to/json": FORM.format("/json"),
        "/to/text": FORM.format("/text"),
        "/text": Response("name: Texas", content_type="text/plain"),
        "/to/xml": FORM.format("/xml"),
        "/xml": Response("<a><name>Max</name></a>", content_type="text/xml"),
        "/to/csv": FORM.format("/csv"),
        "/csv": Response("name\nCecil\n", content_type="text/csv"),
        "/to/file": FORM.format("/file"),
        "/file": Response("name\nFelix\n", content_type="text/csv", headers=FILE),
        "/to/empty": FORM.format("/empty"),
        "/empty": Response("", 204),
        "/stalls": Response("x" * 9000, 200, "text/csv", FILE, cut=5000, stall=HANGING),
    }
    with Site(routes) as site:
        yield site


def crawled(project, site, path, commands, more=QUICK):
    result = project.crawl(f"browser: true\nstart: SITE/{path}\ncommands:\n{commands}{more}", site)
    nothing_is_open(result)
    return result


SUBMIT = """
start: SITE/to/PATH
commands:
  - fill: {q: x}
  - submit: null
    do: [{capture: {name: SELECTOR, status: {page: status}, url: {page: url}}}]
"""


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("json", "{jmespath: name}"),
        ("text", "{regex: 'name: (.*)'}"),
        ("xml", "name"),
        ("csv", "{jmespath: '[0].name'}"),
        ("file", "{jmespath: '[0].name'}"),
    ],
)
def test_what_is_no_html_is_read_as_without_a_browser(live_project, site, path, selector):
    text = SUBMIT.replace("PATH", path).replace("SELECTOR", selector)
    plain = live_project.ok(text, site).records
    assert live_project.ok(f"browser: true{text}", site).records == plain
    assert len(plain) == 1


@pytest.mark.parametrize(("path", "what"), [("broken", "HTTP 500"), ("gone", "connection refused")])
def test_a_form_that_leads_to_no_page_is_the_error_that_it_is_without_a_browser(
    live_project, site, path, what
):
    text = SUBMIT.replace("PATH", path).replace("SELECTOR", "h1") + QUICK
    for result in (
        live_project.crawl(text, site),
        live_project.crawl(f"browser: true{text}", site),
    ):
        assert result.event(what).address == "commands[1].submit"
        assert result.event(what).url.endswith("/" if path == "gone" else "/broken")
        assert (result.records, result.counters["errors"]) == ([], 1)


def test_commands_that_look_at_the_status_judge_it_themselves(live_project, site):
    text = (
        SUBMIT.replace("PATH", "broken")
        .replace(
            "[{capture", "[{branch: page.status == 500, do: [{capture: {broken: h1}}]}, {capture"
        )
        .replace("SELECTOR", "h1")
    )
    text += QUICK
    plain = live_project.crawl(text, site).records
    assert live_project.crawl(f"browser: true{text}", site).records == plain
    assert (plain[0]["broken"], plain[0]["status"]) == ("Broken", 500)


@pytest.mark.parametrize(("css", "what"), [("broken", "HTTP 500"), ("gone", "connection refused")])
def test_a_click_that_leads_to_no_page_is_an_error_and_no_record(live_project, site, css, what):
    commands = (
        "  - list: h1\n    do: [{capture: {early: {xpath: .}}}]\n"
        f"  - click: a.{css}\n  - capture: {{title: h1, url: {{page: url}}}}\n"
    )
    result = crawled(live_project, site, "", commands)
    assert result.event(what).address == "commands[1].click"
    assert result.records == [{"early": "Links"}]
    assert result.counters["errors"] == 1
    assert list((live_project.folder / ".sequentum/runs/1").glob("screenshots/*.png"))


def test_a_record_so_far_is_kept_where_a_click_leads_to_no_page(live_project, site):
    commands = "  - capture: {early: h1}\n  - click: a.gone\n    on_error: keep\n  - capture: {title: h1}\n"
    result = crawled(live_project, site, "", commands)
    assert result.records == [{"early": "Links"}]
    assert result.whats("error") == ["connection refused"]


def test_the_status_is_that_of_the_newest_document(live_project, site):
    commands = (
        "  - capture: {first: {page: status}}\n  - click: a.inside\n"
        "  - capture: {same: {page: status}, at: {page: url}}\n"
        "  - click: a.teapot\n  - capture: {last: {page: status}, title: h1}\n"
    )
    (record,) = crawled(live_project, site, "", commands).records
    assert record.pop("at").endswith("#inside")
    assert record == {"first": 200, "same": 200, "last": 203, "title": "Teapot"}


def test_a_link_to_json_leads_to_json(live_project, site):
    commands = "  - click: a.json\n  - capture: {name: {jmespath: name}}\n"
    assert crawled(live_project, site, "", commands).values("name") == ["Jason"]


def test_a_page_that_goes_to_an_error_page_by_itself_is_an_error(live_project, site):
    commands = "  - click: a.on\n  - wait: .never\n  - capture: {title: h1}\n"
    result = crawled(live_project, site, "", commands)
    assert [(e.address, e.what) for e in result.events] == [("commands[1].wait", "HTTP 500")]
    assert result.records == []


TAB = """  - click: a.{}
    timeout: 2s
    do: [{{capture: {{status: {{page: status}}}}}}]
  - capture: {{title: h1}}
"""


def test_a_tab_has_a_status_of_its_own(live_project, site):
    (record,) = crawled(live_project, site, "", TAB.format("good-tab")).records
    assert record == {"status": 203, "title": "Links"}


@pytest.mark.parametrize(
    ("css", "what"),
    [
        ("tab", "HTTP 500"),
        ("gone-tab", "connection refused"),
    ],
)
def test_a_tab_without_a_page_is_an_error_of_the_click(live_project, site, css, what):
    result = crawled(live_project, site, "", TAB.format(css))
    assert result.event(what).address == "commands[0].click"
    assert result.records == [{"title": "Links"}]


def test_a_form_whose_answer_is_empty_leaves_the_page(live_project, site):
    text = SUBMIT.replace("PATH", "empty").replace("SELECTOR", "{css: button}")
    (record,) = live_project.ok(f"browser: true{text}", site).records
    assert record["name"] == "go"


HANG = """  - list: h1
    do: [{capture: {early: {xpath: .}}}]
  - click: a.hang
    timeout: 3s
  - list: h1
    do: [{capture: {title: {xpath: .}}}]
"""


def test_a_click_whose_page_never_comes_is_an_error_and_the_page_goes_on(live_project, site):
    begin = time.monotonic()
    result = crawled(live_project, site, "", HANG)
    assert time.monotonic() - begin < 20
    assert result.event("the page did not come after 3 s").address == "commands[1].click"
    assert result.records == [{"early": "Links"}, {"title": "Links"}]
    folder = live_project.folder / ".sequentum/runs/1"
    assert len(list(folder.glob("screenshots/*.png"))) == 1
    (html,) = folder.glob("pages/*.html")
    assert "Links" in html.read_text()


def test_a_form_whose_answer_never_comes_takes_the_time_of_the_browser(live_project, site):
    text = SUBMIT.replace("PATH", "never").replace("SELECTOR", "h1") + QUICK
    result = live_project.crawl(f"browser: true{text}", site)
    assert result.event("the page did not come after 4 s").address == "commands[1].submit"
    assert result.records == []


def test_a_click_that_leads_to_a_block_is_tried_again_in_another_session(live_project):
    shown = iter(["<p class=captcha>who are you?</p>", "<h1>Here</h1>"])
    more = "settings: {block: {selector: .captcha, attempts: 2, backoff: 0}}\n"
    routes = {"/": "<a href='/in'>in</a>", "/in": lambda _request: Response(next(shown))}
    with Site(routes) as one:
        result = crawled(live_project, one, "", "  - click: a\n  - capture: {title: h1}\n", more)
    assert result.values("title") == ["Here"]
    assert result.counters["blocked"] == 1
    assert result.whats("error") == []


HURRY = "settings: {retries: 0, browser: {timeout: 2s, page_timeout: 60s}}\n"


@pytest.mark.parametrize(
    ("css", "what"),
    [
        ("a.stalls", "the file was not all there after 2 s"),
        ("button", "no file came after 2 s"),
        ("a.hang", "no file came after 2 s"),
    ],
)
def test_a_file_that_does_not_come_is_said_and_the_page_goes_on(live_project, site, css, what):
    commands = f"  - download: {{click: {css}}}\n    as: file\n    optional: true\n  - capture: {{title: h1}}\n"
    begin = time.monotonic()
    result = crawled(live_project, site, "", commands, HURRY)
    assert time.monotonic() - begin < 30
    assert [(e.address, e.what) for e in result.events] == [("commands[0].download", what)]
    assert result.records == [{"file": None, "title": "Links"}]
    assert advised(result, what)


@pytest.mark.parametrize("css", ["button", "a.hanging-tab"])
def test_a_tab_that_does_not_open_is_said_and_the_page_goes_on(live_project, site, css):
    commands = TAB.format("x").replace("a.x", css)
    result = crawled(live_project, site, "", commands)
    what = "no new tab opened after 2 s"
    assert result.event(what).address == "commands[0].click"
    assert result.records == [{"title": "Links"}]
    assert advised(result, what)


def advised(result, what):
    """Tell whether there is advice for what went wrong that does not blame the speed of the site."""
    causes, _ = advice_for([result.event(what)], layout=False, run=result.run, good=None)
    return bool(causes) and not any("slow" in cause for cause in causes)


def test_a_function_that_does_not_end_is_said_and_the_page_goes_on(live_project, site):
    (live_project.folder / "endless.py").write_text(
        "import asyncio\nasync def run(scope):\n    await asyncio.sleep(3600)\n"
    )
    text = f"browser: true\nstart: SITE/\ncommands:\n  - script: endless.run\n  - capture: {{title: h1}}\n{HURRY}"
    result = live_project.crawl(text, site, project={"SEQUENTUM_SCRIPTS": ["endless"]})
    assert result.event("not done after 2 s").address == "commands[0].script"
    assert result.records == [{"title": "Links"}]
