"""Fields: where a captured value comes from, and what is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, JsonValue, Tag, model_validator
from typing_extensions import Self

from .base import Model, custom_error
from .selectors import (
    BareSelector,
    CssText,
    InvalidSelectorError,
    JmespathText,
    RegexText,
    Rewrites,
    Selector,
    XPathText,
    compile_jmespath,
    is_xpath,
)
from .templates import Template

Conversion = Literal[
    "text", "integer", "number", "price", "boolean", "date", "datetime", "url", "json"
]
PageValue = Literal["url", "title", "status", "html", "text", "number"]

SOURCES = ("css", "xpath", "jmespath", "page", "json_ld", "microdata", "meta", "value", "list")
_ON_ELEMENTS = ("css", "xpath")


def _data_path(text: str) -> str:
    kind, dot, rest = text.partition(".")
    if not re.fullmatch(r"\w[\w-]*", kind) or bool(dot) != bool(rest):
        raise custom_error(
            f'"{text}" is no type, or type and JMESPath', "as Product, or Product.offers.price"
        )
    if rest:
        try:
            compile_jmespath(rest)
        except InvalidSelectorError as error:
            raise custom_error(f'invalid JMESPath "{rest}": {error}') from None
    return text


DataPath = Annotated[str, AfterValidator(_data_path)]
"""A type, and where in its objects: a JMESPath."""


UrlPattern = Annotated[str, Field(min_length=1)]
"""An address, with * for what has no / in it, and ** for any text."""


class FieldSpec(Model):
    """One field: exactly one source, then what is made of its value.

    The order is: source, ``regex``, ``replace``, ``map``, ``as``; ``default`` fills in where the
    source gave nothing.
    """

    css: CssText | None = None
    """Source: the first element that this CSS selector matches."""
    xpath: XPathText | None = None
    """Source: the first node or value of this XPath."""
    jmespath: JmespathText | None = None
    """Source: a JMESPath on the JSON document or item."""
    page: PageValue | None = None
    """Source: a property of the page."""
    json_ld: DataPath | None = None
    """Source: JSON-LD data of the page, as Product.offers.price: a type, then a JMESPath in it."""
    microdata: DataPath | None = None
    """Source: microdata of the page, as json_ld (pip install "sequentum-scrapy[metadata]")."""
    meta: str | None = Field(default=None, min_length=1)
    """Source: the content of a meta element, by its name or property, as og:title."""
    value: Template | None = None
    """Source: a text or template."""
    list: Selector | None = None
    """Source: a list of objects, one for each match, with the fields under fields."""
    fields: Fields | None = None
    """The fields of a nested object (of each object, with list)."""
    response: UrlPattern | None = None
    """Read the body of a request that the live page made, by its address, as **/api/items*; it is waited for.

    Alone, it is the source: the JSON, or the text."""

    attr: str | None = Field(default=None, min_length=1)
    """Take this attribute instead of the text; addresses (href, src) come out absolute."""
    html: bool = False
    """Take the element's HTML instead of its text."""
    all: bool = False
    """Take every match, as a list, instead of the first."""
    regex: RegexText | None = None
    """Extract with a regular expression: its first group, else the whole match.

    Alone, it is the source: it searches the text of the scope."""
    replace: Rewrites | None = None
    """Rewrite: regular expression to replacement, in order."""
    map: dict[str, JsonValue] | None = None
    """Translate the value; one that is not listed is an error."""
    as_: Conversion | None = Field(default=None, alias="as")
    """Convert the value."""
    format: str | None = Field(default=None, min_length=1)
    """How a date is written, as %d/%m/%Y: exact, and a hundred times quicker than guessing."""
    decimal: Literal[".", ","] | None = None
    """The decimal sign of numbers and prices, where guessing could be wrong."""
    default: JsonValue = None
    """The value where the source gives none."""
    optional: bool = False
    """Let the field be absent: it is then null ([] with all or list)."""

    @property
    def source(self) -> str | None:
        """The name of the source, ``regex`` and ``fields`` where they stand alone."""
        named = [name for name in SOURCES if getattr(self, name) is not None]
        if named:
            return named[0]
        if self.fields is not None:
            return "fields"
        return "regex" if self.regex else "response" if self.response else None

    @property
    def has_default(self) -> bool:
        return "default" in self.model_fields_set

    @model_validator(mode="after")
    def _combination(self) -> Self:
        named = [name for name in SOURCES if getattr(self, name) is not None]
        if len(named) > 1:
            raise custom_error(f"more than one source: {' and '.join(named)}", "keep one")
        if self.source is None:
            raise custom_error(
                "a field needs a source", f"one of {', '.join(SOURCES)}, regex, fields"
            )
        self._check_nesting()
        self._check_properties()
        return self

    def _check_nesting(self) -> None:
        if self.list is not None and self.fields is None:
            raise custom_error("list needs fields", "for a list of texts use all: true")
        if self.fields is None:
            return
        if self.source not in ("list", "fields", "css", "xpath", "jmespath"):
            raise custom_error(f"fields does not go with {self.source}")
        for name in ("attr", "html", "all", "regex", "replace", "map", "as_", "format", "decimal"):
            if name in self.model_fields_set:
                raise custom_error(f"{name.strip('_')} does not go with fields")

    def _check_properties(self) -> None:
        if self.source not in _ON_ELEMENTS:
            for name in ("attr", "html"):
                if name in self.model_fields_set:
                    raise custom_error(f"{name} goes with css or xpath, not with {self.source}")
        if self.attr and self.html:
            raise custom_error("attr and html exclude each other")
        if self.all and self.source in ("page", "value"):
            raise custom_error(f"all does not go with {self.source}")
        if self.response is not None and self.source in (
            "page",
            "value",
            "meta",
            "json_ld",
            "microdata",
        ):
            raise custom_error(f"response does not go with {self.source}")
        if self.format and self.as_ not in ("date", "datetime"):
            raise custom_error("format goes with as: date or as: datetime")
        if self.decimal and self.as_ not in ("integer", "number", "price"):
            raise custom_error("decimal goes with as: integer, number or price")
        if self.has_default and self.optional:
            raise custom_error("default and optional exclude each other")


