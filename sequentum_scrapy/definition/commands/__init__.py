"""The commands of the language, one class each, by family.

A command is a mapping with exactly one *command key*, its other properties beside it and its
sub-commands under ``do``. The class of a command is named as its key.
"""

from .base import CLASSES, CommandBase, Commands, ContainerBase, Name, RepeatingBase
from .containers import Branch, ForEach, Group, InputRows, List
from .files import Download
from .forms import Check, Fill, Postback, Select, Submit, Upload
from .navigation import Cursor, Lookup, NextUrl, Open, Paginate, RequestBase, RequestParts, Url
from .page import Transform
from .records import Capture, Exit, Export
from .reuse import Run
from .scripts import Script
from .session import Login, Retry

__all__ = [
    "CLASSES",
    "Branch",
    "Capture",
    "Check",
    "CommandBase",
    "Commands",
    "ContainerBase",
    "Cursor",
    "Download",
    "Exit",
    "Export",
    "Fill",
    "ForEach",
    "Group",
    "InputRows",
    "List",
    "Login",
    "Lookup",
    "Name",
    "NextUrl",
    "Open",
    "Paginate",
    "Postback",
    "RepeatingBase",
    "RequestBase",
    "RequestParts",
    "Retry",
    "Run",
    "Script",
    "Select",
    "Submit",
    "Transform",
    "Upload",
    "Url",
]
