"""What became of a Run: its status and the sentence that says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import floor

from sequentum_scrapy.definition.output import Success, fraction, share_exceeded
from sequentum_scrapy.store import CUT, Counters, Status

from .job import Job
from .reasons import EXITED, LIMITED, STOPPED

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
_STOPPED = frozenset({"shutdown", "cancelled", STOPPED})


def is_whole(reason: str) -> bool:
    """Tell whether a spider that was closed for a reason had done all that it was to do."""
    return reason in _DONE


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the criteria of success look at beside the counters.

    ``coverage`` is that of the main record type, shares from 0 to 1 by field; ``usual`` the median of the records
    of the last good Runs, None where there is none. ``cut``: the setting for which the spider was closed (the reason
    has its name) is one of this Run alone.
    """

    coverage: Mapping[str, float] = field(default_factory=dict)
    usual: float | None = None
    cut: bool = False


def judge(job: Job, reason: str, evidence: Evidence | None = None) -> tuple[Status, str]:
    """Return the final status of a Run whose spider was closed for a reason, and its message."""
    if job.failure is not None:
        return Status.FAILURE, job.failure
    if reason in _STOPPED:
        return Status.STOPPED, "stopped before its end"
    if reason not in _DONE:
        return Status.FAILURE, f"the crawl was closed: {reason}"
    evidence = evidence or Evidence()
    counters = job.counters
    how = CUT if evidence.cut else _how(reason)
    success = job.program.agent.output.success
    cut = evidence.cut or reason == LIMITED
    broken = [] if success is None else unmet(success, counters, evidence, cut=cut)
    if counters.errors and not (counters.pages and counters.records + counters.invalid):
        broken.append("errors, and not one record: see its events")
    if broken:
        return Status.FAILURE, "; ".join(broken)
    if success is None:
        useless = counters.invalid and not counters.records
        why = f"not one valid record, {counters.invalid:,} invalid" if useless else how
        return Status.COMPLETED, why
    return Status.SUCCESS, how


def unmet(
    success: Success, counters: Counters, evidence: Evidence, *, cut: bool = False
) -> list[str]:
    """Return the criteria of success that do not hold; ``cut``: the Run ended at a limit before it had all."""
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
    if success.max_blocked is not None and share_exceeded(
        success.max_blocked, counters.blocked, counters.requests
    ):
        broken.append(
            f"max_blocked: {counters.blocked} of {counters.requests} requests, "
            f"at most {success.max_blocked}"
        )
    broken += _uncovered(success.required_coverage, records, evidence.coverage)
    if success.max_drop is not None and evidence.usual is not None and not cut:
        least = evidence.usual * (1 - fraction(success.max_drop))
        if records < least:
            broken.append(
                f"max_drop: {records} records, usually {evidence.usual:g}; "
                f"at most {success.max_drop} fewer"
            )
    return broken


def _uncovered(
    required: Mapping[str, str], records: int, coverage: Mapping[str, float]
) -> Iterator[str]:
    """Yield what fields lack of the coverage that they must have, which is none where there are no records."""
    if required and not records:
        yield f"required_coverage: no records to have {', '.join(required)}"
        return
    for name, share in required.items():
        found = coverage.get(name, 0.0)
        if found < fraction(share):
            yield f"required_coverage: {name} in {_percent(found)}, at least {share}"


def _percent(share: float) -> str:
    """Return a share as a percentage that is not rounded up to what it falls short of."""
    return f"{floor(share * 1000) / 10:g}%"


def _how(reason: str) -> str:
    return {"finished": "", EXITED: "ended by an exit command"}.get(reason, "ended at a limit")
