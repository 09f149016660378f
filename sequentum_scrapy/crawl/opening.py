"""Requests for pages that are opened in a browser, and the answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.http import Response

if TYPE_CHECKING:
    from .attempt import Attempt

BROWSER = "sequentum_browser"
"""The key of the address whose page a request opens in a browser."""
AWAITED = "sequentum_awaited"
"""The key of how many live pages wait for a request, each for the next.

It has turns of its own, or each could wait for the other's.
"""
WITHIN = "sequentum_within"
"""The key of what runs on a live page that is waited for; such a request is in no queue."""


TRACE = "SEQUENTUM_TRACE"
"""The setting that asks for traces of all that the browser does."""
LOOK = "sequentum_look"
"""The key of a request for a page as it comes, without what its commands do."""
PICTURE = "sequentum_picture"
"""The key of a request for a page of which a picture is wanted too, as it looks at the end."""


class BrowserResponse(Response):
    """A page as it was when it came.

    ``brought`` is what its commands have brought, where they needed it live, ``picture`` how it looked at the end, as
    PNG, where that was asked for.
    """

    attributes: tuple[str, ...] = (*Response.attributes, "brought", "picture")

    def __init__(
        self,
        *args: Any,
        brought: Attempt | None = None,
        picture: bytes | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.brought = brought
        self.picture = picture
