"""The command line: a face over ``control``; it holds no rules of its own."""

from .main import main

__all__ = ["main"]
