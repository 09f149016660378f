"""Which browser is started and how, and what its pages may not load."""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from sequentum_scrapy.crawl.browser.installed import has_own
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


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


REVISIONS = {
    "chromium": {"revision": "1255"},
    "chromium-headless-shell": {"revision": "1255"},
    "firefox": {"revision": "1572"},
    "webkit": {"revision": "2388", "revisionOverrides": {"mac14-arm64": "2251"}},
}


@pytest.fixture
def driver(monkeypatch, tmp_path):
    """Install a Playwright of known revisions that has no browser; return the folder of its driver."""
    for name in ("PLAYWRIGHT_BROWSERS_PATH", "XDG_CACHE_HOME", "SEQUENTUM_CHROMIUM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    folder = tmp_path / "installed/playwright/driver/package"
    folder.mkdir(parents=True)
    (tmp_path / "installed/playwright/__init__.py").touch()
    browsers = [{"name": name, **told} for name, told in REVISIONS.items()]
    (folder / "browsers.json").write_text(json.dumps({"browsers": browsers}))
    monkeypatch.delitem(sys.modules, "playwright", raising=False)
    monkeypatch.syspath_prepend(tmp_path / "installed")
    return folder


def test_a_firefox_of_mozilla_is_found_and_spoken_to_as_such(driver, tmp_path):
    with pytest.raises(
        AgentError, match="no firefox is found: python -m playwright install firefox"
    ):
        executable_of(Browser(engine="firefox"))
    found = program(tmp_path / "firefox-esr")
    options = launch_options(Browser(engine="firefox"), {})
    assert options["executable_path"] == found
    assert options["channel"] == "moz-firefox"
    program(tmp_path / ".cache/ms-playwright/firefox-1572/firefox/firefox")
    assert "channel" not in launch_options(Browser(engine="firefox"), {})


SHELL = "chromium_headless_shell-1255/chrome-headless-shell-linux64/chrome-headless-shell"


def test_a_chromium_is_found_by_setting_variable_and_path(driver, monkeypatch, tmp_path):
    own, named, chrome, chromium = (
        program(tmp_path / name) for name in ("own", "named", "google-chrome", "chromium")
    )
    monkeypatch.setenv("SEQUENTUM_CHROMIUM", named)
    assert executable_of(Browser.model_construct(executable=own)) == own
    assert executable_of(Browser()) == named
    monkeypatch.delenv("SEQUENTUM_CHROMIUM")
    installed = tmp_path / ".cache/ms-playwright" / SHELL
    program(installed)
    assert executable_of(Browser()) is None
    installed.unlink()
    assert executable_of(Browser()) == chromium
    (tmp_path / "chromium").unlink()
    assert executable_of(Browser()) == chrome
    (tmp_path / "google-chrome").unlink()
    with pytest.raises(AgentError, match="no browser is found: apt install chromium, or"):
        executable_of(Browser())


@pytest.mark.parametrize(
    "left",
    [
        "chromium-1000/chrome-linux/chrome",
        "chromium_headless_shell-1000/chrome-linux/headless_shell",
        "chromium_headless_shell-1255/INSTALLATION_COMPLETE",
        # It is started where there is a window.
        "chromium-1255/chrome-linux64/chrome",
    ],
)
def test_what_playwright_would_not_start_is_not_taken(driver, tmp_path, left):
    chromium = program(tmp_path / "chromium")
    program(tmp_path / ".cache/ms-playwright" / left)
    (tmp_path / ".cache/ms-playwright/chromium_headless_shell-1255").mkdir(exist_ok=True)
    assert executable_of(Browser()) == chromium


def test_a_chromium_with_a_window_is_another_than_one_without(driver, tmp_path):
    chromium = program(tmp_path / "chromium")
    program(tmp_path / ".cache/ms-playwright/chromium-1255/chrome-linux64/chrome")
    assert executable_of(Browser(headless=False)) is None
    assert "executable_path" not in launch_options(Browser(), {"headless": False})
    given = {"headless": True}
    assert launch_options(Browser(headless=False), given)["executable_path"] == chromium


@pytest.mark.parametrize(
    ("engine", "headless", "path"),
    [
        ("chromium", True, SHELL.replace("linux64", "mac-arm64")),
        (
            "chromium",
            False,
            "chromium-1255/chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
        ),
        ("firefox", True, "firefox-1572/firefox/Nightly.app/Contents/MacOS/firefox"),
        ("webkit", True, "webkit_mac14_arm64_special-2251/pw_run.sh"),
    ],
)
@pytest.mark.usefixtures("driver")
def test_on_macos_they_are_in_its_own_folder(monkeypatch, tmp_path, engine, headless, path):
    monkeypatch.setattr("sys.platform", "darwin")
    assert not has_own(engine, headless=headless)
    program(tmp_path / "Library/Caches/ms-playwright" / path)
    assert has_own(engine, headless=headless)


def test_the_folder_of_the_browsers_may_be_named(driver, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    usual = program(tmp_path / "cache/ms-playwright" / SHELL)
    assert has_own("chromium", headless=True)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    assert not has_own("chromium", headless=True)
    program(tmp_path / "own" / SHELL)
    assert has_own("chromium", headless=True)
    # They are beside the driver then.
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "0")
    assert not has_own("chromium", headless=True)
    program(driver / ".local-browsers" / SHELL)
    assert has_own("chromium", headless=True)
    Path(usual).unlink()
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH")
    assert not has_own("chromium", headless=True)


ASK = """
from playwright.sync_api import Error, sync_playwright
with sync_playwright() as playwright:
    for engine in ("chromium", "firefox", "webkit"):
        for headless in (True, False):
            try:
                getattr(playwright, engine).launch(headless=headless)
            except Error as error:
                print(engine, headless, error)
"""


def test_it_is_what_the_driver_of_playwright_says_that_it_would_start(
    browser, monkeypatch, tmp_path
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    done = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, timeout=60, check=True
    )
    said = re.findall(
        r"^(\w+) (\w+) .*Executable doesn't exist at (.+)$", done.stdout, re.MULTILINE
    )
    assert len(said) == 6, done.stdout
    for engine, headless, path in said:
        Path(path).unlink(missing_ok=True)
        assert not has_own(engine, headless=headless == "True")
        program(Path(path))
        assert has_own(engine, headless=headless == "True")


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
    chromium = executable_of(Browser()) or "chromium"
    with subprocess.Popen(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
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
