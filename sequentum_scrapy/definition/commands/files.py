"""The command that saves files: download."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from sequentum_scrapy.definition.base import Model
from sequentum_scrapy.definition.fields import FieldName
from sequentum_scrapy.definition.sizes import Size
from sequentum_scrapy.definition.templates import FileTemplate

from .base import CommandBase
from .live import Element
from .navigation import Target, is_target, needs_page

MimePattern = Annotated[str, Field(pattern=r"^[\w.+-]+/([\w.+-]+|\*)$")]


class ClickedFile(Model):
    """A file that a click on a live page brings."""

    click: Element
    """The button."""


def _is_file(value: Any) -> str | None:
    clicked = isinstance(value, ClickedFile) or (isinstance(value, dict) and "click" in value)
    return "<click>" if clicked else "<target>" if is_target(value) else None


FileTarget = Annotated[
    Annotated[ClickedFile, Tag("<click>")] | Annotated[Target, Tag("<target>")],
    Discriminator(
        _is_file,
        custom_error_type="file",
        custom_error_message="expected an address, {url: …}, {links: …}, {click: …} or a selector of links",
    ),
]


class Download(CommandBase):
    """Save the file that a link or image leads to; the record gets its name, size, type, checksum and path."""

    key = "download"
    joins = True

    download: FileTarget
    """The file: an address, {url: …}, a selector of links or images, or {click: …} in a browser."""
    as_: FieldName = Field(alias="as")
    """The field of the record that tells of the file."""
    all: bool = False
    """Save every match, and capture a list."""
    path: FileTemplate | None = None
    """Where in the store it goes, as {{ record.sku }}/{{ file.name }}; absent: a name made of the address."""
    types: list[MimePattern] = []
    """What it may be, as application/pdf or image/*."""
    max_bytes: Size | None = None
    """How large it may be."""
    optional: bool = False
    """Let it be absent: the field is then null ([] with all)."""

    @property
    def reads_page(self) -> bool:
        return needs_page(self.download)

    @property
    def needs_browser(self) -> bool:
        return isinstance(self.download, ClickedFile)

    def captures(self) -> Iterable[tuple[str, tuple[str | int, ...]]]:
        return ((self.as_, ("as",)),)
