"""patchright in the place of Playwright, with the class that docs/settings.md gives."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.crawl.conftest import Project, Worker
from tests.crawl.test_live_examples import EXAMPLES, SECRET
from tests.crawl.test_live_faults import (  # noqa: F401
    site,
    test_a_browser_that_dies_is_started_again_and_no_page_is_lost_or_there_twice,
    test_a_file_in_the_place_of_a_page_is_read_as_one,
    test_a_host_that_refuses_is_said_as_without_a_browser,
    test_a_page_that_does_not_come_is_an_event,
    test_a_page_that_moves_on_while_it_is_read_is_read_where_it_comes_to,
    test_a_page_that_never_comes_to_rest_ends_by_itself,
)
from tests.needed import not_here
from tests.sites import Site, live

SETTINGS = Path(__file__).parents[2] / "docs" / "settings.md"


class PatchrightProject(Project):
    """One whose browser patchright drives."""

    def __init__(self, folder, worker):
        super().__init__(folder, worker)
        (shown,) = re.findall(
            r"```python\n(from patchright.*?)```", SETTINGS.read_text(), re.DOTALL
        )
        (folder / "drivers.py").write_text(shown)

    def crawl(self, *args, project=None, **kwargs):
        given = {**(project or {}), "PLAYWRIGHT_BROWSER_PROVIDER": "drivers.Patchright"}
        return super().crawl(*args, project=given, **kwargs)


@pytest.fixture
def own_project(tmp_path, browser):
    if not find_spec("patchright"):
        not_here("patchright is not here: pip install patchright")
    worker = Worker("reactor", tmp_path / "worker.log")
    yield PatchrightProject(tmp_path / "project", worker)
    worker.close()


@pytest.fixture
def live_project(own_project):
    return own_project


def test_a_page_is_not_told_that_a_program_reads_it(live_project):
    text = "browser: true\nstart: SITE/\ncommands:\n  - capture: {told: p}\n"
    page = "<p></p><script>document.querySelector('p').textContent = navigator.webdriver</script>"
    with Site({"/": page}) as one:
        assert live_project.ok(text, one).values("told") == ["false"]


@pytest.mark.parametrize(
    "name", ["widgets", "frames", "details", "spa", "popup", "shadow", "tabs", "virtual"]
)
def test_records_are_those_of_playwright(live_project, workers, name):
    plain = Project(live_project.folder.parent / "plain", workers["reactor"])
    with Site(live.live()) as one:
        ours, theirs = (
            project.ok(
                arguments={"agent": str(EXAMPLES / f"live-{name}.yaml")},
                inputs={"site": one.url},
                environment=SECRET,
            ).records
            for project in (live_project, plain)
        )
    assert ours == theirs
    assert len(ours) > 0
