"""Selectors: how a command points at parts of a page."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

import jmespath
from cssselect import SelectorError
from jmespath.exceptions import JMESPathError
from lxml import etree
from parsel.csstranslator import GenericTranslator, HTMLTranslator
from pydantic import AfterValidator, Discriminator, Field, Tag

from .base import Model, custom_error

_XPATH_STARTS = ("/", "./", "../", "(")
_translator = HTMLTranslator()
_xml_translator = GenericTranslator()


class InvalidSelectorError(ValueError):
    """A selector that cannot be compiled; the text says why."""


def is_xpath(text: str) -> bool:
    """Tell whether a bare string is XPath (it begins as a path) rather than CSS."""
    return text.lstrip().startswith(_XPATH_STARTS)


def is_url(text: str) -> bool:
    """Tell whether the argument of a navigating command is an address rather than a selector."""
    return bool(re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", text)) or "{{" in text or "{%" in text


@lru_cache(maxsize=4096)
def css_to_xpath(css: str, prefix: str = "descendant-or-self::", *, xml: bool = False) -> str:
    """Translate CSS, with ``::text`` and ``::attr(name)``, to XPath.

    In XML names keep their case, which HTML does not know. Raises InvalidSelectorError.
    """
    try:
        return (_xml_translator if xml else _translator).css_to_xpath(css, prefix)
    except SelectorError as error:
        reason = re.sub(r"<EOF at \d+>", "<EOF>", str(error))
        raise InvalidSelectorError(reason[:1].lower() + reason[1:]) from None


_SAMPLE = etree.HTML("<p>.</p>")
_FUNCTIONS = {
    "re": "http://exslt.org/regular-expressions",
    "set": "http://exslt.org/sets",
}
_VOCABULARIES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "g": "http://base.google.com/ns/1.0",
    "georss": "http://www.georss.org/georss",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "video": "http://www.google.com/schemas/sitemap-video/1.1",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "xlink": "http://www.w3.org/1999/xlink",
}
"""The prefixes of XML vocabularies that feeds and sitemaps use, with the names that their makers gave them."""
_NAMESPACES = {**_FUNCTIONS, **_VOCABULARIES}


@lru_cache(maxsize=4096)
def compile_xpath(path: str) -> etree.XPath:
    """Compile XPath 1.0 with EXSLT ``re`` and ``set``, and the prefixes of common vocabularies.

    Raises InvalidSelectorError.
    """
    # Namespaces and functions are registered anew for each evaluation, so only where they are used.
    namespaces = {name: uri for name, uri in _NAMESPACES.items() if f"{name}:" in path}
    try:
        compiled = etree.XPath(
            path, namespaces=namespaces, regexp="re" in namespaces, smart_strings=False
        )
        # Some mistakes, as a function that is not there, show only when it is evaluated.
        compiled(_SAMPLE)
    except (etree.XPathError, ValueError) as error:
        raise InvalidSelectorError(f"{error}".lower()) from None
    return compiled


@lru_cache(maxsize=4096)
def compile_jmespath(expression: str) -> Any:
    """Compile a JMESPath expression. Raises InvalidSelectorError."""
    try:
        return jmespath.compile(expression)
    except (JMESPathError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidSelectorError(reason) from None


@lru_cache(maxsize=4096)
def compile_regex(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression. Raises InvalidSelectorError."""
    try:
        with warnings.catch_warnings():
            # What a later Python may read otherwise is nothing that a run should print.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidSelectorError(str(error)) from None


def _check(text: str, kind: str, compiler: Callable[[str], Any]) -> str:
    try:
        compiler(text)
    except InvalidSelectorError as error:
        hint = "a template goes under value:" if "{{" in text else ""
        raise custom_error(f'invalid {kind} "{text}": {error}', hint) from None
    return text


def _checked(kind: str, compiler: Callable[[str], Any]) -> AfterValidator:
    return AfterValidator(lambda text: _check(text, kind, compiler))


