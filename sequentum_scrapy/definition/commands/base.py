"""What every command has, and a command as a definition holds it: one mapping, one command key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, NoReturn, Union

from pydantic import (
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import CoreSchema, InitErrorDetails

from sequentum_scrapy.definition.base import UNKNOWN_COMMAND, Model, custom_error, details
from sequentum_scrapy.definition.words import did_you_mean, nearest

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", max_length=100)]


class CommandBase(Model):
    """What every command may carry."""

    key: ClassVar[str] = ""
    """The command key, which is also the name of the main argument. A base class has none."""
    forks: ClassVar[bool] = False
    """Its rows or pages are scopes of their own, each with a record of its own."""
    changes_page: ClassVar[bool] = False
    """What is under ``do`` runs on another page."""
    joins: ClassVar[bool] = False
    """It may stand in a lookup, whose page joins one record."""
    live: ClassVar[bool] = False
    """It acts on a live page, so its page must be in a browser."""

    name: Name | None = None
    """A name to refer to, as in exit."""
    note: str | None = None
    """A remark for people."""
    disabled: bool = False
    """Leave this command, and what is under it, out."""
    on_error: Literal["stop", "skip", "keep"] | None = None
    """When it fails: stop the run, skip the record, or keep the record as it is."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.key:
            CLASSES[cls.key] = cls

    @property
    def reads_page(self) -> bool:
        """Whether it needs a page to stand on."""
        return True

    @property
    def needs_browser(self) -> bool:
        """Whether the page that it stands on must be in a browser."""
        return self.live

    def captures(self) -> Iterable[tuple[str, tuple[str | int, ...]]]:
        """Return the fields that it puts into the record, each with its path below the command."""
        return ()


CLASSES: dict[str, type[CommandBase]] = {}
"""The commands of the language by key: each class that has one is in it."""


class _Command:
    """The type of a command: one of all classes, by its key."""

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        tagged = tuple(Annotated[kind, Tag(f"<{key}>")] for key, kind in CLASSES.items())
        union = Annotated[Union[tagged], Discriminator(_tag), WrapValidator(_one_command)]  # type: ignore[valid-type]  # noqa: UP007
        return handler.generate_schema(union)


Command = Annotated[CommandBase, _Command()]
Commands = list[Command]


class ContainerBase(CommandBase):
    """A command that holds others."""

    do: Commands = []
    """The commands to run, in order."""


class RepeatingBase(ContainerBase):
    """A container whose rows or pages are scopes of their own."""

    forks = True

    record: Name | None = None
    """The records made below are of this type (output.records)."""


def command_key(value: Any) -> str | None:
    """Return the command key of a command as it is read; None where there is not exactly one."""
    keys = [key for key in value if key in CLASSES] if isinstance(value, dict) else []
    # "else" of a branch and the like are no command keys, so one is the rule.
    return keys[0] if len(keys) == 1 else None


def _one_command(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, CommandBase) or command_key(value):
        return handler(value)
    if not isinstance(value, dict):
        raise custom_error("a command is a mapping", "as: - open: h3 a")
    found = [key for key in value if key in CLASSES]
    if found:
        raise custom_error(
            f"more than one command in one mapping: {' and '.join(found)}",
            "begin each with its own -",
        )
    for key in value:
        near = nearest(str(key), CLASSES)
        if near:
            return _misspelled(value, key, near, handler)
    first = next(iter(value), "")
    raise custom_error(
        f'no command here: "{first}" is none' if value else "an empty command",
        did_you_mean(str(first), CLASSES),
    )


def _misspelled(
    value: dict[Any, Any], key: Any, near: str, handler: ValidatorFunctionWrapHandler
) -> NoReturn:
    """Raise the misspelling, and with it what is wrong inside the command that was meant."""
    problem = custom_error(
        f'unknown key "{key}"', f'did you mean "{near}"?', kind=f"{UNKNOWN_COMMAND}{key}"
    )
    problems = [InitErrorDetails(type=problem, loc=(), input=value)]
    try:
        handler({near if name == key else name: item for name, item in value.items()})
    except ValidationError as error:
        problems += details(error)
    raise ValidationError.from_exception_data("command", problems)


def _tag(value: Any) -> str | None:
    key = value.key if isinstance(value, CommandBase) else command_key(value)
    return f"<{key}>"
