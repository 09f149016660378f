"""The runtime settings of an Agent, and the Scrapy settings that they stand for."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    ValidationInfo,
    model_validator,
)
from typing_extensions import Self

from .base import Model, custom_error
from .browser import Browser
from .durations import Duration
from .sizes import Size
from .unblock import Block, Proxy
from .words import nearest

ALLOWED_SCRAPY_SETTINGS = frozenset({
    "AUTOTHROTTLE_DEBUG", "AUTOTHROTTLE_ENABLED", "AUTOTHROTTLE_MAX_DELAY",
    "AUTOTHROTTLE_START_DELAY", "AUTOTHROTTLE_TARGET_CONCURRENCY", "CLOSESPIDER_ERRORCOUNT",
    "CLOSESPIDER_ITEMCOUNT", "CLOSESPIDER_PAGECOUNT", "CLOSESPIDER_PAGECOUNT_NO_ITEM",
    "CLOSESPIDER_TIMEOUT", "CLOSESPIDER_TIMEOUT_NO_ITEM", "COMPRESSION_ENABLED",
    "CONCURRENT_ITEMS", "CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN",
    "COOKIES_ENABLED", "DEFAULT_REQUEST_HEADERS", "DEPTH_LIMIT", "DEPTH_PRIORITY", "DNS_TIMEOUT",
    "DOWNLOAD_DELAY", "DOWNLOAD_DELAY_JITTER", "DOWNLOAD_FAIL_ON_DATALOSS", "DOWNLOAD_MAXSIZE", "DOWNLOAD_TIMEOUT",
    "DOWNLOAD_VERIFY_CERTIFICATES", "DOWNLOAD_WARNSIZE", "FEED_EXPORT_ENCODING",
    "FEED_EXPORT_FIELDS", "FEED_EXPORT_INDENT", "HTTPCACHE_ALWAYS_STORE", "HTTPCACHE_ENABLED",
    "HTTPCACHE_EXPIRATION_SECS", "HTTPCACHE_GZIP", "HTTPCACHE_IGNORE_HTTP_CODES",
    "HTTPCACHE_IGNORE_MISSING", "METAREFRESH_ENABLED", "METAREFRESH_MAXDELAY",
    "RANDOMIZE_DOWNLOAD_DELAY", "REDIRECT_ENABLED", "REDIRECT_MAX_TIMES",
    "REDIRECT_PRIORITY_ADJUST", "REFERER_ENABLED", "RETRY_ENABLED", "RETRY_HTTP_CODES",
    "RETRY_PRIORITY_ADJUST", "RETRY_TIMES", "ROBOTSTXT_OBEY", "ROBOTSTXT_USER_AGENT",
    "SCRAPER_SLOT_MAX_ACTIVE_SIZE", "URLLENGTH_LIMIT", "USER_AGENT",
})  # fmt: skip
"""Scrapy settings that are plain data. Import paths, file paths and ``*_CLASS`` settings are code."""

_PRE_CRAWLER = re.compile(
    r"^(ADDONS|ASYNCIO_EVENT_LOOP|BOT_NAME|COMMANDS_MODULE|NEWSPIDER_MODULE|SPIDER_LOADER_.*|"
    r"SPIDER_MODULES|TWISTED_.*|FORCE_CRAWLER_PROCESS)$"
)


def _scrapy_setting(name: str, info: ValidationInfo) -> str:
    allowed = ALLOWED_SCRAPY_SETTINGS | (info.context or {}).get("scrapy_settings", frozenset())
    if _PRE_CRAWLER.match(name):
        raise custom_error(f"{name} is read before an Agent is", "set it in the project's settings")
    if name not in allowed:
        near = nearest(name, allowed)
        hint = f'did you mean "{near}"? ' if near else ""
        raise custom_error(
            f"an Agent may not set {name}",
            f"{hint}a project allows more with SEQUENTUM_ALLOWED_SETTINGS",
        )
    return name


def _is_list(value: Any) -> str:
    return "<list>" if isinstance(value, list) else "<name>"


AgentText = Annotated[str, Field(min_length=1)]
UserAgents = Annotated[
    Annotated[AgentText, Tag("<name>")]
    | Annotated[list[AgentText], Field(min_length=1), Tag("<list>")],
    Discriminator(_is_list),
]


class Log(Model):
    """What a run keeps of the pages that it sees, to look into what went wrong."""

    pages: Literal["never", "on_error", "all"] = "on_error"
    """Which pages are kept among the files of the run: those on which something went wrong, all, none."""
    max_pages: int = Field(default=20, ge=1, le=10_000)
    """At most this many."""
    max_size: Size = 2_000_000
    """At most this much of each."""


class Keep(Model):
    """Which runs are kept when old ones are pruned; those that fit either stay."""

    runs: int | None = Field(default=None, ge=1)
    """The newest ones, so many."""
    days: int | None = Field(default=None, ge=1)
    """Those of the last days, so many."""


def _keep(value: Any) -> Any:
    """Read "30 runs" and "90 days"."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+)\s*(runs?|days?)\s*", value)
    if found is None:
        raise custom_error(f'"{value}" is not what to keep', "as 30 runs, or 90 days")
    return {found[2].rstrip("s") + "s": int(found[1])}


