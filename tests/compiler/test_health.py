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


def test_the_first_page_on_which_nothing_was_found_is_kept():
    health = Health(["a", "b"])
    health.miss(0, "https://x.example/1")
    apart = health.copy()
    apart.miss(0, "https://x.example/2")
    apart.miss(1, "https://x.example/2")
    assert list(health.first) == [0]
    health.add(apart, health.copy())
    assert health.missed == [2, 1]
    urls = {index: url for index, (url, _) in health.first.items()}
    assert urls == {0: "https://x.example/1", 1: "https://x.example/2"}
