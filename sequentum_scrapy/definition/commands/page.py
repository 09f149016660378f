"""The command that rewrites a page before values are taken from it: transform."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from sequentum_scrapy.definition.base import Model, custom_error
from sequentum_scrapy.definition.fields import UrlPattern
from sequentum_scrapy.definition.row_files import known_encoding
from sequentum_scrapy.definition.selectors import Css, Rewrites, Selector, XPath, alternatives

from .base import CommandBase


def _elements(selector: Any) -> Any:
    for way in alternatives(selector):
        if not isinstance(way, (Css, XPath)) or (isinstance(way, Css) and "::" in way.css):
            raise custom_error("only elements can be taken out", "CSS or XPath of elements")
    return selector


Elements = Annotated[Selector, AfterValidator(_elements)]
"""A selector of elements."""


class Change(Model):
    """One change of a page: exactly one of these."""

    remove: Elements | None = None
    """Take out every match."""
    unwrap: Elements | None = None
    """Take out every match, but leave what is in it."""
    replace: Rewrites | None = None
    """Rewrite the source: regular expression to replacement, in order."""
    parse_json: Selector | None = None
    """The JSON, or JavaScript object, in the first match becomes the document; a regular
    expression without a group says where it begins."""
    parse_html: Selector | None = None
    """The HTML in the first match (a JSON text, a comment, a template) becomes the document."""
    response: UrlPattern | None = None
    """The body of a request that a live page made, by its address, becomes the document; it is waited for."""
    encoding: Annotated[str, AfterValidator(known_encoding)] | None = None
    """Decode the page so, whatever it declares; the first change, if there are several."""

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


def _in_order(changes: list[Change]) -> list[Change]:
    if any(change.encoding is not None for change in changes[1:]):
        raise custom_error("encoding comes before the other changes", "put it first")
    return changes


Changes = Annotated[
    Annotated[Change, Tag("<change>")]
    | Annotated[list[Change], AfterValidator(_in_order), Field(min_length=1), Tag("<list>")],
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

    @property
    def changes(self) -> list[Change]:
        """The changes, in order."""
        return self.transform if isinstance(self.transform, list) else [self.transform]

    @property
    def needs_browser(self) -> bool:
        return any(change.response is not None for change in self.changes)
