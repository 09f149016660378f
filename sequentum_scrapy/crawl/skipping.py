"""What becomes of a Run that was due, and whose Agent is archived."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from sequentum_scrapy.store import (
    ArchivedError,
    NewRun,
    StartedBy,
    Store,
    get_version,
    skip_run,
)

from .project import space_of, store_url

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)


def skip(
    store: Store, space: str, archived: ArchivedError, by: StartedBy, job_id: str | None = None
) -> int:
    """Keep a Run of an archived Agent as Skipped, and return its runId."""
    version = get_version(store, archived.agent_id)
    new = NewRun(
        agent_name=archived.name,
        text=version.text,
        started_by=by,
        agent_id=archived.agent_id,
        version_number=version.version_number,
        space=space,
        job_id=job_id,
    )
    return skip_run(store, new, str(archived))


def skip_crawl(
    settings: BaseSettings, archived: ArchivedError, by: StartedBy, job_id: str | None
) -> None:
    """Skip the Run of the crawl that is being made, and say so in its log; its error has no more to tell."""
    with Store.open(store_url(settings)) as store:
        run_id = skip(store, space_of(settings), archived, by, job_id)
    logger.error("Run %d is Skipped: %s", run_id, archived)
    try:
        task = asyncio.current_task()
    except RuntimeError:
        # With Twisted's CrawlerProcess there is none, and Twisted logs what it wants.
        return
    if task is not None:
        task.add_done_callback(_take_note)


def _take_note(task: asyncio.Task[object]) -> None:
    """Look at the error of a task, of which asyncio else logs the whole traceback when nobody has."""
    if not task.cancelled():
        task.exception()
