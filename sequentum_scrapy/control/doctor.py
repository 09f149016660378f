"""What is wrong with a project, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from scrapy.utils.misc import load_object
from scrapy.utils.project import inside_project

from sequentum_scrapy.crawl.loader import AgentSpiderLoader
from sequentum_scrapy.crawl.project import definition_folders
from sequentum_scrapy.definition import AgentError, DefinitionError

from .agents import validate
from .project import Project


def examine(project: Project) -> list[str]:
    """Return the problems of a project, each with what to do."""
    return [*_settings(project), *_definitions(project), *_store(project)]


def _settings(project: Project) -> Iterator[str]:
    settings = project.settings
    if not inside_project():
        yield "this is no Scrapy project (no scrapy.cfg here or above): make one with sequentum init DIR"
        return
    try:
        project.check_addon()
    except AgentError as error:
        yield str(error)
    if not issubclass(load_object(settings["SPIDER_LOADER_CLASS"]), AgentSpiderLoader):
        yield (
            "scrapy list and scrapyd do not see the Agents: "
            'SPIDER_LOADER_CLASS = "sequentum_scrapy.AgentSpiderLoader" in settings.py'
        )
    for name in ("TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED"):
        if (settings.getpriority(name) or 0) > 0 and settings.getbool(name):
            yield f"{name} lets any user of this machine run code in a crawl: remove it from settings.py"


def _definitions(project: Project) -> Iterator[str]:
    if not definition_folders(project.settings):
        yield f"there is no folder agent_defs in {project.folder}: make it, or set SEQUENTUM_AGENT_DEFS"
        return
    try:
        files = project.definition_files()
        findings = validate(project, files.values()) if files else []
    except DefinitionError as error:
        findings = list(error.findings)
    except AgentError as error:
        yield str(error)
        return
    yield from (str(finding) for finding in findings if finding.severity == "error")


def _store(project: Project) -> Iterator[str]:
    try:
        project.open_store().close()
    except AgentError as error:
        yield f"the store: {error}"
