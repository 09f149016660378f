from __future__ import annotations

from sequentum_scrapy.store import Counters


def test_counters_have_the_names_of_the_wire():
    assert Counters(browser_pages=3, bytes=7).as_dict() == {
        "requests": 0, "pages": 0, "browserPages": 3, "records": 0, "invalid": 0, "duplicates": 0,
        "errors": 0, "blocked": 0, "bytes": 7,
    }  # fmt: skip


def test_counters_come_back_from_their_columns():
    counters = Counters(1, 2, 3, 4, 5, 6, 7, 8)
    columns = dict(zip(Counters.names(), counters.values(), strict=True))
    assert Counters.from_columns(columns | {"other": 9}) == counters
