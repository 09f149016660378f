"""Going to an address in a browser: what came of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from mimetypes import guess_type
from typing import TYPE_CHECKING

from scrapy.http import Response as ScrapyResponse

from sequentum_scrapy.compiler.page import Page as Document
from sequentum_scrapy.crawl.responses import page_of

from .arriving import ABORTED
from .errors import ERRORS, TIMEOUTS
from .troubles import soon

if TYPE_CHECKING:
    from playwright.async_api import Download, Page, Response
    from scrapy import Request

_TO_A_FILE = ("Download is starting", *ABORTED)
_WITHOUT_A_BODY = ("net::ERR_HTTP_RESPONSE_CODE_FAILURE", "net::ERR_INVALID_AUTH_CREDENTIALS")
"""Chromium shows a page of its own for an answer that has a status of failure and nothing else."""
FILE_SECONDS = 2.0
"""How long after a navigation that gave no page a file may begin to come."""
LOAD_SECONDS = 5.0
"""How long a page whose content is there may go on loading: some never stop."""
_LATE_SECONDS = 10.0
"""How much later than asked for the end of a navigation in vain may be told: then nobody is there to tell it."""
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a browser came to: a page of HTML, or something else with its ``body``."""

    url: str
    status: int = 200
    is_html: bool = True
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def document(self) -> Document:
        """Return what is no HTML as a page: what came, not the way in which a browser shows it."""
        return page_of(
            ScrapyResponse(self.url, status=self.status, headers=self.headers, body=self.body)
        )


async def land(page: Page, request: Request, timeout: float) -> Landing:
    """Go to the address of a request. Raises Playwright's errors, and BrowserDiedError where nothing answers.

    A page whose content is there may go on loading for a while, and is taken as it is then.
    """
    files: asyncio.Queue[Download] = asyncio.Queue()
    answers: list[Response] = []

    def answered(response: Response) -> None:
        # All that is kept of an answer in whose place no page comes.
        if response.request.is_navigation_request():
            answers.append(response)

    page.on("download", files.put_nowait)
    page.on("response", answered)
    referer = (request.headers.get("Referer") or b"").decode("latin-1") or None
    try:
        going = page.goto(
            request.url, wait_until="domcontentloaded", timeout=timeout * 1000, referer=referer
        )
        response = await soon(going, timeout + _LATE_SECONDS)
    except ERRORS as error:
        if answers and any(words in error.message for words in _WITHOUT_A_BODY):
            return _empty(request, answers[-1])
        if not any(words in error.message for words in _TO_A_FILE):
            raise
        try:
            file = await asyncio.wait_for(files.get(), FILE_SECONDS)
        except asyncio.TimeoutError:
            raise error from None
        kind = answers[-1].headers.get("content-type", "") if answers else ""
        return await saved(file, kind, timeout)
    finally:
        page.remove_listener("download", files.put_nowait)
        page.remove_listener("response", answered)
    if response is None:
        return Landing(page.url, headers={"Content-Type": _HTML})
    _note_redirects(request, response)
    landing = await landing_of(response)
    if not landing.is_html:
        return landing
    with suppress(*TIMEOUTS):
        await page.wait_for_load_state("load", timeout=min(LOAD_SECONDS, timeout) * 1000)
    return Landing(page.url, response.status, headers={**landing.headers, "Content-Type": _HTML})


async def landing_of(response: Response) -> Landing:
    """Return what a browser came to by an answer, with its body where it is no HTML."""
    headers = _headers(response)
    is_html = _is_html(headers["Content-Type"])
    body = b"" if is_html else await response.body()
    return Landing(response.url, response.status, is_html, body, headers)


def _empty(request: Request, response: Response) -> Landing:
    _note_redirects(request, response)
    return Landing(response.url, response.status, is_html=False, headers=_headers(response))


def _headers(response: Response) -> dict[str, str]:
    headers = {"Content-Type": response.headers.get("content-type", _HTML)}
    if "retry-after" in response.headers:
        headers["Retry-After"] = response.headers["retry-after"]
    return headers


async def saved(file: Download, content_type: str, timeout: float) -> Landing:
    """Return the file that came in the place of a page."""
    body = await whole(file, timeout)
    name = file.suggested_filename.replace('"', "")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Type": content_type or guess_type(name)[0] or "application/octet-stream",
    }
    return Landing(file.url, is_html=False, body=body, headers=headers)


async def whole(file: Download, seconds: float) -> bytes:
    """Return what is in a file. Raises asyncio's TimeoutError where it is not all there in time: it is given up."""
    try:
        body = (await asyncio.wait_for(file.path(), seconds)).read_bytes()
        await file.delete()
    except asyncio.TimeoutError:
        await soon(file.cancel())
        raise
    return body


def _is_html(content_type: str) -> bool:
    return "html" in content_type.partition(";")[0].lower()


def _note_redirects(request: Request, response: Response) -> None:
    """Tell of redirects as Scrapy's middleware does."""
    urls = []
    before = response.request.redirected_from
    while before is not None:
        urls.append(before.url)
        before = before.redirected_from
    if urls:
        request.meta["redirect_urls"] = urls[::-1]
        request.meta["redirect_times"] = len(urls)
