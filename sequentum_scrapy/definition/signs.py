"""Signs by which a page is known to be another than the one that was asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from .base import Model, custom_error
from .selectors import RegexText, Selector

Status = Annotated[int, Field(ge=100, le=599)]


class Signs(Model):
    """What gives a page away; one of them is enough."""

    status: list[Status] = []
    """HTTP statuses."""
    selector: Selector | None = None
    """It matches something."""
    text: RegexText | None = None
    """A regular expression that is found in the text of the answer."""
    min_bytes: int | None = Field(default=None, ge=1)
    """The answer is shorter than this."""

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        signs = [name for name in (*Signs.model_fields, "fewer") if name in type(self).model_fields]
        if not any(getattr(self, name) for name in signs):
            raise custom_error("no sign is given", f"one of {', '.join(signs)}")
        return self


class Few(Model):
    """Too few matches of a selector."""

    of: Selector
    """What should be there."""
    than: int = Field(ge=1)
    """Fewer than this many are too few."""


class Trouble(Signs):
    """Signs of a page that is to be asked for again."""

    fewer: Few | None = None
    """A selector matches too seldom, as of a list that came half empty."""