class Limits(Model):
    """Where a run stops by itself."""

    pages: int | None = Field(default=None, ge=1)
    """After this many pages."""
    records: int | None = Field(default=None, ge=1)
    """After this many records."""
    minutes: float | None = Field(default=None, gt=0)
    """After this many minutes."""
    depth: int | None = Field(default=None, ge=1)
    """This many links away from the start, no further."""


class Settings(Model):
    """How a run goes about its work. Each has Scrapy's meaning, and its default is the project's."""

    concurrency: int | None = Field(default=None, ge=1, le=1000)
    """Requests at a time (CONCURRENT_REQUESTS, and the same for each domain)."""
    concurrency_per_domain: int | None = Field(default=None, ge=1, le=1000)
    """Requests at a time to one domain (CONCURRENT_REQUESTS_PER_DOMAIN); concurrency if absent."""
    delay: Duration | None = None
    """Time between requests to one domain (DOWNLOAD_DELAY)."""
    timeout: Annotated[Duration, Field(gt=0)] | None = None
    """How long to wait for a page (DOWNLOAD_TIMEOUT)."""
    retries: int | None = Field(default=None, ge=0)
    """How often a failed request is repeated (RETRY_TIMES)."""
    robots: Literal["obey", "ignore"] | None = None
    """Whether robots.txt is obeyed (ROBOTSTXT_OBEY); it is unless this says ignore."""
    user_agent: UserAgents | None = None
    """How the crawl names itself: a name (USER_AGENT), a list to rotate, desktop or mobile."""
    accept_language: str | None = Field(default=None, pattern=r"^[A-Za-z0-9*][A-Za-z0-9*,;=. -]*$")
    """The language that pages are asked for in, as de-DE (Accept-Language)."""
    browser: Browser | None = None
    """The browser of the pages that are opened in one."""
    impersonate: str | None = Field(default=None, min_length=1)
    """A browser whose TLS and HTTP are imitated, as chrome (pip install "sequentum-scrapy[impersonate]")."""
    sessions: int | None = Field(default=None, ge=1, le=1000)
    """So many sessions in rotation, each with cookies, a user agent and a proxy of its own."""
    proxy: Proxy | None = None
    """The proxies to go through."""
    block: Block | None = None
    """How a blocked page is known, and what is done about it."""
    headers: dict[str, str] | None = None
    """Header fields of every request (over DEFAULT_REQUEST_HEADERS)."""
    cookies: bool | None = None
    """Whether cookies are kept (COOKIES_ENABLED)."""
    autothrottle: bool | None = None
    """Adapt the delay to the site (AUTOTHROTTLE_ENABLED)."""
    cache: bool | float | None = None
    """Keep answers on disk (HTTPCACHE_ENABLED), as a number: for so many seconds."""
    limits: Limits | None = None
    """Where a run stops by itself."""
    durable: bool | None = None
    """Whether a run that was killed can be restarted where it was; it can unless this says false."""
    log: Log | None = None
    """What a run keeps of the pages that it sees; absent: those on which something went wrong."""
    keep: Annotated[Keep, BeforeValidator(_keep, json_schema_input_type=Keep | str)] | None = None
    """Which runs sequentum prune keeps, as 30 runs or 90 days; absent: all."""
    scrapy: dict[Annotated[str, AfterValidator(_scrapy_setting)], JsonValue] = {}
    """Further Scrapy settings, from a list of those that are plain data."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.impersonate is not None and self.user_agent is not None:
            raise custom_error(
                "impersonate and user_agent exclude each other", "a browser has its own name"
            )
        if self.sessions is not None and self.cookies is False:
            raise custom_error("sessions need cookies", "leave out cookies: false")
        return self
