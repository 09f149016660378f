"""The command that runs what another file says: run."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PrivateAttr

from sequentum_scrapy.definition.templates import JsonTemplate

from .base import Commands, Name, RepeatingBase

Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]


class Run(RepeatingBase):
    """Run the commands of a shared block (blocks/NAME.yaml), or of another Agent, with inputs of its own."""

    key = "run"

    run: Reference
    """The name of a block, else of an Agent; its file lies in blocks/ or beside this one."""
    inputs: dict[Name, JsonTemplate] = {}
    """Its inputs by name; their texts are templates."""

    _target: Any = PrivateAttr(default=None)

    @property
    def target(self) -> Any:
        """The Agent that the name stands for, once it was looked up; None before."""
        return self._target

    def refer(self, target: Any) -> None:
        """Say which Agent the name stands for."""
        self._target = target

    @property
    def commands(self) -> Commands:
        """The commands that it runs."""
        return [] if self._target is None else list(self._target.commands)

    @property
    def forks_off(self) -> bool:
        """Whether its commands run in scopes of their own: on start pages, or for another type of record."""
        return self.record is not None or (
            self._target is not None and self._target.start is not None
        )

    @property
    def reads_page(self) -> bool:
        return self._target is not None and self._target.start is None
