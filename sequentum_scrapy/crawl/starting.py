"""The first visits of a Run: of addresses, of sitemaps, of files of addresses."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from lxml import etree
from scrapy.utils.sitemap import Sitemap

from sequentum_scrapy.compiler.errors import READ_ERRORS, ValueFailure
from sequentum_scrapy.compiler.fields import TEMPLATE_ERRORS
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.program import START
from sequentum_scrapy.compiler.rows import read_rows
from sequentum_scrapy.compiler.starts import FileStart, SitemapStart, UrlStart
from sequentum_scrapy.compiler.steps import Start

from .failures import NOT_AN_ADDRESS
from .links import is_web_address
from .navigation import request_parts
from .outcome import Fetch, Outcome, Steps, Visit

if TYPE_CHECKING:
    from .job import Job

_MAX_DEPTH = 5
"""So deep an index of sitemaps may name other indexes."""


def starts(job: Job) -> Steps:
    """Yield the first visits of a Run."""
    names = {
        "input": job.run.inputs,
        "run": {"id": job.run.id},
        "secret": job.run.secrets,
    }
    for start in job.program.starts:
        try:
            yield from _visits(job, start, names)
        except TEMPLATE_ERRORS as error:
            job.report("error", START, "", f"template: {error}")
        except READ_ERRORS as error:
            job.report("error", START, "", str(error))


def _visits(job: Job, start: Start, names: dict[str, Any]) -> Steps:
    if isinstance(start, UrlStart):
        more = request_parts(start.request, names)
        yield from _visit(job, start.url(names), **more)
    elif isinstance(start, FileStart):
        for url in _addresses(job, start, names):
            yield from _visit(job, url)
    elif isinstance(start, SitemapStart):
        found = yield from _sitemap(job, start.url(names).strip(), start, set())
        if not found:
            job.report("error", START, "", "the sitemap gave no address")


def _in_robots(page: Page) -> list[str]:
    """Return the addresses of the sitemaps that a robots.txt names."""
    pairs = (line.partition(":") for line in page.text.splitlines())
    return [page.join(link) for name, _, link in pairs if name.strip().lower() == "sitemap"]


def _visit(job: Job, url: str, **more: Any) -> Iterator[Visit]:
    url = url.strip()
    if is_web_address(url):
        yield Visit(url, START, {}, **more)
    else:
        job.report("error", START, url, NOT_AN_ADDRESS)


def _addresses(job: Job, start: FileStart, names: dict[str, Any]) -> Iterator[str]:
    path = job.run.files.find(start.path(names))
    for number, row in enumerate(read_rows(start.file, path), 1):
        column = start.column or ("url" if "url" in row else "text")
        if column not in row:
            raise ValueFailure(f'{path.name} has no column "{column}" (it has: {", ".join(row)})')
        url = row[column]
        if isinstance(url, str) and url.strip():
            yield url
        elif url is not None:
            job.report("warning", START, "", NOT_AN_ADDRESS, f"{path.name}, row {number}")


def _sitemap(
    job: Job, url: str, start: SitemapStart, seen: set[str], depth: int = 0
) -> Generator[Outcome, Page | str | None, int]:
    """Yield the pages of a sitemap, and of those that it names; return how many."""
    if url in seen or depth > _MAX_DEPTH:
        return 0
    seen.add(url)
    if not is_web_address(url):
        job.report("error", START, url, NOT_AN_ADDRESS)
        return 0
    answer = yield Fetch(Visit(url, START, {}), any_status=False)
    if not isinstance(answer, Page):
        job.report("error", START, url, f"sitemap: {answer or 'no answer'}")
        return 0
    found = 0
    if answer.kind == "text":
        for inner in _in_robots(answer):
            found += yield from _sitemap(job, inner, start, seen, depth + 1)
        return found
    try:
        document = Sitemap(answer.body)
        entries = [entry["loc"].strip() for entry in document if entry.get("loc")]
    except (etree.XMLSyntaxError, StopIteration, KeyError) as error:
        job.report("error", START, url, "sitemap: not one", str(error))
        return 0
    for entry in entries:
        if document.type == "sitemapindex":
            found += yield from _sitemap(job, entry, start, seen, depth + 1)
        elif start.takes(entry):
            found += 1
            yield from _visit(job, entry)
    return found
