"""Examples of a browser, and what it is set to and blocks, in Firefox as Mozilla makes it.

SEQUENTUM_TEST_FIREFOX names a Python with this package and a Playwright that goes with the firefox-esr on PATH.
"""

import os
import shutil

import pytest

from tests.crawl.conftest import Project, Worker
from tests.crawl.test_live_examples import (  # noqa: F401
    crawl,
    site,
    test_a_banner_that_shows_only_sometimes_is_one_line,
    test_a_canvas,
    test_a_form_that_a_script_reads,
    test_a_function_of_the_project_is_given_the_page_of_playwright,
    test_a_list_whose_rows_leave_the_page_gives_each_once,
    test_a_login_in_a_browser_and_the_rest_over_plain_http,
    test_a_login_in_a_window_of_its_own,
    test_a_login_over_plain_http_is_that_of_the_browser_too,
    test_a_page_that_renders_after_two_seconds,
    test_a_shop_whose_pages_a_script_makes,
    test_details_that_a_click_brings,
    test_dialogs,
    test_frames_in_frames,
    test_infinite_scroll_gives_each_row_once_also_those_that_read_the_same,
    test_javascript_with_arguments_and_a_result,
    test_links_that_open_tabs_of_their_own,
    test_list_pages_in_a_browser_and_the_rest_over_plain_http,
    test_load_more_gives_each_row_once,
    test_pictures_of_what_is_in_sight_of_the_whole_page_and_of_an_element,
    test_shadow_roots,
    test_tabs_menus_list_boxes_and_boxes_that_scroll,
    test_the_pages_of_an_application_whose_address_never_changes,
    test_what_the_site_sends_as_data,
)
from tests.crawl.test_live_pages import (  # noqa: F401
    test_a_page_is_waited_for_until_it_asks_for_nothing_more,
    test_what_a_field_holds_now_is_what_is_captured,
    test_what_is_blocked_is_blocked_in_a_tab_that_a_click_opens,
    test_without_cookies_each_page_is_a_first_visit,
)
from tests.needed import not_here
from tests.sites import Site
from tests.sites.server import Response

PYTHON = "SEQUENTUM_TEST_FIREFOX"
FIREFOX = {"browser": {"engine": "firefox"}}


class FirefoxProject(Project):
    """One whose Agents are opened in Firefox."""

    def crawl(self, *args, project=None, **kwargs):
        given = {**(project or {}), "SEQUENTUM_DEFAULTS": FIREFOX}
        return super().crawl(*args, project=given, **kwargs)


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    """Return a worker with a Firefox; skip, or fail where CI is set, without one."""
    python = os.environ.get(PYTHON)
    if not python or not shutil.which("firefox-esr"):
        not_here(f"no firefox-esr, or no Python that drives one in {PYTHON}")
    worker = Worker("reactor", tmp_path_factory.mktemp("firefox") / "worker.log", python=python)
    yield worker
    worker.close()


@pytest.fixture
def live_project(tmp_path, firefox):
    return FirefoxProject(tmp_path / "project", firefox)


def test_it_is_firefox_with_the_settings_of_the_agent(live_project):
    text = """
browser: true
start: SITE/
commands:
  - capture: {all: {css: p, as: json}, given: h1}
settings:
  browser: {viewport: {width: 700, height: 500}, locale: de-DE, timezone: Asia/Tokyo}
"""
    page = """<h1>GIVEN</h1><p></p><script>
    document.querySelector("p").textContent = JSON.stringify([
      innerWidth, innerHeight, navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone,
    ]);
    </script>"""

    def shown(request):
        return Response(page.replace("GIVEN", request.headers["user-agent"]))

    with Site({"/": shown}) as one:
        (record,) = live_project.ok(text, one).records
    assert "Firefox/" in record["given"]
    assert record["all"] == [700, 500, "de-DE", "Asia/Tokyo"]
