"""Ways out of commands before their end."""

from __future__ import annotations

from sequentum_scrapy.compiler.steps import Step

from .outcome import Repeat


class Leave(Exception):  # noqa: N818 - control flow, as StopIteration
    """Leaves the container at an address."""

    def __init__(self, target: str) -> None:
        self.target = target

    def check(self, step: Step) -> None:
        """Go on outwards where it is another container that is left."""
        if self.target != step.address:
            raise self


class SkipRecord(Exception):  # noqa: N818 - control flow
    """Ends the scope without a record."""


class Again(Exception):  # noqa: N818 - control flow
    """Gives the page up, to ask for it again."""

    def __init__(self, repeat: Repeat) -> None:
        self.repeat = repeat


class StopRun(Exception):  # noqa: N818 - control flow
    """Ends the run as a failure."""
