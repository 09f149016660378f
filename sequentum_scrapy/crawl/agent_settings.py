"""The settings of an Agent as Scrapy's, and what a Program shows that its crawl can do without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies

from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.downloadermiddlewares.defaultheaders import DefaultHeadersMiddleware
from scrapy.downloadermiddlewares.downloadtimeout import DownloadTimeoutMiddleware
from scrapy.downloadermiddlewares.httpauth import HttpAuthMiddleware
from scrapy.downloadermiddlewares.httpproxy import HttpProxyMiddleware
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.downloadermiddlewares.useragent import UserAgentMiddleware
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.spidermiddlewares.depth import DepthMiddleware
from scrapy.spidermiddlewares.httperror import HttpErrorMiddleware
from scrapy.spidermiddlewares.metacopy import MetaCopyDetectionMiddleware
from scrapy.spidermiddlewares.start import StartSpiderMiddleware
from scrapy.spidermiddlewares.urllength import UrlLengthMiddleware
from scrapy.utils.misc import load_object

from sequentum_scrapy.compiler.program import Program
from sequentum_scrapy.compiler.steps import Retry
from sequentum_scrapy.definition.agent import Agent
from sequentum_scrapy.definition.settings import Settings as AgentSettings

from . import middlewares
from .again import WaitMiddleware
from .blocks import BlockMiddleware
from .identity import IdentityMiddleware, ImpersonateMiddleware
from .login import LoginMiddleware
from .masking import MaskPipeline
from .proxying import ProxyMiddleware
from .scheduler import DurableScheduler
from .secrecy import SecretsMiddleware
from .sessions import SessionMiddleware


@dataclass(frozen=True, slots=True)
class Economy:
    """What the spider does itself, in the place of middlewares that are left out.

    ``headers``: it sends the default headers and the time limit along. ``referer``: the Referer.
    """

    headers: bool = False
    referer: bool = False


_UNUSED_SPIDER_MIDDLEWARES = (
    HttpErrorMiddleware,
    MetaCopyDetectionMiddleware,
    StartSpiderMiddleware,
    UrlLengthMiddleware,
)
PROXY_ORDER = 9_000
"""After the cache: an answer from there needs no proxy."""
_BROWSER = "sequentum_scrapy.crawl.browser.handler.BrowserHandler"
_IMPERSONATING = "scrapy_impersonate.ImpersonateDownloadHandler"
SECRETS_ORDER = 10_000
"""After all others: none of them is to see a secret."""
MASK_ORDER = 0
"""Before all others, as of feeds and of the store."""
WAIT_ORDER = 50
"""Before all others, which are to see the request as it is sent."""
SESSION_ORDER = 60
IDENTITY_ORDER = 70
BLOCK_ORDER = 570
"""Before retries, which would take a page that is blocked for one that failed."""
LOGIN_ORDER = 580
"""After redirects and decompression, before retries: what it sees is what a person would."""
_ADDON = "addon"
"""Over Scrapy's defaults, under all that a project or a command line sets."""


def apply_settings(program: Program, settings: BaseSettings, *, secrets: bool = False) -> Economy:
    """Apply an Agent's settings over the project's, and leave out what the crawl does not need."""
    settings.set("ROBOTSTXT_OBEY", value=True, priority=_ADDON)
    for name, value in scrapy_settings(program.agent):
        settings.set(name, value, priority="spider")
    if program.browser:
        handlers = dict.fromkeys(("http", "https"), _BROWSER)
        settings.set("DOWNLOAD_HANDLERS", handlers, priority="spider")
    if program.agent.settings.headers:
        headers = request_headers(program.agent, settings)
        settings.set("DEFAULT_REQUEST_HEADERS", headers, priority="spider")
    if secrets:
        settings.setdefault_in_component_priority_dict(
            "DOWNLOADER_MIDDLEWARES", SecretsMiddleware, SECRETS_ORDER
        )
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", MaskPipeline, MASK_ORDER)
    if program.agent.settings.durable is not False:
        _make_durable(settings)
    return _economize(program, settings)


