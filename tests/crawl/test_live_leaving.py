"""A live page is left as soon as no command needs it; what is left to do goes on with how it looked then."""

import time

import pytest

from tests.sites import Site
from tests.sites.server import Response

from .test_live_faults import nothing_is_open

ROWS = 6
SLOW = 0.5
BEATING = """<script>setInterval(() => fetch("/beat"), 50)</script>"""
ROOMS = "".join(f'<li><a href="/room/{n}">{n}</a></li>' for n in range(1, ROWS + 1))
HOTEL = f"""<h1>Hotel</h1><ul></ul><p>before</p><iframe src="/inside"></iframe>
<a class="tab" target="_blank" href="/wing">wing</a><form action="/wing"><input name="q"><button>go</button></form>
<a class="next" href="/next">next</a>
<script>setTimeout(() => document.querySelector("ul").innerHTML = '{ROOMS}', 100)</script>{BEATING}"""
WING = f"<h1>Wing</h1><ul>{ROOMS}</ul>{BEATING}"
INSIDE = f"""<ul>{ROOMS}</ul><button>do</button><script>
document.querySelector("button").onclick = () => top.document.querySelector("p").textContent = "after";
</script>"""
FEED = """<ul></ul><button>more</button><script>
const button = document.querySelector("button");
let n = 0;
button.onclick = () => {
  for (let i = 0; i < 6; i += 1) {
    n += 1;
    document.querySelector("ul").insertAdjacentHTML("beforeend", `<li><a href="/room/${n}">${n}</a></li>`);
  }
  button.disabled = n >= 12;
};
button.onclick();
</script>"""
AROUND = """<h1>Around</h1><p>before</p><a class="tab" target="_blank" rel="opener" href="/popped">tab</a>
<iframe srcdoc='<h2>inner</h2><a class="tab" target="_blank" rel="opener" href="/popped">tab</a>'></iframe>"""
POPPED = """<h1>Popped</h1><p>pop</p><a href="/room/1">room</a><iframe srcdoc="<h2>framed</h2>"></iframe>
<button class="breaks" onclick="opener.location = '/broken'">1</button>
<button class="removes" onclick="opener.frameElement.remove()">2</button><script>
addEventListener("pagehide", () => { opener.document.querySelector("p").textContent = "after" });
</script>"""
HEAD = "browser: true\nstart: SITE/\ncommands:\n"
LOOK_UP = "{lookup: a, browser: false, do: [{capture: {price: {css: b, as: integer}}}]}"
CAPTURE = "{capture: {n: {css: a, as: integer}}}"
LIST = f"- {{list: li, do: [{CAPTURE}, {LOOK_UP}]}}\n"
WAIT = "  - wait: li\n"


class Hotel(Site):
    """Its rooms are slow; ``beats`` says when a page of it was alive."""

    def __init__(self):
        self.beats, self.rooms = [], []
        super().__init__(
            {
                "/": HOTEL,
                "/wing": WING,
                "/next": WING,
                "/inside": INSIDE,
                "/beat": self.beat,
                "/room/*": self.room,
                "/around": AROUND,
                "/popped": POPPED,
                "/broken": Response("<h1>Broken</h1>", 500),
                "/extra/*": Response("<i>extra</i>", delay=SLOW),
            }
        )

    def beat(self, _request):
        self.beats.append(time.monotonic())
        return Response("")

    def room(self, request):
        self.rooms.append(time.monotonic())
        number = request.route.rpartition("/")[2]
        return Response(f'<b>{number}0</b><a href="/extra/{number}">extra</a>', delay=SLOW)

    @property
    def was_left(self):
        """Whether the page was closed when the first room was asked for, or at once then."""
        return self.beats[-1] < self.rooms[0] + SLOW / 2

    @property
    def at_a_time(self):
        """Whether all rooms were asked for before the first had answered."""
        return self.rooms[-1] - self.rooms[0] < SLOW


@pytest.fixture
def hotel():
    with Hotel() as hotel:
        yield hotel


def crawled(project, hotel, commands, more="", **kwargs):
    result = project.ok(HEAD + commands + more, hotel, **kwargs)
    nothing_is_open(result)
    return result


def with_price(result):
    return sorted((record["n"], record["price"]) for record in result.records if "n" in record)


