"""From a definition to a Program: everything that can be prepared once, prepared once."""

from .compile import compile_agent
from .conditions import Holds
from .errors import PageError, ValueFailure
from .health import Health
from .page import Page
from .program import START, Program
from .scope import NOTHING, Run, Scope
from .validation import RecordValidator

__all__ = [
    "NOTHING",
    "START",
    "Health",
    "Holds",
    "Page",
    "PageError",
    "Program",
    "RecordValidator",
    "Run",
    "Scope",
    "ValueFailure",
    "compile_agent",
]