def _compile_css(text: str) -> None:
    compile_xpath(css_to_xpath(text))


def _bare(text: str) -> str:
    if is_xpath(text):
        return _check(text, "XPath", compile_xpath)
    return _check(text, "CSS selector", _compile_css)


CssText = Annotated[str, _checked("CSS selector", _compile_css), Field(min_length=1)]
XPathText = Annotated[str, _checked("XPath", compile_xpath), Field(min_length=1)]
JmespathText = Annotated[str, _checked("JMESPath", compile_jmespath), Field(min_length=1)]
RegexText = Annotated[str, _checked("regular expression", compile_regex), Field(min_length=1)]
BareSelector = Annotated[str, AfterValidator(_bare), Field(min_length=1)]


def _rewrites(rules: dict[str, str]) -> dict[str, str]:
    for pattern, text in rules.items():
        try:
            compile_regex(pattern).sub(text, "")
        except (re.error, IndexError) as error:
            raise custom_error(
                f'invalid replacement "{text}": {error}', "\\1 is the first group, \\\\ a backslash"
            ) from None
    return rules


Rewrites = Annotated[dict[RegexText, str], AfterValidator(_rewrites), Field(min_length=1)]
"""Regular expressions and what to put in the place of what they match, in order."""


class Css(Model):
    """A CSS selector, with ``::text`` and ``::attr(name)`` as in Scrapy."""

    css: CssText
    """The elements that a CSS selector matches; ::text and ::attr(name) take texts."""


class XPath(Model):
    """An XPath 1.0 expression."""

    xpath: XPathText
    """The nodes of an XPath 1.0 expression."""


class JmesPath(Model):
    """A JMESPath expression on a JSON document, or on the current item of one."""

    jmespath: JmespathText
    """A JMESPath on the JSON document or item."""


class Regex(Model):
    """A regular expression on the text of the page; its first group, else the whole match."""

    regex: RegexText
    """The first group of a regular expression on the text, else its whole match."""


_KINDS: dict[str, type[Model]] = {"css": Css, "xpath": XPath, "jmespath": JmesPath, "regex": Regex}


def _shape(value: Any) -> str | None:
    if isinstance(value, str):
        return "<selector>"
    if isinstance(value, list):
        return "<alternatives>"
    if isinstance(value, Model):
        return f"<{next(iter(type(value).model_fields))}>"
    if isinstance(value, dict):
        # An unknown key is best reported by the model it was nearest to.
        return next((f"<{key}>" for key in _KINDS if key in value), "<css>")
    return None


_WHAT = "a selector is text (CSS or XPath), {css: …}, {xpath: …}, {jmespath: …}, {regex: …} or a list of these"

_One = Annotated[
    Annotated[BareSelector, Tag("<selector>")]
    | Annotated[Css, Tag("<css>")]
    | Annotated[XPath, Tag("<xpath>")]
    | Annotated[JmesPath, Tag("<jmespath>")]
    | Annotated[Regex, Tag("<regex>")],
    Discriminator(_shape, custom_error_type="selector", custom_error_message=_WHAT),
]

Selector = Annotated[
    Annotated[BareSelector, Tag("<selector>")]
    | Annotated[Css, Tag("<css>")]
    | Annotated[XPath, Tag("<xpath>")]
    | Annotated[JmesPath, Tag("<jmespath>")]
    | Annotated[Regex, Tag("<regex>")]
    | Annotated[list[_One], Field(min_length=1), Tag("<alternatives>")],
    Discriminator(_shape, custom_error_type="selector", custom_error_message=_WHAT),
]


def alternatives(selector: Any) -> list[Model]:
    """Return a selector as a list of Css, XPath, JmesPath and Regex, in the order to try them."""
    if isinstance(selector, list):
        return [one for item in selector for one in alternatives(item)]
    if isinstance(selector, str):
        if is_xpath(selector):
            return [XPath.model_construct(xpath=selector)]
        return [Css.model_construct(css=selector)]
    return [selector]
