"""The pages of a browser: which are used again and what they forget, how they are set up, and how they grow."""

import json

import pytest

from sequentum_scrapy.crawl.browser.contexts import PAGES_EACH
from sequentum_scrapy.store import Store, list_files
from tests.sites import Site
from tests.sites.server import Response

LINKS = "".join(f"<a href='/page?n={n}'>{n}</a>" for n in range(12))
REMEMBERS = """<h1></h1><script>
document.querySelector("h1").textContent = [sessionStorage.seen, window.name, window.seen].join();
sessionStorage.seen = window.name = window.seen = "here";
</script>"""
TWELVE = """
browser: true
start: SITE/
commands:
  - open: a
    do: [{capture: {n: {css: h1}}}]
settings: {concurrency: 2}
"""


def crawled(project, text, routes, **more):
    with Site({"/": LINKS, **routes}) as site:
        result = project.ok(text, site, **more)
    stats = result.answer["stats"]
    assert stats["sequentum/browser/open_pages"] == 0
    assert stats["playwright/page_count"] == stats["playwright/page_count/closed"]
    return result


def test_a_page_is_used_again_and_has_forgotten_the_one_before(live_project):
    result = crawled(live_project, TWELVE, {"/page": REMEMBERS})
    assert result.values("n") == [",,"] * 12
    # As many as were open at a time.
    assert result.answer["stats"]["playwright/page_count"] == 2


def test_a_page_that_commands_acted_on_is_not_used_again(live_project):
    acting = TWELVE.replace("[{cap", "[{wait: {time: 10ms}}, {cap")
    result = crawled(live_project, acting, {"/page": REMEMBERS})
    assert result.values("n") == [",,"] * 12
    assert result.answer["stats"]["playwright/page_count"] >= 12


def test_a_page_that_opened_others_is_closed_with_them(live_project):
    opens = "<h1>1</h1><script>window.open('/other')</script>"
    result = crawled(live_project, TWELVE, {"/page": opens, "/other": "<h1>other</h1>"})
    assert result.values("n") == ["1"] * 12
    assert result.answer["stats"]["playwright/page_count"] >= 12


def test_what_a_page_goes_on_with_ends_when_it_is_left(live_project):
    busy = "<h1>1</h1><script>setInterval(() => fetch('/beat'), 20)</script>"
    links = "<a href=/page>1</a><a href=/slow>2</a>"
    slow = Response("<h1>slow</h1>", delay=2)
    with Site({"/": links, "/page": busy, "/beat": "", "/slow": slow}) as site:
        live_project.ok(TWELVE.replace("concurrency: 2", "concurrency: 1"), site)
        assert site.paths.count("/beat") < 50


def test_traces_are_among_the_files_of_a_run(live_project):
    crawled(live_project, TWELVE, {"/page": "<h1>1</h1>"}, settings={"SEQUENTUM_TRACE": True})
    with Store.open(live_project.store_url) as store:
        traces = [file for file in list_files(store, 1) if file.kind == "trace"]
    assert traces
    for trace in traces:
        content = (live_project.folder / ".sequentum/runs/1" / trace.path).read_bytes()
        assert content.startswith(b"PK")
        assert trace.size == len(content)


SETTINGS = """
browser: true
start: SITE/where
commands:
  - wait: "#place:not(:empty)"
  - capture: {all: {css: "#place", as: json}}
settings:
  browser:
    viewport: {width: 700, height: 500}
    locale: de-DE
    timezone: Asia/Tokyo
    geolocation: {latitude: 52.5, longitude: 13.4}
    user_agent: Tester/2
    storage: storage.json
"""
WHERE = """<p id="place"></p><script>
navigator.geolocation.getCurrentPosition(({coords}) => {
  document.querySelector("#place").textContent = JSON.stringify({
    size: [innerWidth, innerHeight], language: navigator.language, agent: navigator.userAgent,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone, place: [coords.latitude, coords.longitude],
    cookie: document.cookie, stored: localStorage.getItem("stored"),
  });
}, (error) => { document.querySelector("#place").textContent = JSON.stringify(error.message) });
</script>"""


