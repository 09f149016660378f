"""The commands of the language, one class each, by family.

A command is a mapping with exactly one *command key*, its other properties beside it and its
sub-commands under ``do``. The class of a command is named as its key.
"""

from .base import CLASSES, CommandBase, Commands, ContainerBase, Name, RepeatingBase
from .containers import Branch, ForEach, Group, InputRows, List
from .files import ClickedFile, Download
from .forms import Check, Fill, Postback, Select, Submit, Upload
from .live import Click, Frame, Hover, LiveCommand, Press, Screenshot, Scroll, Wait
from .navigation import (
    ByClick,
    ByScroll,
    Cursor,
    Growing,
    Lookup,
    NextUrl,
    Open,
    Paginate,
    RequestBase,
    RequestParts,
    Url,
)
from .page import Transform
from .records import Capture, Exit, Export
from .reuse import Run
from .scripts import JavaScript, Script
from .session import Login, Retry

__all__ = [
    "CLASSES",
    "Branch",
    "ByClick",
    "ByScroll",
    "Capture",
    "Check",
    "Click",
    "ClickedFile",
    "CommandBase",
    "Commands",
    "ContainerBase",
    "Cursor",
    "Download",
    "Exit",
    "Export",
    "Fill",
    "ForEach",
    "Frame",
    "Group",
    "Growing",
    "Hover",
    "InputRows",
    "JavaScript",
    "List",
    "LiveCommand",
    "Login",
    "Lookup",
    "Name",
    "NextUrl",
    "Open",
    "Paginate",
    "Postback",
    "Press",
    "RepeatingBase",
    "RequestBase",
    "RequestParts",
    "Retry",
    "Run",
    "Screenshot",
    "Script",
    "Scroll",
    "Select",
    "Submit",
    "Transform",
    "Upload",
    "Url",
    "Wait",
]