def _make_durable(settings: BaseSettings) -> None:
    """Keep the requests of a Run in the store, unless the project keeps them its own way."""
    if not settings.get("JOBDIR") and _is_default(settings, "SCHEDULER"):
        settings.set("SCHEDULER", DurableScheduler, priority=_ADDON)


def scrapy_settings(agent: Agent) -> Iterator[tuple[str, Any]]:
    """Yield an Agent's settings under Scrapy's names."""
    own = agent.settings
    direct = {
        "CONCURRENT_REQUESTS": own.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": own.concurrency_per_domain or own.concurrency,
        "DOWNLOAD_DELAY": own.delay,
        "DOWNLOAD_TIMEOUT": own.timeout,
        "RETRY_TIMES": own.retries,
        "USER_AGENT": own.user_agent if isinstance(own.user_agent, str) else None,
        "COOKIES_ENABLED": own.cookies,
        "AUTOTHROTTLE_ENABLED": own.autothrottle,
        "ROBOTSTXT_OBEY": None if own.robots is None else own.robots == "obey",
    }
    yield from ((name, value) for name, value in direct.items() if value is not None)
    if own.impersonate is not None:
        # The browser's own name goes out, and its handler knows which fields fit it.
        yield "USER_AGENT", None
        yield "DOWNLOAD_HANDLERS", {"http": _IMPERSONATING, "https": _IMPERSONATING}
    if own.retries == 0:
        yield "RETRY_ENABLED", False
    if own.cache is not None:
        yield "HTTPCACHE_ENABLED", own.cache is not False
        if not isinstance(own.cache, bool):
            yield "HTTPCACHE_EXPIRATION_SECS", own.cache
    if own.limits is not None:
        # The spider counts pages (Scrapy also counts robots.txt), the store's pipeline records.
        if own.limits.minutes is not None:
            yield "CLOSESPIDER_TIMEOUT", own.limits.minutes * 60
        if own.limits.depth is not None:
            yield "DEPTH_LIMIT", own.limits.depth
    yield from own.scrapy.items()


def request_headers(agent: Agent, settings: BaseSettings) -> dict[str, Any]:
    """Return the default request headers of a project with an Agent's own over them."""
    headers = settings.getdict("DEFAULT_REQUEST_HEADERS")
    own = agent.settings.headers or {}
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in {n.lower() for n in own}
    } | own


def _economize(program: Program, settings: BaseSettings) -> Economy:
    # The spider judges statuses and lengths itself, has no allowed_domains, and counts requests.
    settings.set("DOWNLOADER_STATS", value=False, priority=_ADDON)
    for component in _UNUSED_SPIDER_MIDDLEWARES:
        _without(settings, "SPIDER_MIDDLEWARES", component)
    _without(settings, "DOWNLOADER_MIDDLEWARES", OffsiteMiddleware)
    if not (settings.getint("DEPTH_LIMIT") or settings.getint("DEPTH_PRIORITY")):
        _without(settings, "SPIDER_MIDDLEWARES", DepthMiddleware)
    if not settings.get("HTTPAUTH_USER"):
        _without(settings, "DOWNLOADER_MIDDLEWARES", HttpAuthMiddleware)
    if not (getproxies() or _may_choose_proxies(settings)):
        _without(settings, "DOWNLOADER_MIDDLEWARES", HttpProxyMiddleware)
    for own, order in _own_middlewares(program):
        settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", own, order)
    _instead(settings, CookiesMiddleware, middlewares.CookiesMiddleware)
    _instead(settings, RedirectMiddleware, middlewares.RedirectMiddleware)
    _instead(settings, MetaRefreshMiddleware, middlewares.MetaRefreshMiddleware)
    return Economy(headers=_own_headers(program, settings), referer=_own_referer(program, settings))


