"""What became of a Run: its status and the sentence that says why."""

from __future__ import annotations

from sequentum_scrapy.definition.output import Success, share_exceeded
from sequentum_scrapy.store import Counters, Status

from .job import Job
from .reasons import EXITED, LIMITED

_DONE = frozenset(
    {
        "finished",
        EXITED,
        LIMITED,
        "closespider_itemcount",
        "closespider_pagecount",
        "closespider_timeout",
    }
)
_STOPPED = frozenset({"shutdown", "cancelled"})


def judge(job: Job, reason: str) -> tuple[Status, str]:
    """Return the final status of a Run whose spider was closed for a reason, and its message."""
    if job.failure is not None:
        return Status.FAILURE, job.failure
    if reason in _STOPPED:
        return Status.STOPPED, "stopped before its end"
    if reason not in _DONE:
        return Status.FAILURE, f"the crawl was closed: {reason}"
    counters = job.counters
    if counters.errors and not (counters.pages and counters.records + counters.invalid):
        return Status.FAILURE, "errors, and not one record: see its events"
    success = job.program.agent.output.success
    if success is None:
        return Status.COMPLETED, _how(reason)
    broken = unmet(success, counters, cut=reason == LIMITED)
    return (Status.FAILURE, "; ".join(broken)) if broken else (Status.SUCCESS, _how(reason))


def unmet(success: Success, counters: Counters, *, cut: bool = False) -> list[str]:
    """Return the criteria of success that do not hold; ``cut``: the Run ended at its limit of records."""
    broken = []
    records, total = counters.records, counters.records + counters.invalid
    if success.min_records is not None and records < success.min_records and not cut:
        broken.append(f"min_records: {records} of at least {success.min_records}")
    if success.max_records is not None and records > success.max_records:
        broken.append(f"max_records: {records} of at most {success.max_records}")
    if success.max_invalid is not None and share_exceeded(
        success.max_invalid, counters.invalid, total
    ):
        broken.append(
            f"max_invalid: {counters.invalid} of {total} records, at most {success.max_invalid}"
        )
    if success.max_errors is not None and counters.errors > success.max_errors:
        broken.append(f"max_errors: {counters.errors} of at most {success.max_errors}")
    return broken


def _how(reason: str) -> str:
    return {"finished": "", EXITED: "ended by an exit command"}.get(reason, "ended at a limit")
