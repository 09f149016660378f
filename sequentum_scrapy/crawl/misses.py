"""Keeping where each command first found nothing, for whoever asks later when it began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.store import FIRST_MISSES, Progress, RunWriter, freeze_misses, thaw_misses

if TYPE_CHECKING:
    from .job import Job


def keep_misses(job: Job, writer: RunWriter, progress: Progress) -> None:
    """Have them written beside what else is kept of the Run; those of an earlier process stay."""
    others = writer.state
    before = progress.state.get(FIRST_MISSES)
    earlier = {} if before is None else thaw_misses(before)
    mask = job.secrecy.mask if job.secrecy is not None else str
    known = 0

    def state() -> dict[str, bytes]:
        nonlocal known
        # The writer's thread calls it while the crawl finds more.
        found = job.health.first.copy()
        if len(found) == known:
            return others()
        known = len(found)
        addresses = job.health.addresses
        misses = {addresses[index]: (mask(url), time) for index, (url, time) in found.items()}
        return {**others(), FIRST_MISSES: freeze_misses({**misses, **earlier})}

    writer.state = state
