"""From the arguments of a spider to the Job that it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler import Program, Run, compile_agent
from sequentum_scrapy.compiler.files import AgentFiles
from sequentum_scrapy.compiler.program import START
from sequentum_scrapy.compiler.rows import check_libraries, format_of
from sequentum_scrapy.compiler.starts import FileStart
from sequentum_scrapy.compiler.steps import ForEach, Script
from sequentum_scrapy.definition import AgentError, InputError, masked_inputs, resolve_inputs
from sequentum_scrapy.definition.agent import Agent
from sequentum_scrapy.definition.browser import Browser
from sequentum_scrapy.definition.commands import JavaScript
from sequentum_scrapy.definition.inputs import is_secret, secret_inputs
from sequentum_scrapy.definition.templates import compile_template, is_template
from sequentum_scrapy.definition.templates import names as names_of
from sequentum_scrapy.definition.words import did_you_mean
from sequentum_scrapy.store import StartedBy, Store

from .agent_settings import apply_settings, needs_sessions
from .browser.launch import check_display, executable_of
from .catalog import Catalog, Chosen
from .defaults import with_defaults
from .job import Job
from .opening import TRACE
from .project import definition_folders, store_url
from .proxies import ProxyPool
from .scripts import allowed_modules, check_calls, check_script, load_scripts
from .secrecy import SECRET_PREFIX, Secrecy, find_secrets, placeholder, read_secrets
from .sessions import Sessions

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

POOLS = "SEQUENTUM_PROXY_POOLS"
ARGUMENTS = ("agent", "version", "draft", "limit", "input.NAME")
INPUT = "input."
_SCRAPYD_VERSION = "_version"


def prepare(crawler: Crawler, reference: str | None, arguments: Mapping[str, Any]) -> Job:
    """Find, check and compile the Agent of a crawl, and apply its settings.

    ``arguments`` are those of the spider; a caller in the same process may hand over what it has
    chosen already (``chosen``), the inputs (``inputs``), who started the Run (``started_by``) and which Run it
    is to be (``claim``: runId, epoch).
    Raises AgentError.
    """
    given = _read(crawler, reference, arguments)
    chosen = given.chosen
    agent = with_defaults(chosen.definition.agent, crawler.settings)
    check_extras(agent)
    if given.job_id is not None:
        _check_in_sight(agent, given.inputs)
    program = compile_agent(agent)
    texts = _proxy_texts(program, crawler.settings)
    needed = program.secrets.union(*(names_of(text, "secret") for text in texts))
    resolved, secrets = check_given(program, given.inputs, crawler.settings, needed)
    hidden = _hidden(agent, resolved)
    secrecy = _secrecy(program, crawler.settings, {**secrets, **hidden})
    shown = {
        name: placeholder(f"input_{name}") if f"input_{name}" in hidden else value
        for name, value in resolved.items()
    }
    files = AgentFiles(_folders(chosen, crawler.settings))
    check_files(program, files)
    check_browser(program, crawler.settings)
    scripts = load_scripts(program.scripts, allowed_modules(crawler.settings))
    check_calls(program, scripts)
    economy = apply_settings(program, crawler.settings, secrets=secrecy is not None)
    limits = [
        n for n in (given.limit, agent.settings.limits and agent.settings.limits.records) if n
    ]
    return Job(
        chosen=chosen,
        program=program,
        run=Run(shown, {name: placeholder(name) for name in secrets}, files=files, scripts=scripts),
        started_by=given.started_by,
        stored_inputs=masked_inputs(agent, resolved),
        limit=min(limits) if limits else None,
        asked=given.limit,
        economy=economy,
        sessions=Sessions(agent.settings.sessions or 1) if needs_sessions(program) else None,
        proxies=_proxies(program, texts, {"input": resolved, "secret": secrets}),
        health=program.health(),
        secrecy=secrecy,
        claim=given.claim,
        job_id=given.job_id,
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """The arguments of a crawl, each as what it is."""

    chosen: Chosen
    inputs: dict[str, Any]
    limit: int | None
    started_by: StartedBy
    claim: tuple[int, int] | None
    job_id: str | None


def _read(crawler: Crawler, reference: str | None, arguments: Mapping[str, Any]) -> _Given:
    """Read the arguments of a crawl. Raises AgentError for unknown ones, and where no Agent is meant."""
    given = dict(arguments)
    job_id = given.pop("_job", None)
    given.pop(_SCRAPYD_VERSION, None)
    inputs = dict(given.pop("inputs", {}))
    for name in [name for name in given if name.startswith(INPUT)]:
        inputs[name.removeprefix(INPUT)] = given.pop(name)
    started_by = given.pop("started_by", "scrapy")
    claim = given.pop("claim", None)
    limit = _number("limit", given.pop("limit", None))
    chosen = given.pop("chosen", None) or _choose(crawler, reference, given)
    for name in given:
        raise AgentError(f'unknown argument "{name}" ({did_you_mean(name, ARGUMENTS)})')
    return _Given(chosen, inputs, limit, started_by, claim, job_id)


def _hidden(agent: Agent, inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the secret inputs, by the names of their placeholders."""
    return {
        f"input_{name}": value
        for name, value in inputs.items()
        if isinstance(value, str) and value and is_secret(agent.inputs[name])
    }