def _own_middlewares(program: Program) -> Iterator[tuple[type, int]]:
    """Yield our downloader middlewares that a Program needs, with their places."""
    settings = program.agent.settings
    if settings.block or any(isinstance(step, Retry) for step in program.steps.values()):
        yield WaitMiddleware, WAIT_ORDER
    if settings.impersonate is not None:
        yield ImpersonateMiddleware, IDENTITY_ORDER
    elif changes_identity(settings):
        yield IdentityMiddleware, IDENTITY_ORDER
    if settings.block is not None:
        yield BlockMiddleware, BLOCK_ORDER
    if settings.proxy is not None:
        yield ProxyMiddleware, PROXY_ORDER
    if needs_sessions(program):
        yield SessionMiddleware, SESSION_ORDER
    if program.login is not None:
        yield LoginMiddleware, LOGIN_ORDER


def changes_identity(settings: AgentSettings) -> bool:
    """Tell whether requests go out under names, or in a language, of the Agent's own."""
    agent = settings.user_agent
    known = agent in ("desktop", "mobile") or isinstance(agent, list)
    return known or settings.accept_language is not None


def needs_sessions(program: Program) -> bool:
    """Tell whether the requests of a Program are sent in sessions that may change."""
    settings = program.agent.settings
    if settings.sessions is not None or settings.block is not None:
        return settings.cookies is not False
    steps = program.steps.values()
    return any(isinstance(step, Retry) and step.fresh_session for step in steps)


def _may_choose_proxies(settings: BaseSettings) -> bool:
    """Tell whether a middleware of the project, or one that another add-on brings, may do so."""
    own = any(order is not None for order in settings.getdict("DOWNLOADER_MIDDLEWARES").values())
    return own or len(settings.getdict("ADDONS")) > 1


def _own_headers(program: Program, settings: BaseSettings) -> bool:
    """Let the spider send the default headers, where it makes every request of the crawl."""
    components = (DefaultHeadersMiddleware, UserAgentMiddleware, DownloadTimeoutMiddleware)
    other = changes_identity(program.agent.settings) or settings.getbool("ROBOTSTXT_OBEY")
    if other or any(
        _mentions(settings, "DOWNLOADER_MIDDLEWARES", component) for component in components
    ):
        return False
    for component in components:
        _without(settings, "DOWNLOADER_MIDDLEWARES", component)
    return True


def _own_referer(program: Program, settings: BaseSettings) -> bool:
    """Let the spider send the Referer, as Scrapy's default policy has it."""
    own = False
    if not program.navigates:
        # Nothing is asked for after the start pages, so nothing could be sent along.
        settings.set("REFERER_ENABLED", value=False, priority=_ADDON)
    elif _is_default(settings, "REFERER_ENABLED", "REFERRER_POLICY", "REFERRER_POLICIES"):
        settings.set("REFERER_ENABLED", value=False, priority=_ADDON)
        own = True
    return own


def _is_default(settings: BaseSettings, *names: str) -> bool:
    return all((settings.getpriority(name) or 0) < SETTINGS_PRIORITIES["project"] for name in names)


def _mentions(settings: BaseSettings, name: str, component: type) -> bool:
    return any(load_object(key) is component for key in settings.getdict(name))


def _without(settings: BaseSettings, name: str, component: type) -> None:
    """Leave a component of Scrapy's defaults out, unless the project names it."""
    settings.setdefault_in_component_priority_dict(name, component, None)


def _instead(settings: BaseSettings, old: type, new: type) -> None:
    """Put a downloader middleware in the place of Scrapy's, unless the project names that."""
    if not _mentions(settings, "DOWNLOADER_MIDDLEWARES", old):
        try:
            settings.replace_in_component_priority_dict("DOWNLOADER_MIDDLEWARES_BASE", old, new)
        except KeyError:
            return
