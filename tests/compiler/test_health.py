"""Health: plain counters by address."""

from __future__ import annotations

from sequentum_scrapy.compiler import Health


def test_a_snapshot_is_a_row_for_each_address_as_it_is_at_that_moment():
    health = Health(["start", "commands[0].open"])
    health.ran[1] += 2
    health.matched[1] += 1
    health.missed[1] += 1
    health.seconds[1] += 0.5
    before = health.snapshot()
    health.failed[0] += 1
    health.fallback[1] += 1
    assert before == [
        ("start", 0, 0, 0, 0, 0, 0.0),
        ("commands[0].open", 2, 1, 1, 0, 0, 0.5),
    ]
    assert health.snapshot() == [
        ("start", 0, 0, 0, 0, 1, 0.0),
        ("commands[0].open", 2, 1, 1, 1, 0, 0.5),
    ]
