"""``python -m sequentum_scrapy.demo [PORT]``: serves the shop until Ctrl-C."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress

from .server import serve

with serve(port=int(sys.argv[1]) if sys.argv[1:] else 8000) as shop, suppress(KeyboardInterrupt):
    print(f"The shop is on {shop.url} (Ctrl-C ends it)")  # noqa: T201
    threading.Event().wait()