def test_the_settings_of_the_browser_are_what_a_page_sees(live_project):
    with Site({"/where": WHERE}) as site:
        origin = site.url.rstrip("/")
        storage = {
            "cookies": [
                {
                    "name": "known", "value": "yes", "domain": "127.0.0.1", "path": "/", "expires": -1,
                    "httpOnly": False, "secure": False, "sameSite": "Lax",
                }
            ],
            "origins": [{"origin": origin, "localStorage": [{"name": "stored", "value": "also"}]}],
        }  # fmt: skip
        (live_project.folder / "agent_defs/storage.json").write_text(json.dumps(storage))
        (record,) = live_project.ok(SETTINGS, site).records
    assert record["all"] == {
        "size": [700, 500],
        "language": "de-DE",
        "agent": "Tester/2",
        "zone": "Asia/Tokyo",
        "place": [52.5, 13.4],
        "cookie": "known=yes",
        "stored": "also",
    }


@pytest.mark.timeout(60)
def test_a_pagination_ends_though_a_list_in_a_branch_has_not_had_its_turn(live_project):
    page = """<h1>1</h1><ul></ul><button>next</button><script>
    let n = 1;
    document.querySelector("button").onclick = () => {
      n += 1;
      document.querySelector("h1").textContent = n;
      document.querySelector("ul").innerHTML = n < 3 ? "" : `<li>${n}a</li><li>${n}b</li>`;
      document.querySelector("button").disabled = n === 4;
    };
    </script>"""
    text = """
browser: true
start: SITE/
commands:
  - paginate: {click: button, wait: 1s}
    do:
      - capture: {n: h1}
      - branch: "{{ record.n == '3' }}"
        do: [{list: li, do: [{capture: {text: {xpath: .}}}]}]
"""
    with Site({"/": page}) as site:
        result = live_project.crawl(text, site)
    assert not result.error, result.error
    assert [(r["n"], r.get("text")) for r in result.records] == [
        ("1", None),
        ("2", None),
        ("3", "3a"),
        ("3", "3b"),
        ("4", None),
    ]


def test_what_a_field_holds_now_is_what_is_captured(live_project):
    page = """<form><input name=q value=old><input name=untouched type=number value=many>
    <input name=clear value=x><input type=password name=word><textarea name=text>first</textarea>
    <input type=checkbox name=a checked><input type=checkbox name=b><input type=checkbox name=c>
    <select name=kind><option>tea<option>mate<option>coffee</select>
    <select name=plain><option>one<option>two</select></form><div id=out></div><script>
    setTimeout(() => { document.querySelector("[name=c]").checked = true }, 0);
    </script>"""
    text = """
inputs: {wanted: {type: boolean, default: true}}
browser: true
start: SITE/
commands:
  - fill: {q: new, clear: "", word: open-sesame, text: second}
  - check: {a: false, b: "{{ input.wanted }}"}
  - select: {kind: mate}
  - capture:
      q: "[name=q]::attr(value)"
      untouched: "[name=untouched]::attr(value)"
      clear: {css: "[name=clear]::attr(value)", optional: true}
      word: {css: "[name=word]::attr(value)", optional: true}
      text: textarea
      checked: {css: "input[checked]::attr(name)", all: true}
      kind: "[name=kind] option[selected]"
      plain: {css: "[name=plain] option[selected]", optional: true}
"""
    with Site({"/": page}) as site:
        (record,) = live_project.ok(text, site).records
    assert record == {
        "q": "new",
        "untouched": "many",
        "clear": None,
        "word": None,
        "text": "second",
        "checked": ["b", "c"],
        "kind": "mate",
        "plain": None,
    }


def test_what_is_replaced_while_it_is_clicked_is_clicked_in_its_place(live_project):
    page = """<ul></ul><p></p><script>
    let drawn = 0;
    const draw = () => {
      drawn += 1;
      document.querySelector("ul").innerHTML = `<li style="transition: all 2s">Porto</li>`;
      document.querySelector("li").onclick = () => {
        document.querySelector("p").textContent = "Porto";
        clearInterval(timer);
      };
      if (drawn === 40) clearInterval(timer);
    };
    const timer = setInterval(draw, 25);
    </script>"""
    text = """
browser: true
start: SITE/
commands:
  - click: li
  - capture: {city: p}
"""
    with Site({"/": page}) as site:
        result = live_project.ok(text, site)
    assert result.values("city") == ["Porto"]
    assert result.events == []
    assert result.health["commands[0].click"].matched == 1