EACH = [(n, 10 * n) for n in range(1, ROWS + 1)]
PLACES = {
    "page": f"{WAIT}  {LIST}",
    "group": f"  - group: body\n    do:\n      - wait: li\n      {LIST}",
    "branch": f"  - branch: {{exists: h1}}\n    do:\n      - wait: li\n      {LIST}",
    "last of a branch": f"{WAIT}  - branch: {{exists: h1}}\n    do:\n      {LIST}",
    "retry": f"  - retry: 1\n    when: {{selector: .trouble}}\n    do:\n      - wait: li\n      {LIST}",
    "frame": f"  - frame: iframe\n    do:\n      - click: button\n      {LIST}",
    "tab": f"  - click: .tab\n    do:\n      - hover: h1\n      {LIST}",
    "form": f"  - fill: {{q: x}}\n  - submit: null\n    do:\n      - wait: h1\n      {LIST}",
    "pages": f"  - paginate: a.next\n    do:\n      - wait: li\n      {LIST}",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_left_when_only_other_pages_are_waited_for(live_project, hotel, place):
    result = crawled(live_project, hotel, PLACES[place])
    assert with_price(result) == sorted(EACH * (2 if place == "pages" else 1))
    assert result.whats() == []
    if place != "pages":
        assert hotel.was_left
        assert hotel.at_a_time


NEEDED = {
    "a click in each row": f"{WAIT}  {LIST.replace('[{capture', '[{hover: a}, {capture', 1)}",
    "a click after": f"{WAIT}  {LIST}  - click: .tab\n    do: [{{hover: h1}}]\n",
}


@pytest.mark.parametrize("case", NEEDED)
def test_a_page_stays_while_a_command_needs_it(live_project, hotel, case):
    result = crawled(live_project, hotel, NEEDED[case])
    assert with_price(result) == EACH
    assert not hotel.was_left
    assert hotel.at_a_time == ("/wing" in hotel.paths) == (case == "a click after")


def test_what_a_frame_has_done_to_the_page_is_read_after_it_is_left(live_project, hotel):
    commands = f"""
  - frame: iframe
    do:
      - click: button
      - {LOOK_UP}
  - capture: {{title: h1, changed: p}}
"""
    result = crawled(live_project, hotel, commands)
    assert result.records == [{"price": 10, "title": "Hotel", "changed": "after"}]
    assert hotel.was_left


BLOCK = f"""name: one
browser: true
commands:
  - hover: a
  - {CAPTURE}
  - {LOOK_UP}
"""
AFTER = "  - click: .tab\n    do: [{hover: h1}]\n"
NEEDED_AFTER = {
    "pages": f"{PLACES['pages']}{AFTER}",
    "block": f"{WAIT}  - run: one\n{AFTER}",
    "block in a list": f"{WAIT}  - list: li\n    do: [{{run: one}}]\n",
}


@pytest.mark.parametrize("case", NEEDED_AFTER)
def test_what_stands_in_a_page_does_not_leave_it(live_project, hotel, case):
    live_project.write(BLOCK, name="agent_defs/one.yaml")
    result = crawled(live_project, hotel, NEEDED_AFTER[case])
    assert set(with_price(result)) == set(EACH if case != "block" else EACH[:1])
    assert result.whats() == []
    assert not hotel.was_left


def test_pages_looked_up_in_a_browser_do_not_keep_their_files_waiting(live_project, hotel):
    commands = """  - wait: li
  - list: li
    do:
      - capture: {n: {css: a, as: integer}}
      - lookup: {url: "/wing?{{ record.n }}"}
        do: [{wait: h1}, {download: a, as: f}, {hover: h1}]
settings: {concurrency: 2, browser: {page_timeout: 40s}}
"""
    result = crawled(live_project, hotel, commands)
    assert len(result.records) == ROWS
    assert all(record["f"] for record in result.records)


ENDS = {
    "exit": f"{WAIT}  {LIST}  - exit: run\n    if: {{exists: h1}}\n",
    "stop": f"{WAIT}  {LIST}  - capture: {{missing: .nowhere}}\n    on_error: stop\n",
}


@pytest.mark.parametrize("end", ENDS)
def test_what_ran_before_the_end_of_the_run_is_counted(live_project, hotel, end):
    result = live_project.crawl(HEAD + ENDS[end], hotel)
    assert with_price(result) == EACH
    counted = {row.address.rpartition(".")[2]: row for row in result.health.values()}
    assert (counted["list"].matched, counted["lookup"].ran) == (ROWS, ROWS)
    assert (counted["exit"].matched if end == "exit" else counted["missing"].failed) >= end.count(
        "exit"
    )
    assert "never matched" not in [w for w in result.whats() if "list" in w]


def test_the_page_around_a_tab_is_read_as_the_end_of_the_tab_leaves_it(live_project, hotel):
    commands = f"""  - open: {{url: /around}}
    do:
      - click: .tab
        do: [{{hover: h1}}, {LOOK_UP}]
      - capture: {{changed: p}}
"""
    result = crawled(live_project, hotel, commands)
    assert result.records == [{"price": 10, "changed": "after"}]


def test_a_page_around_a_tab_that_broke_is_told_of(live_project, hotel):
    commands = f"""  - open: {{url: /around}}
    do:
      - click: .tab
        do: [{{click: .breaks}}, {{wait: {{time: 1s}}}}, {LOOK_UP}]
      - capture: {{title: h1}}
settings: {{retries: 0}}
"""
    result = live_project.crawl(HEAD + commands, hotel)
    assert result.records == []
    assert result.whats("error") == ["HTTP 500"]
    nothing_is_open(result)


def test_a_frame_around_a_tab_that_is_gone_is_told_of(live_project, hotel):
    commands = f"""  - open: {{url: /around}}
    do:
      - frame: iframe
        do:
          - click: .tab
            do: [{{click: .removes}}, {{wait: {{time: 1s}}}}, {LOOK_UP}]
          - capture: {{inner: h2}}
      - capture: {{title: h1}}
"""
    result = live_project.crawl(HEAD + commands, hotel)
    assert [record.get("inner") for record in result.records] == [None]
    assert result.records[0]["title"] == "Around"
    assert len(result.whats("error")) == 1
    nothing_is_open(result)


def test_a_frame_in_a_tab_leaves_the_tab_open(live_project, hotel):
    commands = """  - open: {url: /around}
    do:
      - click: .tab
        do:
          - frame: iframe
            do: [{capture: {framed: h2}}]
          - hover: h1
          - capture: {pop: p}
"""
    result = crawled(live_project, hotel, commands)
    assert result.records == [{"framed": "framed", "pop": "pop"}]


def test_nothing_is_done_to_a_page_that_did_not_come(live_project, hotel):
    commands = """  - wait: li
  - lookup: {url: /gone}
    do: [{wait: h1}, {hover: h1}, {capture: {wing: h1}}]
  - hover: h1
"""
    result = live_project.crawl(HEAD + commands, hotel)
    assert result.whats("error") == ["HTTP 404"]
    nothing_is_open(result)


def test_pages_that_rows_of_a_growing_page_wait_for_come_at_a_time(live_project):
    commands = f"  - paginate: {{click: button, wait: 1s}}\n    do:\n      {LIST}"
    with Hotel() as hotel:
        hotel.routes["/"] = FEED
        result = crawled(live_project, hotel, commands)
    assert with_price(result) == [(n, 10 * n) for n in range(1, 13)]
    assert hotel.rooms[ROWS - 1] - hotel.rooms[0] < SLOW


def test_what_comes_after_a_page_was_left_is_counted_and_told_once(live_project, hotel):
    hotel.routes["/room/3"] = Response("broken", 404)
    listed = LIST.replace("browser: false", "browser: false, on_error: skip")
    commands = f"{WAIT}  - transform: [{{remove: p}}]\n  {listed}"
    result = crawled(live_project, hotel, commands)
    assert with_price(result) == [pair for pair in EACH if pair[0] != 3]
    assert result.whats() == ["HTTP 404"]
    counted = {row.address.rpartition(".")[2]: row for row in result.health.values()}
    assert (counted["wait"].ran, counted["wait"].matched) == (1, 1)
    assert (counted["list"].ran, counted["list"].matched) == (1, ROWS)
    assert (counted["lookup"].ran, counted["lookup"].failed) == (ROWS, 1)
    assert hotel.was_left


def test_a_run_is_stopped_by_what_comes_after_a_page_was_left(live_project, hotel):
    hotel.routes["/room/*"] = Response("broken", 404)
    commands = f"{WAIT}  {LIST}".replace("browser: false", "browser: false, on_error: stop")
    result = live_project.crawl(HEAD + commands, hotel)
    assert result.status == "FAILURE"
    assert "HTTP 404" in result.message
    nothing_is_open(result)


def test_a_page_looked_up_in_a_browser_is_left_before_its_files_come(live_project, hotel):
    commands = """
  - lookup: {url: "/wing"}
    do:
      - wait: h1
      - capture: {wing: h1}
      - download: li a
        all: true
        as: files
  - capture: {title: h1}
"""
    result = crawled(live_project, hotel, commands)
    (record,) = result.records
    assert (record["title"], record["wing"], len(record["files"])) == ("Hotel", "Wing", ROWS)
    assert hotel.at_a_time
    assert hotel.was_left


@pytest.mark.parametrize("before", ["", "      - {download: li a, all: true, as: files}\n"])
def test_a_run_is_stopped_by_a_page_looked_up_in_a_browser(live_project, hotel, before):
    commands = f"""
  - lookup: {{url: "/wing"}}
    do:
      - wait: h1
{before}      - capture: {{missing: .nowhere}}
        on_error: stop
  - capture: {{title: h1}}
"""
    result = live_project.crawl(HEAD + commands, hotel)
    assert result.status == "FAILURE"
    assert result.message.endswith("capture.missing: not found")
    assert result.whats("error") == []
    nothing_is_open(result)


def test_a_file_is_fetched_from_a_page_that_a_live_one_waits_for(live_project, hotel):
    commands = """
  - lookup: {url: /room/1}
    browser: false
    do:
      - download: a
        as: file
  - click: .tab
  - capture: {title: h1}
"""
    result = crawled(live_project, hotel, commands)
    (record,) = result.records
    assert record["title"] == "Hotel"
    assert record["file"]["url"].endswith("/extra/1")


def test_a_page_is_left_within_the_records_that_are_wanted(live_project, hotel):
    result = crawled(live_project, hotel, f"{WAIT}  {LIST}", arguments={"limit": "2"})
    assert len(result.records) == 2
