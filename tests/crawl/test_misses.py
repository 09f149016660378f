"""What the writer of a Run is given of first misses."""

from __future__ import annotations

from types import SimpleNamespace

from sequentum_scrapy.compiler import Health
from sequentum_scrapy.crawl.misses import keep_misses
from sequentum_scrapy.store import FIRST_MISSES, freeze_misses, thaw_misses


def kept(health, earlier=None):
    secrecy = SimpleNamespace(mask=lambda text: text.replace("sesame", "***"))
    writer = SimpleNamespace(state=lambda: {"cookies": b"[]"})
    before = {} if earlier is None else {FIRST_MISSES: freeze_misses(earlier)}
    job = SimpleNamespace(health=health, secrecy=secrecy)
    keep_misses(job, writer, SimpleNamespace(state=before))
    return writer.state


def test_they_are_written_when_there_are_more_without_what_is_secret():
    health = Health(["a", "b"])
    state = kept(health)
    assert list(state()) == ["cookies"]
    health.miss(1, "https://x.example/?t=sesame")
    misses = thaw_misses(state()[FIRST_MISSES])
    assert {address: url for address, (url, _) in misses.items()} == {
        "b": "https://x.example/?t=***"
    }
    health.miss(1, "https://x.example/2")
    assert list(state()) == ["cookies"]


def test_those_of_an_earlier_process_stay():
    health = Health(["a", "b"])
    state = kept(health, {"a": ("https://x.example/1", 1.0)})
    health.miss(0, "https://x.example/2")
    health.miss(1, "https://x.example/2")
    urls = {address: url for address, (url, _) in thaw_misses(state()[FIRST_MISSES]).items()}
    assert urls == {"a": "https://x.example/1", "b": "https://x.example/2"}