LATE = """<h1>Page</h1><x-late></x-late><noscript><img src="/plain.png"></noscript>
<iframe src="/frame"></iframe><script>
setTimeout(() => { document.querySelector("h1").dataset.ready = "yes" }, 400);
const root = document.querySelector("x-late").attachShadow({mode: "open"});
root.innerHTML = "<p>first</p>";
setTimeout(() => { root.innerHTML = "<p class=late>in a shadow</p>" }, 800);
</script>"""
FRAME = "<p class=inside>inside</p><img src=/never><script>fetch('/never')</script>"


def test_what_comes_late_anywhere_is_seen(live_project):
    text = """
browser: true
start: SITE/
commands:
  - wait: "h1[data-ready]"
  - wait: .late
  - capture: {late: .late, plain: "noscript img::attr(src)"}
  - frame: iframe
    do: [{capture: {inside: .inside}}]
settings: {browser: {timeout: 3s, block: []}}
"""
    never = Response("", delay=3600)
    with Site({"/": LATE, "/frame": FRAME, "/never": never, "/plain.png": b""}) as site:
        (record,) = live_project.ok(text, site).records
    plain = f"{site.url}plain.png"
    assert record == {"late": "in a shadow", "plain": plain, "inside": "inside"}


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("() => new Promise(() => {})", "not done after 1 s"),
        ("() => TEAS.length", "JavaScript failed: ReferenceError: TEAS is not defined"),
        ("() => { throw 'no teas' }", "JavaScript failed: no teas"),
    ],
)
def test_javascript_that_fails_or_never_ends_is_an_event_of_its_command(live_project, code, what):
    text = f"""
browser: true
start: SITE/
commands:
  - capture: {{title: h1}}
  - script: {{javascript: "{code}"}}
    captures: [nothing]
settings: {{browser: {{timeout: 1s}}}}
"""
    with Site({"/": "<h1>Page</h1>"}) as site:
        result = live_project.crawl(text, site, project={"SEQUENTUM_SCRIPTS": ["javascript"]})
    assert not result.error, result.error
    (event,) = result.events
    assert (event.address, event.what) == ("commands[1].script", what)
    ((record, (flaw,)),) = result.invalid
    assert (record["title"], flaw["message"]) == ("Page", what)


def test_a_list_that_takes_no_more_rows_ends_the_pagination(live_project):
    page = """<ul></ul><script>
    let n = 0;
    const more = () => {
      for (let i = 0; i < 20; i += 1) {
        document.querySelector("ul").insertAdjacentHTML("beforeend", `<li style="height: 90px">${n += 1}</li>`);
      }
    };
    more();
    addEventListener("scroll", () => {
      if (innerHeight + scrollY > document.body.scrollHeight - 200) more();
    });
    </script>"""
    text = """
browser: true
start: SITE/
commands:
  - paginate: {scroll: true}
    do:
      - list: li
        limit: 25
        do: [{capture: {n: {xpath: .}}}]
settings: {browser: {page_timeout: 20s}}
"""
    with Site({"/": page}) as site:
        result = live_project.ok(text, site)
    assert result.values("n") == [str(n) for n in range(1, 26)]


def test_a_page_is_waited_for_until_it_asks_for_nothing_more(live_project):
    page = """<h1>first</h1><script>
    const next = (n) => fetch("/data").then(() => {
      document.querySelector("h1").textContent = n;
      if (n < 3) setTimeout(() => next(n + 1), 100);
    });
    next(1);
    </script>"""
    text = """
browser: true
start: SITE/
commands:
  - wait: {idle: true}
  - capture: {n: h1}
"""
    with Site({"/": page, "/data": Response("", delay=0.2)}) as site:
        assert live_project.ok(text, site).values("n") == ["3"]


def test_a_session_goes_on_in_a_fresh_context_with_its_cookies_and_local_storage(live_project):
    links = "".join(f"<a href='/p?n={n}'>{n}</a>" for n in range(PAGES_EACH + 20))
    page = """<h1></h1><script>
    localStorage.seen = Number(localStorage.seen || 0) + 1;
    document.querySelector("h1").textContent = localStorage.seen;
    </script>"""
    text = TWELVE.replace("concurrency: 2", "concurrency: 1, robots: ignore")
    with Site({"/": links, "/p": page}) as site:
        result = live_project.ok(text, site)
    # One page after another, over the change of contexts.
    assert sorted(map(int, result.values("n"))) == list(range(1, PAGES_EACH + 21))
    assert result.answer["stats"]["playwright/context_count"] == 2


