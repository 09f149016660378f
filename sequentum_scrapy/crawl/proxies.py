"""Proxies in rotation: those that fail are left alone for a while, the others share their load."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_PAUSE = 3600.0
"""Seconds."""


@dataclass(slots=True)
class Proxy:
    """One proxy and its health; ``url`` may hold a password, ``label`` does not.

    The label is its host and port, and a number where several users share them.
    """

    url: str
    label: str
    requests: int = 0
    failed: int = 0
    blocked: int = 0
    in_a_row: int = 0
    back_at: float = 0.0

    def __str__(self) -> str:
        return f"{self.requests} requests, {self.failed} failed, {self.blocked} blocked"


class ProxyPool:
    """Proxies by turns. ``clock`` tells seconds."""

    def __init__(
        self, urls: Sequence[str], cool_off: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.proxies = [Proxy(url, label) for url, label in zip(urls, _labels(urls), strict=True)]
        self._cool_off = cool_off
        self._clock = clock
        self._turn = -1

    def __len__(self) -> int:
        return len(self.proxies)

    def take(self) -> Proxy | None:
        """Return the next proxy that is fit; None where all are left alone."""
        now = self._clock()
        for _ in self.proxies:
            self._turn = (self._turn + 1) % len(self.proxies)
            if self.proxies[self._turn].back_at <= now:
                return self.proxies[self._turn]
        return None

    def is_fit(self, proxy: Proxy) -> bool:
        return proxy.back_at <= self._clock()

    def seconds_to_wait(self) -> float:
        """Return how long it is until one of the proxies is fit again."""
        return max(0.0, min(proxy.back_at for proxy in self.proxies) - self._clock())

    def failed(self, proxy: Proxy) -> None:
        """Leave a proxy alone that could not be used."""
        proxy.failed += 1
        self._rest(proxy)

    def blocked(self, proxy: Proxy) -> None:
        """Leave a proxy alone that a site has blocked."""
        proxy.blocked += 1
        self._rest(proxy)

    def worked(self, proxy: Proxy) -> None:
        proxy.in_a_row = 0

    def _rest(self, proxy: Proxy) -> None:
        # What was under way when it was left alone says nothing new.
        if self.is_fit(proxy):
            pause = self._cool_off * 2 ** min(proxy.in_a_row, 20)
            proxy.back_at = self._clock() + min(pause, LONGEST_PAUSE)
            proxy.in_a_row += 1


def _labels(urls: Sequence[str]) -> list[str]:
    """Return a label for each proxy: the users of one gateway are proxies of their own."""
    seen: Counter[str] = Counter()
    labels = []
    for label in map(label_of, urls):
        seen[label] += 1
        labels.append(label if seen[label] == 1 else f"{label}#{seen[label]}")
    return labels


def label_of(url: str) -> str:
    """Return host and port of a proxy, without user and password."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
