"""What every model of the language shares: one form, no unknown keys, nothing changed after reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import Self

from .explain import explain
from .words import did_you_mean

UNKNOWN_KEY = "unknown_key"
UNKNOWN_COMMAND = "unknown_command:"
"""The type of the error for a misspelled command key, before that key."""


class Model(BaseModel):
    """Base of all models of the language."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        regex_engine="python-re",
        # Agent holds all the others: built on their own too, each would be built many times over.
        defer_build=True,
        serialize_by_alias=True,
    )

    @classmethod
    def keys(cls) -> list[str]:
        """Return the keys that a mapping of this kind may have, as they are written."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @model_validator(mode="wrap")
    @classmethod
    def _name_the_nearest_key(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        # Only the model knows its keys: an error list that has left it no longer does.
        try:
            return handler(data)
        except ValidationError as error:
            raise ValidationError.from_exception_data(
                cls.__name__, details(error, cls.keys())
            ) from None


def details(error: ValidationError, keys: Iterable[str] = ()) -> list[InitErrorDetails]:
    """Return the errors of a validation to be raised again, from a place that knows the keys."""
    return [_detail(item, list(keys)) for item in error.errors(include_url=False)]


def _detail(error: Any, keys: list[str]) -> InitErrorDetails:
    loc, kind, context = error["loc"], error["type"], error.get("ctx", {})
    if kind == "extra_forbidden" and len(loc) == 1:
        kind, message, hint = UNKNOWN_KEY, f'unknown key "{loc[0]}"', did_you_mean(loc[0], keys)
    elif "message" in context:
        message, hint = context["message"], context["hint"]
    else:
        message, hint = explain(error)
    problem = custom_error(message, hint, kind=kind)
    return InitErrorDetails(type=problem, loc=loc, input=error["input"])


def custom_error(message: str, hint: str = "", *, kind: str = "invalid") -> PydanticCustomError:
    """Return an error for a validator to raise: what is wrong, and what to do."""
    # The template is formatted with the context; braces of the message must not be.
    return PydanticCustomError(kind, "{message}", {"message": message, "hint": hint})
