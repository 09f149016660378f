from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import select

from sequentum_scrapy.store.tables import spaces


def test_a_time_comes_back_aware_in_utc_to_the_microsecond(store):
    zone = timezone(timedelta(hours=9))
    time = datetime(2024, 2, 29, 3, 4, 5, 678901, tzinfo=zone)
    with store.writing() as connection:
        connection.execute(spaces.insert().values(name="x", created=time))
        found = connection.scalar(select(spaces.c.created).where(spaces.c.name == "x"))
    assert found == time
    assert found.tzinfo == timezone.utc
