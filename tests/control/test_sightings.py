"""On which page a problem was seen."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from sequentum_scrapy.control.sightings import sighting
from sequentum_scrapy.store import EventRow, FileRow, Miss

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
OPEN = "commands[0].open"
CAPTURE = "commands[0].do[0].capture"


def event(number, url):
    when = NOW + timedelta(seconds=number)
    return EventRow("error", when, when, OPEN, url, "HTTP 403", "", 1)


def copy(number, url, address, kind="page"):
    return FileRow(f"{kind}s/{number}.html", kind, 1, url, address, NOW)


def seen(address=OPEN, events=(), miss=None, files=()):
    found = sighting(address, 1, events=events, miss=miss, files=files)
    names = [None if path is None else Path(path).name for path in (found.page, found.picture)]
    return found.first, found.url, *names


def test_the_address_and_the_copy_are_of_one_page_the_first_that_was_kept():
    events = [event(199, "u/199"), event(1, "u/1"), event(2, "u/2")]
    files = [copy(1, "u/2", OPEN), copy(2, "u/199", OPEN), copy(3, "u/199", OPEN, "screenshot")]
    first = NOW + timedelta(seconds=1)
    assert seen(events=events, files=files) == (first, "u/2", "1.html", "3.html")
    assert seen(events=events) == (first, "u/1", None, None)
    pictures = [copy(4, "u/2", OPEN, "screenshot"), copy(5, "u/1", OPEN, "screenshot")]
    assert seen(events=events, files=pictures) == (first, "u/1", None, "5.html")


def test_a_copy_that_another_command_left_is_of_another_page():
    files = [copy(1, "u/9", CAPTURE)]
    price = f"{CAPTURE}.price"
    assert seen(price, [event(1, "u/1")], files=files)[1:3] == ("u/1", None)
    # Where no address is known, the page of its command is near.
    assert seen(price, [event(1, "")], files=files)[1:3] == ("u/9", "1.html")


def test_what_was_only_missed_was_so_first_where_it_was_missed_first():
    miss = Miss("u/3", NOW)
    assert seen(miss=miss) == (NOW, "u/3", None, None)
    assert seen(events=[event(5, "")], miss=miss, files=[copy(1, "u/3", "start")]) == (
        NOW,
        "u/3",
        "1.html",
        None,
    )
    assert seen() == (None, "", None, None)
