"""Deploying a project to a scrapyd: checked, packed, uploaded, and compared with what is there then."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scrapy.crawler import AsyncCrawlerRunner

from sequentum_scrapy.compiler import compile_agent
from sequentum_scrapy.compiler.files import AgentFiles
from sequentum_scrapy.crawl.project import definition_folders
from sequentum_scrapy.crawl.scripts import last_line
from sequentum_scrapy.crawl.setup import check_files
from sequentum_scrapy.definition import AgentError, DefinitionError, Finding, has_errors

from .agents import validate
from .egg import Egg
from .project import Project
from .scrapyd import Scrapyd
from .targets import Target


@dataclass(frozen=True, slots=True)
class Checked:
    """What may be deployed: how many Agents, the names of all spiders, and warnings."""

    agents: int
    spiders: tuple[str, ...]
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a scrapyd has after an upload; ``newest`` is the version that jobs run by themselves."""

    spiders: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    newest: str
    is_newest: bool


def check(project: Project) -> Checked:
    """Check every Agent of a project, with the files that it reads. Raises AgentError with all that is wrong."""
    findings = validate(project, ())
    if has_errors(findings):
        raise DefinitionError(findings)
    names = list(project.definition_files())
    folders = definition_folders(project.settings)
    catalog = project.catalog(None)
    for name in names:
        chosen = catalog.choose(name)
        assert chosen.path is not None
        try:
            program = compile_agent(chosen.definition.agent)
            check_files(program, AgentFiles([chosen.path.parent, *folders]))
        except AgentError as error:
            raise AgentError(f"{chosen.path}: {error}") from None
    spiders = _spiders(project)
    if not {*names}.issubset(spiders):
        raise AgentError(
            "scrapyd would not see the Agents: "
            'SPIDER_LOADER_CLASS = "sequentum_scrapy.AgentSpiderLoader" in settings.py'
        )
    return Checked(len(names), spiders, tuple(findings))


def _spiders(project: Project) -> tuple[str, ...]:
    try:
        return tuple(AsyncCrawlerRunner(project.settings.copy()).spider_loader.list())
    except Exception as error:  # noqa: BLE001 - whatever the code of a project raises
        raise AgentError(
            f"the spiders of this project cannot be listed: {last_line(error)}"
        ) from None


def deploy(target: Target, egg: Egg, spiders: tuple[str, ...]) -> Deployed:
    """Upload an egg, and compare the spiders that scrapyd lists with those that it should have. Raises AgentError."""
    scrapyd = Scrapyd(target)
    scrapyd.add_version(egg.data)
    listed = scrapyd.spiders()
    newest = (scrapyd.versions() or [""])[-1]
    return Deployed(
        spiders=len(listed),
        missing=tuple(sorted({*spiders}.difference(listed))),
        unknown=tuple(sorted({*listed}.difference(spiders))),
        newest=newest,
        # As scrapyd names the file of an egg.
        is_newest=newest == re.sub(r"[^A-Za-z0-9_-]", "_", target.version),
    )