@pytest.mark.parametrize("acts", [False, True])
def test_without_cookies_each_page_is_a_first_visit(live_project, acts):
    def page(request):
        script = """<h1></h1><script>
        document.querySelector("h1").textContent = `GIVEN ${localStorage.seen} ${document.cookie.length}`;
        localStorage.seen = "here";
        document.cookie = "by-script=1; path=/";
        </script>""".replace("GIVEN", request.headers.get("cookie", "none"))
        return Response(script, headers=(("Set-Cookie", "set=1; HttpOnly; Path=/"),), delay=0.1)

    text = TWELVE.replace("concurrency: 2", "concurrency: 2, cookies: false")
    if acts:
        text = text.replace("[{cap", "[{wait: {time: 10ms}}, {cap")
    result = crawled(live_project, text, {"/page": page})
    assert result.values("n") == ["none undefined 0"] * 12


def test_a_row_that_changes_by_itself_is_the_same_row(live_project):
    page = """<ul></ul><script>
    let n = 0;
    const more = () => {
      for (let i = 0; i < 20; i += 1) {
        document.querySelector("ul").insertAdjacentHTML("beforeend",
          `<li style="height: 90px"><b>${n += 1}</b> <i>0</i> s ago</li>`);
      }
    };
    more();
    addEventListener("scroll", () => {
      if (n < 60 && innerHeight + scrollY > document.body.scrollHeight - 200) more();
    });
    setInterval(() => {
      for (const age of document.querySelectorAll("i")) age.textContent = Number(age.textContent) + 1;
    }, 700);
    </script>"""
    text = """
browser: true
start: SITE/
commands:
  - paginate: {scroll: true, wait: 2s}
    do:
      - list: li
        do: [{capture: {n: b}}]
settings: {browser: {page_timeout: 40s}}
"""
    with Site({"/": page}) as site:
        result = live_project.ok(text, site)
    assert result.values("n") == [str(n) for n in range(1, 61)]


ROWS_THAT_COME_LATE = """<ul></ul><button>more</button><script>
let n = 0;
const add = (count) => {
  for (let i = 0; i < count; i += 1) {
    n += 1;
    document.querySelector("ul").insertAdjacentHTML("beforeend", `<li>${n}</li>`);
  }
};
const page = () => { add(4); setTimeout(() => add(3), 150); setTimeout(() => add(3), 300); };
page();
document.querySelector("button").onclick = page;
</script>"""
LATE_ROWS = """
browser: true
start: SITE/
commands:
  - paginate: {click: button, wait: 2s}
    max_pages: 3
    do:
      - list: li
        do: [{capture: {n: {xpath: .}, page: {value: "{{ page.number }}", as: integer}}}]
      - wait: {time: 200ms}
settings: {browser: {page_timeout: 60s}}
"""


