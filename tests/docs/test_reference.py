import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from sequentum_scrapy.cli.main import COMMANDS
from sequentum_scrapy.compiler import compile_agent
from sequentum_scrapy.control.offline import run_tests
from sequentum_scrapy.crawl.addon import DEFAULTS
from sequentum_scrapy.crawl.agent_settings import scrapy_settings
from sequentum_scrapy.crawl.secrecy import SECRET_PREFIX
from sequentum_scrapy.definition import commands, language_schema, parse_definition, read_definition
from sequentum_scrapy.definition.fields import SOURCES, Conversion
from sequentum_scrapy.definition.settings import Limits, Settings
from sequentum_scrapy.store import Status
from sequentum_scrapy.store.counters import Counters

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted({*DOCS.glob("*.md")} - {DOCS / "language.in.md"})
sys.path.append(str(DOCS / "examples"))  # where the example of script finds its functions
EXAMPLES = sorted((DOCS / "examples").glob("*.yaml"))
SOURCE = "\n".join(path.read_text("utf-8") for path in (ROOT / "sequentum_scrapy").rglob("*.py"))


def load_reference():
    spec = importlib.util.spec_from_file_location("docs_reference", DOCS / "reference.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def text(*names):
    return "\n".join((DOCS / name).read_text("utf-8") for name in names)


def names_of(path):
    return path.stem


def anchors(page):
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_language_reference_is_what_the_models_say_now():
    assert load_reference().language() == text("language.md")


def test_the_json_schema_is_what_the_models_say_now():
    assert json.loads(text("agent.schema.json")) == language_schema()


@pytest.mark.parametrize("path", EXAMPLES, ids=names_of)
def test_an_example_is_valid_without_a_warning_and_its_own_tests_pass(path):
    definition = read_definition(path)
    assert not definition.warnings
    assert definition.agent.name == path.stem
    results = run_tests(definition, scripts=["scripts"])
    assert results
    assert [difference for result in results for difference in result.differences] == []


def test_every_command_has_an_example_and_every_example_a_command():
    assert {path.stem.split("-")[0] for path in EXAMPLES} == set(commands.CLASSES)


def test_the_examples_of_capture_use_every_source_and_every_conversion():
    used = (DOCS / "examples" / "capture.yaml").read_text("utf-8")
    for source in {*SOURCES, "regex", "fields"} - {"css", "xpath", "jmespath"}:
        assert f"{source}:" in used
    for conversion in Conversion.__args__:
        assert f"as: {conversion}" in used


@pytest.mark.parametrize("path", PAGES, ids=names_of)
def test_definitions_shown_in_a_page_are_valid(path):
    for block in re.findall(
        r"^```yaml\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        if "\ncommands:" in block:
            definition = parse_definition(
                block.encode(), f"{path.name}.yaml", folders=[DOCS / "examples"]
            )
            assert not definition.warnings
            compile_agent(definition.agent)


@pytest.mark.parametrize("path", PAGES, ids=names_of)
def test_links_in_a_page_lead_somewhere(path):
    page = path.read_text("utf-8")
    for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", page):
        other = (path.parent / target).read_text("utf-8") if target else page
        assert not anchor or anchor in anchors(other), f"{target}#{anchor}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_cli_command_is_in_the_docs(name):
    written = text(
        "tutorial.md",
        "runs.md",
        "language.md",
        "settings.md",
        "agents.md",
        "operations.md",
        "scrapyd.md",
    )
    assert re.search(rf"sequentum {name}\b", written)


@pytest.mark.parametrize("path", PAGES, ids=names_of)
def test_sequentum_commands_in_a_page_are_known(path):
    for block in re.findall(
        r"^```sh\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        for name in re.findall(r"^sequentum ([\w-]+)", block, re.MULTILINE):
            assert name in COMMANDS


@pytest.mark.parametrize("name", sorted({*re.findall(r'"(SEQUENTUM_[A-Z_]*[A-Z])"', SOURCE)}))
def test_every_sequentum_setting_is_in_the_docs(name):
    assert f"`{name}`" in text("settings.md")


def test_the_variable_of_a_secret_is_in_the_docs():
    assert f"`{SECRET_PREFIX}NAME`" in text("settings.md")
    assert f"`{SECRET_PREFIX}NAME`" in text("language.md")


def test_every_default_of_the_add_on_is_in_the_docs():
    assert [name for name in DEFAULTS if f"`{name}`" not in text("settings.md")] == []


def test_every_setting_of_an_agent_is_in_the_docs():
    written = text("settings.md")
    assert [name for name in Settings.keys() if f"`{name}" not in written] == []  # noqa: SIM118
    assert [name for name in Limits.keys() if f"limits: {{{name}:" not in written] == []  # noqa: SIM118


def test_every_scrapy_setting_that_an_agent_stands_for_is_in_the_docs():
    definition = parse_definition(
        b"""
name: all
start: https://shop.example/
commands: [{capture: {title: h1}}]
settings:
  concurrency: 1
  delay: 1
  timeout: 1
  retries: 0
  robots: obey
  user_agent: x
  cookies: false
  autothrottle: true
  cache: 5
  limits: {pages: 1, minutes: 1, depth: 1}
""",
        "all.yaml",
    )
    stood_for = [name for name, _ in scrapy_settings(definition.agent)]
    assert len(stood_for) > 10
    assert [name for name in stood_for if name not in text("settings.md")] == []


def test_every_status_and_counter_is_in_the_docs():
    written = text("runs.md")
    assert [status.label for status in Status if status.label not in written] == []
    assert [name for name in Counters().as_dict() if f'"{name}"' not in written] == []
