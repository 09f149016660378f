"""The command that rewrites a page before values are taken from it: transform."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from sequentum_scrapy.definition.base import Model, custom_error
from sequentum_scrapy.definition.row_files import known_encoding
from sequentum_scrapy.definition.selectors import RegexText, Selector

from .base import CommandBase


class Change(Model):
    """One change of a page: exactly one of these."""

    remove: Selector | None = None
    """Take out every match."""
    unwrap: Selector | None = None
    """Take out every match, but leave what is in it."""
    replace: Annotated[dict[RegexText, str], Field(min_length=1)] | None = None
    """Rewrite the source: regular expression to replacement, in order."""
    parse_json: Selector | None = None
    """The JSON, or JavaScript object, in the first match becomes the document; a regular
    expression without a group says where it begins."""
    parse_html: Selector | None = None
    """The HTML in the first match (a JSON text, a comment, a template) becomes the document."""
    encoding: Annotated[str, AfterValidator(known_encoding)] | None = None
    """Decode the page so, whatever it declares."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in self.keys() if getattr(self, name) is not None]
        if len(given) > 1:
            raise custom_error(f"more than one change: {' and '.join(given)}", "make it a list")
        if not given:
            raise custom_error("no change is given", f"one of {', '.join(self.keys())}")
        return self


def _is_list(value: Any) -> str:
    return "<list>" if isinstance(value, list) else "<change>"


Changes = Annotated[
    Annotated[Change, Tag("<change>")]
    | Annotated[list[Change], Field(min_length=1), Tag("<list>")],
    Discriminator(_is_list),
]


class Transform(CommandBase):
    """Rewrite the page for the commands after it, or take a document out of it."""

    key = "transform"
    joins = True

    transform: Changes
    """The change, or a list of changes in order."""
    optional: bool = False
    """Leave the page as it is where there is nothing to parse."""