def _shape(value: Any) -> str | None:
    if isinstance(value, str):
        return "<selector>"
    if isinstance(value, list):
        return "<alternatives>"
    return "<field>" if isinstance(value, (dict, FieldSpec)) else None


_WHAT = "a field is a selector, a mapping with a source (css, xpath, …) or a list of these"

_One = Annotated[
    Annotated[BareSelector, Tag("<selector>")] | Annotated[FieldSpec, Tag("<field>")],
    Discriminator(_shape, custom_error_type="field", custom_error_message=_WHAT),
]
FieldValue = Annotated[
    Annotated[BareSelector, Tag("<selector>")]
    | Annotated[FieldSpec, Tag("<field>")]
    | Annotated[list[_One], Field(min_length=1), Tag("<alternatives>")],
    Discriminator(_shape, custom_error_type="field", custom_error_message=_WHAT),
    Field(
        description="Where the value comes from: a selector, a mapping, or a list: the first that gives a value."
    ),
]
FieldName = Annotated[str, Field(min_length=1, max_length=200)]
Fields = Annotated[dict[FieldName, FieldValue], Field(min_length=1)]


def responses(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the patterns of the requests of a live page that fields read, nested ones included."""
    for value in fields.values():
        for spec in field_alternatives(value):
            if spec.response is not None:
                yield spec.response
            if spec.fields is not None:
                yield from responses(spec.fields)


def field_alternatives(value: Any) -> list[FieldSpec]:
    """Return a field as the list of its specifications, in the order to try them."""
    if isinstance(value, list):
        return [field_alternatives(item)[0] for item in value]
    if isinstance(value, str):
        if is_xpath(value):
            return [FieldSpec.model_construct({"xpath"}, xpath=value)]
        return [FieldSpec.model_construct({"css"}, css=value)]
    return [value]