def test_rows_that_come_late_are_those_of_their_page(live_project):
    with Site({"/": ROWS_THAT_COME_LATE}) as site:
        result = live_project.ok(LATE_ROWS, site)
    assert [(r["n"], r["page"]) for r in result.records] == [
        (str(n), (n + 9) // 10) for n in range(1, 31)
    ]


@pytest.mark.timeout(60)
def test_a_page_that_gets_rows_for_ever_has_its_last_page(live_project):
    feed = """<ul></ul><button>more</button><script>
    let n = 0;
    setInterval(() => {
      document.querySelector("ul").insertAdjacentHTML("beforeend", `<li>${n += 1}</li>`);
    }, 50);
    </script>"""
    with Site({"/": feed}) as site:
        result = live_project.ok(LATE_ROWS.replace("wait: 2s", "wait: 300ms"), site)
    assert result.values("n") == [str(n) for n in range(1, len(result.records) + 1)]
    assert {r["page"] for r in result.records} == {1, 2, 3}


def test_rows_that_change_all_the_time_are_there_once_each(live_project):
    page = """<ul></ul><script>
    let n = 0;
    const more = () => {
      for (let i = 0; i < 20; i += 1) {
        document.querySelector("ul").insertAdjacentHTML("beforeend",
          `<li style="height: 90px"><b>${n += 1}</b> <i>0</i> ms</li>`);
      }
    };
    more();
    addEventListener("scroll", () => {
      if (n < 60 && innerHeight + scrollY > document.body.scrollHeight - 200) more();
    });
    setInterval(() => {
      for (const age of document.querySelectorAll("i")) age.textContent = performance.now();
    }, 20);
    </script>"""
    text = """
browser: true
start: SITE/
commands:
  - paginate: {scroll: true, wait: 1s}
    do:
      - list: li
        do: [{capture: {n: b}}]
settings: {browser: {page_timeout: 60s}}
"""
    with Site({"/": page}) as site:
        result = live_project.ok(text, site)
    assert sorted(result.values("n"), key=int) == [str(n) for n in range(1, 61)]


def test_what_is_blocked_is_blocked_in_a_tab_that_a_click_opens(live_project):
    popup = "<script src='/ads/early.js'></script><h1>there</h1><script>fetch('/ads/late')</script>"
    text = """
browser: true
start: SITE/
commands:
  - click: a
    do:
      - wait: h1
      - wait: {time: 300ms}
      - capture: {title: h1}
settings: {browser: {block: ["*/ads/*"]}}
"""
    routes = {"/": "<a href=/popup target=_blank>open</a>", "/popup": popup, "/ads/*": ""}
    with Site(routes) as site:
        result = live_project.ok(text, site)
    assert result.values("title") == ["there"]
    assert [path for path in site.paths if "/ads/" in path] == []


KINDS = {"font": "/font.woff2", "media": "/clip.mp4", "stylesheet": "/style.css"}


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_a_kind_of_resource_that_is_blocked_is_not_asked_for(live_project, kind):
    page = """<link rel=stylesheet href=/style.css>
    <style>@font-face { font-family: own; src: url(/font.woff2) } h1 { font-family: own }</style>
    <h1>Page</h1><video src=/clip.mp4 preload=auto muted></video>"""
    text = """
browser: true
start: SITE/
commands:
  - wait: {idle: true}
  - capture: {title: h1}
settings: {browser: {block: [KIND]}}
"""
    routes = {
        "/": page,
        "/style.css": Response("h1 { color: red }", content_type="text/css"),
        "/font.woff2": Response(b"no font", content_type="font/woff2"),
        "/clip.mp4": Response(b"no film", content_type="video/mp4"),
    }
    with Site(routes) as site:
        result = live_project.ok(text.replace("KIND", kind or ""), site)
    assert result.values("title") == ["Page"]
    assert set(site.paths) & set(KINDS.values()) == set(KINDS.values()) - {KINDS.get(kind)}


@pytest.mark.parametrize("limit", [2, 8])
def test_so_many_contexts_are_open_and_no_session_is_forgotten(live_project, limit):
    """Four sessions take turns; those that are closed meanwhile go on with their cookies."""

    def page(request):
        visits = int(request.headers.get("cookie", "visits=0").partition("=")[2]) + 1
        return Response(f"<h1>{visits}</h1>", headers=(("Set-Cookie", f"visits={visits}; Path=/"),))

    more = f"settings: {{concurrency: 1, robots: ignore, sessions: 4, browser: {{contexts: {limit}}}}}\n"
    text = TWELVE[: TWELVE.index("settings:")] + more
    links = LINKS[: LINKS.index("<a href='/page?n=11'")]
    with Site({"/": links, "/favicon.ico": "", "/page": page}) as site:
        result = live_project.ok(text, site)
    stats = result.answer["stats"]
    assert stats["playwright/context_count/max_concurrent"] == min(limit, 4)
    # Twelve pages with the first, which sets none: three for each session.
    assert sorted(result.values("n")) == sorted("123" * 3 + "12")


def test_arguments_of_the_project_reach_the_browser(live_project):
    text = "browser: true\nstart: SITE/\ncommands: [{capture: {name: p}}]\n"
    page = "<p></p><script>document.querySelector('p').textContent = navigator.userAgent</script>"
    defaults = {"browser": {"args": ["--user-agent=Given/1"]}}
    with Site({"/": page}) as site:
        result = live_project.ok(text, site, project={"SEQUENTUM_DEFAULTS": defaults})
    assert result.values("name") == ["Given/1"]
