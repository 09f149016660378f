"""Which browser is started and how, and what its pages may not load."""

import subprocess
from urllib.request import urlopen

import pytest

from sequentum_scrapy.crawl.browser.launch import (
    check_display,
    executable_of,
    launch_options,
    left_to_block,
)
from sequentum_scrapy.crawl.browser.patterns import is_blocked
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.browser import Browser
from tests.sites import Site
from tests.sites.server import Response


@pytest.mark.parametrize(
    ("pattern", "url", "blocked"),
    [
        ("*.ads.*", "https://x.ads.example/a/b.js", True),
        ("*.ads.*", "https://ads.example/", False),
        ("https://cdn.example/*", "https://cdn.example/a/b?c", True),
        ("*/pixel?.gif", "https://a.example/pixel1.gif", True),
        ("*/pixel?.gif", "https://a.example/pixel12.gif", False),
        ("**/track/**", "https://a.example/x/track/y/z", True),
    ],
)
def test_a_pattern_of_what_is_blocked(pattern, url, blocked):
    assert is_blocked(pattern, url) is blocked


def test_what_the_browser_does_not_block_itself_is_blocked_request_by_request():
    assert left_to_block(Browser(), launched=True) == ["media"]
    # One that runs already was not told to leave images and fonts out.
    assert left_to_block(Browser(), launched=False) == ["image", "font", "media"]
    assert left_to_block(Browser(engine="firefox"), launched=True) == ["image", "font", "media"]


def test_a_firefox_of_mozilla_is_found_and_spoken_to_as_such(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        AgentError, match="no firefox is found: python -m playwright install firefox"
    ):
        executable_of(Browser(engine="firefox"))
    program = tmp_path / "firefox-esr"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    options = launch_options(Browser(engine="firefox"), {})
    assert options["executable_path"] == str(program)
    assert options["channel"] == "moz-firefox"
    (tmp_path / ".cache/ms-playwright/firefox-1500").mkdir(parents=True)
    assert "channel" not in launch_options(Browser(engine="firefox"), {})


def test_a_chromium_is_found_by_setting_variable_and_path(monkeypatch, tmp_path):
    made = []
    for name in ("own", "named", "google-chrome", "chromium"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        made.append(str(program))
    own, named, chrome, chromium = made
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SEQUENTUM_CHROMIUM", named)
    assert executable_of(Browser.model_construct(executable=own)) == own
    assert executable_of(Browser()) == named
    monkeypatch.delenv("SEQUENTUM_CHROMIUM")
    installed = tmp_path / ".cache/ms-playwright/chromium-1234"
    installed.mkdir(parents=True)
    assert executable_of(Browser()) is None
    installed.rmdir()
    assert executable_of(Browser()) == chromium
    (tmp_path / "chromium").unlink()
    assert executable_of(Browser()) == chrome
    (tmp_path / "google-chrome").unlink()
    with pytest.raises(AgentError, match="no browser is found: apt install chromium, or"):
        executable_of(Browser())


def test_a_window_needs_a_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    check_display(Browser(), {})
    check_display(Browser(headless=False), {"headless": True})
    with pytest.raises(AgentError, match="needs a display, and there is none here"):
        check_display(Browser(headless=False), {})
    monkeypatch.setenv("DISPLAY", ":0")
    check_display(Browser(headless=False), {})


PAGE = "<h1>Page</h1><img src=/a.png><img src=/b.png><script src=/x.ads.js></script>"
AGENT = """
browser: true
start: SITE/
commands: [{capture: {title: h1}}]
settings: {browser: {block: [image, "*.ads.*"]}}
"""


@pytest.fixture
def running(browser, tmp_path):
    """Start a browser of its own accord, and return its address."""
    program = executable_of(Browser()) or "chromium"
    with subprocess.Popen(
        [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--remote-debugging-port=0",
            f"--user-data-dir={tmp_path / 'profile'}", "about:blank",
        ],
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            line = next(line for line in process.stderr if "DevTools listening on " in line)
            yield line.split(" on ")[1].strip()
        finally:
            process.terminate()


def test_in_a_browser_that_runs_already_the_same_is_blocked(live_project, running):
    routes = {"/": PAGE, "/a.png": b"", "/b.png": b"", "/x.ads.js": Response("")}
    with Site(routes) as site:
        result = live_project.ok(AGENT, site, settings={"PLAYWRIGHT_CDP_URL": running})
        assert not {"/a.png", "/b.png", "/x.ads.js"} & set(site.paths)
    assert result.values("title") == ["Page"]
    assert result.answer["stats"]["sequentum/browser/open_pages"] == 0
    host = running.split("/")[2]
    # It goes on without the Run.
    with urlopen(f"http://{host}/json/version") as answer:
        assert answer.status == 200
