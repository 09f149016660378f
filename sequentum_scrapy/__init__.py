"""Sequentum-style Agents on Scrapy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .crawl.addon import Addon
    from .crawl.loader import AgentSpiderLoader

__all__ = ["Addon", "AgentSpiderLoader"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what settings name when it is asked for: the language alone needs no Scrapy."""
    homes = {"Addon": "crawl.addon", "AgentSpiderLoader": "crawl.loader"}
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{homes[name]}"), name)
