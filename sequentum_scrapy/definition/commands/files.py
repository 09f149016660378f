"""The command that saves files: download."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from sequentum_scrapy.definition.fields import FieldName
from sequentum_scrapy.definition.sizes import Size
from sequentum_scrapy.definition.templates import FileTemplate

from .base import CommandBase
from .navigation import Target, needs_page

MimePattern = Annotated[str, Field(pattern=r"^[\w.+-]+/([\w.+-]+|\*)$")]


class Download(CommandBase):
    """Save the file that a link or image leads to; the record gets its name, size, type, checksum and path."""

    key = "download"
    joins = True

    download: Target
    """The file: an address, {url: …}, or a selector of links or images."""
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

    def captures(self) -> Iterable[tuple[str, tuple[str | int, ...]]]:
        return ((self.as_, ("as",)),)
