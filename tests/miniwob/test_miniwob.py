"""Tasks on pages that nobody here wrote: an Agent does each, and the page itself says how well."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.crawl.conftest import (
    Project,
    browser,  # noqa: F401 - a fixture
    workers,  # noqa: F401 - a fixture
)
from tests.sites.miniwob import miniwob

AGENTS = Path(__file__).parent / "agents"
TASKS = sorted(path.stem for path in AGENTS.glob("*.yaml"))
SEEDS = ("1", "2", "3")
# The icons of some pages are images: without them there is nothing to click.
ALL = """
name: all
inputs: {site: {type: string}}
browser: true
commands: COMMANDS
output:
  records: {step: {}}
settings:
  browser: {block: [font, media], page_timeout: 60s}
"""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def run(tmp_path_factory, workers, browser):  # noqa: F811 - as above
    """Return what a Run of all the Agents brought: a browser starts once for them."""
    project = Project(tmp_path_factory.mktemp("miniwob") / "project", workers["reactor"])
    shutil.copytree(AGENTS, project.folder / "agent_defs", dirs_exist_ok=True)
    commands = [
        {"run": task, "inputs": {"site": "{{ input.site }}", "seed": int(seed)}}
        for task in TASKS
        for seed in SEEDS
    ]
    with miniwob() as site:
        return project.crawl(
            ALL.replace("COMMANDS", str(commands)),
            inputs={"site": site.url},
            settings={"ROBOTSTXT_OBEY": False},
            project={"SEQUENTUM_SCRIPTS": ["javascript"]},
        )


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_done_with_each_seed(run, task):
    assert not run.error, run.error
    records = [
        record
        for record, kind in zip(run.records, run.types, strict=True)
        if kind != "step" and record["task"] == task
    ]
    rewards = {record["seed"]: (record["done"], record["reward"]) for record in records}
    events = [(e.address, e.what) for e in run.events if f"/{task}.html" in (e.url or "")]
    assert (rewards, events) == (dict.fromkeys(SEEDS, (True, 1)), []), records
    assert len(records) == len(SEEDS)


def test_nothing_else_came_of_the_run(run):
    assert run.status == "COMPLETED"
    assert run.counters["errors"] == 0
    assert run.invalid == []
    assert run.logged_errors == []


def test_the_tasks_are_done_by_commands_and_not_by_javascript():
    assert len(TASKS) >= 25
    # Those of the blocks begin an episode and ask for its reward.
    with_scripts = [path.stem for path in AGENTS.glob("*.yaml") if "script:" in path.read_text()]
    assert with_scripts == []
