from __future__ import annotations

from sequentum_scrapy.store.health import HealthTotals


def test_only_commands_whose_counts_changed_are_written():
    totals = HealthTotals({})
    one, two = ("a", 1, 1, 0, 0, 0, 0.5), ("b", 1, 0, 1, 0, 0, 0.1)
    assert totals.changed([one, two]) == [one, two]
    newer = ("b", 2, 0, 2, 0, 0, 0.2)
    assert totals.changed([one, newer]) == [newer]
    assert totals.changed([one, newer]) == []


def test_what_an_earlier_process_counted_is_added():
    totals = HealthTotals({"a": ("a", 10, 9, 1, 2, 3, 1.5)})
    assert totals.changed([("a", 1, 1, 1, 1, 1, 0.5)]) == [("a", 11, 10, 2, 3, 4, 2.0)]
