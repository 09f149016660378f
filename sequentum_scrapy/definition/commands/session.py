"""The commands that keep a session fit for the pages: login, retry."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sequentum_scrapy.definition.conditions import Condition
from sequentum_scrapy.definition.durations import Duration
from sequentum_scrapy.definition.signs import Trouble
from sequentum_scrapy.definition.templates import Template

from .base import ContainerBase


class Login(ContainerBase):
    """Log in before the first page, once a session; what the site sets (cookies) is kept for all pages."""

    key = "login"
    changes_page = True

    login: Annotated[Template, Field(min_length=1)]
    """The address of the page with the login form; ``do`` fills and submits it."""
    verify: Condition
    """What holds on the page after the last command where the login worked."""
    ended: Condition | None = None
    """What holds on a page where the session has ended. A redirect to the login page, and HTTP 401, say so too."""
    browser: bool | None = None
    """Whether it logs in in a browser; absent: as the Agent. The session is that of all pages, in a browser or not."""

    @property
    def reads_page(self) -> bool:
        return False


class Retry(ContainerBase):
    """Ask for the page again while it shows signs of trouble; ``do`` runs on the page that shows none."""

    key = "retry"

    retry: int = Field(ge=1, le=100)
    """How often the page is asked for again, at most."""
    when: Trouble
    """The signs of trouble."""
    backoff: Duration = 1.0
    """How long to wait before the first time; twice as long before each further one."""
    fresh_session: bool = False
    """Ask in a new session: without the cookies so far, after another login where there is one."""