def _secrecy(
    program: Program, settings: BaseSettings, secrets: Mapping[str, str]
) -> Secrecy | None:
    """Return what keeps secrets, None without any. Raises AgentError where a trace would hold them."""
    if not secrets:
        return None
    if program.browser and settings.getbool(TRACE):
        raise AgentError(
            f"{TRACE}: a trace holds what is typed and sent, and this Agent has secrets"
        )
    return Secrecy(secrets)


def check_given(
    program: Program,
    given: Mapping[str, Any],
    settings: BaseSettings,
    needed: frozenset[str] = frozenset(),
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the inputs and secrets of a run. Raises InputError with all that is wrong with both.

    An input declared secret that is not given is the secret of its name, where there is one.
    """
    hidden = frozenset(name for name in secret_inputs(program.agent) if name not in given)
    problems: list[str] = []
    inputs: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    try:
        inputs = resolve_inputs(program.agent, {**find_secrets(hidden, settings), **given})
    except InputError as error:
        problems += error.problems
    try:
        secrets = read_secrets(program.secrets | needed, settings)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return inputs, secrets


def _check_in_sight(agent: Agent, given: Iterable[str]) -> None:
    """Raise AgentError for secrets among the arguments of a job of scrapyd, which show in ``ps``."""
    shown = sorted({*given}.intersection(secret_inputs(agent)))
    if shown:
        names = ", ".join(f'"{name}"' for name in shown)
        instead = ", ".join(f"{SECRET_PREFIX}{name}" for name in shown)
        raise AgentError(
            f"secret input {names}: the arguments of a job show in ps and in scrapyd's log: "
            f"set {instead} in the environment of scrapyd instead"
        )


def check_extras(agent: Agent) -> None:
    """Raise AgentError where a setting needs a library that is not installed."""
    if agent.settings.impersonate is not None and find_spec("scrapy_impersonate") is None:
        raise AgentError(
            'settings.impersonate needs scrapy-impersonate: pip install "sequentum-scrapy[impersonate]"'
        )


def check_browser(program: Program, settings: BaseSettings) -> None:
    """Raise AgentError where pages are to be opened in a browser and there is none, or JavaScript is not allowed."""
    for step in program.steps.values():
        if isinstance(step, Script) and step.javascript is not None:
            try:
                check_script(JavaScript(javascript=step.javascript), allowed_modules(settings))
            except AgentError as error:
                raise AgentError(f"{step.address}: {error}") from None
    if not program.browser:
        return
    if find_spec("scrapy_playwright") is None:
        raise AgentError(
            'browser: true needs scrapy-playwright: pip install "sequentum-scrapy[browser]"'
        )
    if not settings.getbool("TWISTED_REACTOR_ENABLED"):
        raise AgentError(
            "browser: true needs Scrapy's asyncio reactor: TWISTED_REACTOR_ENABLED = True"
        )
    if not (settings.get("PLAYWRIGHT_CDP_URL") or settings.get("PLAYWRIGHT_CONNECT_URL")):
        browser = program.agent.settings.browser or Browser()
        given = settings.getdict("PLAYWRIGHT_LAUNCH_OPTIONS")
        executable_of(browser, given)
        check_display(browser, given)


def _proxy_texts(program: Program, settings: BaseSettings) -> list[str]:
    """Return the addresses of a run's proxies, as they are written. Raises AgentError."""
    proxy = program.agent.settings.proxy
    if proxy is None:
        return []
    if proxy.pool is None:
        return list(proxy.urls or ())
    pools: dict[str, list[str]] = settings.getdict(POOLS)
    if proxy.pool not in pools:
        hint = did_you_mean(proxy.pool, pools) or f"the project's {POOLS} has none"
        raise AgentError(f'settings.proxy.pool: no pool "{proxy.pool}" ({hint})')
    return list(pools[proxy.pool])


def _proxies(program: Program, texts: list[str], names: Mapping[str, Any]) -> ProxyPool | None:
    """Return the proxies of a run, with their passwords."""
    proxy = program.agent.settings.proxy
    if proxy is None:
        return None
    return ProxyPool([compile_template(text)(names) for text in texts], proxy.cool_off)


def check_files(program: Program, files: AgentFiles) -> None:
    """Raise AgentError where a file that the Agent reads is not there, or no library reads it."""
    read = [(START, start.file) for start in program.starts if isinstance(start, FileStart)]
    read += [
        (step.address, step.file[0])
        for step in program.steps.values()
        if isinstance(step, ForEach) and step.file is not None
    ]
    for address, file in read:
        if not is_template(file.file):
            check_libraries(format_of(file, file.file))
            try:
                files.find(file.file)
            except AgentError as error:
                raise AgentError(f"{address}: {error}") from None


def _folders(chosen: Chosen, settings: BaseSettings) -> list[Path]:
    own = [chosen.path.parent] if chosen.path is not None else []
    return [*own, *definition_folders(settings)]


def _choose(crawler: Crawler, reference: str | None, given: dict[str, Any]) -> Chosen:
    reference = reference or given.pop("agent", None)
    if not reference:
        raise AgentError("which Agent? -a agent=NAME, an agentId or the path of a definition")
    version = _number("version", given.pop("version", None))
    draft = str(given.pop("draft", "")).lower() in ("1", "true", "yes")
    with Store.open(store_url(crawler.settings)) as store:
        return Catalog(crawler.settings, store).choose(reference, version=version, draft=draft)


def _number(name: str, value: Any) -> int | None:
    if value is None:
        return None
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise AgentError(f'{name} is a whole number from 1, not "{value}"')
    return number
