"""What can go wrong while a compiled Agent reads a page."""

from __future__ import annotations

from jmespath.exceptions import JMESPathError
from lxml import etree

from sequentum_scrapy.definition.errors import AgentError


class PageError(AgentError):
    """A page that is not what a command needs: another kind of document, or broken."""


class ValueFailure(AgentError):  # noqa: N818 - a value that fails, not a bug
    """A value that could not be read or converted."""


READ_ERRORS = (PageError, ValueFailure, JMESPathError, etree.XPathError)
"""What reading a page can raise: a function of JMESPath or XPath may refuse what it finds there."""
