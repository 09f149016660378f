"""Where the commands of a Run first found nothing: kept beyond its end."""

from __future__ import annotations

from datetime import datetime, timezone

from sequentum_scrapy.store import (
    FIRST_MISSES,
    Miss,
    RunWriter,
    Status,
    first_misses,
    freeze_misses,
    remove_run,
    thaw_misses,
)

WHEN = datetime(2026, 1, 2, tzinfo=timezone.utc)
MISSES = {"commands[0].list": ("https://x.example/\ud800", WHEN.timestamp())}


def test_they_stay_when_the_run_is_at_its_end_and_go_with_it(store, run_id):
    writer = RunWriter(store, run_id)
    writer.state = lambda: {FIRST_MISSES: freeze_misses(MISSES), "cookies": b"[]"}
    assert writer.start(durable=True).state == {}
    writer.flush()
    writer.finish(Status.STOPPED, resumable=True)
    found = {"commands[0].list": Miss("https://x.example/?", WHEN)}
    assert first_misses(store, run_id) == found
    again = RunWriter(store, run_id)
    progress = again.start(1, durable=True)
    assert list(thaw_misses(progress.state[FIRST_MISSES])) == ["commands[0].list"]
    again.finish(Status.COMPLETED)
    assert first_misses(store, run_id) == found
    remove_run(store, run_id)
    assert first_misses(store, run_id) == {}
