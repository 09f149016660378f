from __future__ import annotations

from sequentum_scrapy.store.events import MAX_KINDS, MAX_SAMPLES, MAX_TEXT, OTHERS, EventSampler

COUNT, URL, DETAIL, ADDRESS, WHAT = -1, 4, 5, 2, 3


def kept(sampler, rows=None):
    """Return all rows by sequence, as a store that takes the changes would have them."""
    rows = {} if rows is None else rows
    rows.update((row[0], row) for row in sampler.take())
    return rows


def test_the_first_ten_of_a_kind_are_rows_and_one_more_row_counts_the_rest():
    sampler = EventSampler()
    for number in range(25):
        sampler.add("error", "commands[0].open", f"http://x/{number}", "HTTP 500", f"d{number}")
    rows = sorted(kept(sampler).values())
    assert [row[COUNT] for row in rows] == [1] * 10 + [15]
    assert [row[URL] for row in rows] == [f"http://x/{n}" for n in [*range(10), 24]]
    assert rows[-1][DETAIL] == "d24"


def test_only_rows_that_changed_are_taken_again():
    sampler = EventSampler()
    for _ in range(12):
        sampler.add("error", "a", "u", "w")
    assert len(sampler.take()) == 11
    assert sampler.take() == []
    assert not sampler.has_changed()
    sampler.add("error", "a", "u", "w")
    assert [(row[0], row[COUNT]) for row in sampler.take()] == [(11, 3)]


def test_kinds_without_end_are_a_few_hundred_rows_with_the_exact_count():
    sampler, rows = EventSampler(), {}
    for number in range(5000):
        sampler.add("error", "a", "u", f"message {number}")
        if number % 700 == 0:
            kept(sampler, rows)
    kept(sampler, rows)
    assert len(rows) <= MAX_SAMPLES + MAX_KINDS + 1
    assert sum(row[COUNT] for row in rows.values()) == 5000
    assert sum(r[COUNT] for r in rows.values() if r[WHAT] == OTHERS) == 5000 - MAX_KINDS


def test_many_events_of_many_kinds_are_a_few_hundred_rows_too():
    sampler = EventSampler()
    for number in range(60_000):
        sampler.add("warning", f"commands[{number % 250}]", "u", "matched nothing")
    rows = kept(sampler)
    assert len(rows) <= MAX_SAMPLES + MAX_KINDS + 1
    assert sum(row[COUNT] for row in rows.values()) == 60_000


def test_kinds_beyond_the_bound_keep_their_level():
    sampler = EventSampler()
    for number in range(MAX_KINDS):
        sampler.add("info", "a", "u", str(number))
    sampler.add("error", "a", "u", "new")
    assert [row[1] for row in kept(sampler).values() if row[WHAT] == OTHERS] == ["error"]


def test_numbering_goes_on_after_what_the_run_has_used():
    sampler = EventSampler(41)
    sampler.add("error", "a", "u", "w")
    assert [row[0] for row in sampler.take()] == [42]


def test_texts_are_made_such_that_every_database_takes_them():
    sampler = EventSampler()
    sampler.add("error", "a\x00", "u" * 9000, "w\udc80", "d" * 9000)
    (row,) = sampler.take()
    assert row[ADDRESS] == "a\N{REPLACEMENT CHARACTER}"
    assert row[WHAT] == "w?"
    assert len(row[URL]) == len(row[DETAIL]) == MAX_TEXT
