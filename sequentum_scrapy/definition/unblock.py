"""The settings that keep a run unblocked: proxies, and how a page shows that it is no data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from .base import Model, custom_error
from .durations import Duration
from .output import Share
from .signs import Signs
from .templates import RequestTemplate

PoolName = Annotated[str, Field(min_length=1, max_length=100)]


class Proxy(Model):
    """The proxies that requests go through."""

    urls: Annotated[list[RequestTemplate], Field(min_length=1)] | None = None
    """Their addresses, as http://USER:{{ secret.PROXY_PASSWORD }}@HOST:8080."""
    pool: PoolName | None = None
    """The name of a pool of the project's setting SEQUENTUM_PROXY_POOLS, in place of urls."""
    rotate: Literal["request", "session", "on_block"] = "request"
    """When another is taken: for each request, for each session, or where one is blocked or fails."""
    cool_off: Duration = 60.0
    """How long one that failed or was blocked is left alone; twice as long each further time, an hour at most."""
    when_exhausted: Literal["wait", "fail"] = "wait"
    """When all are left alone: wait for the first, or end the run as a failure."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.urls is None) == (self.pool is None):
            raise custom_error("proxies come either from urls or from a pool")
        return self


class Block(Signs):
    """Signs of a page that is no data, and what is done about it."""

    attempts: int = Field(default=5, ge=0, le=100)
    """How often a blocked page is asked for again, each time in another session and by another proxy."""
    backoff: Duration = 1.0
    """How long to wait before the first time, doubled for each further one; a Retry-After goes over it."""
    max_blocked: Share | None = None
    """The run ends as a failure where more answers than this are blocked: a count, or a share as 20%."""
