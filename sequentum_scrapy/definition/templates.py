"""Templates and expressions: Jinja2's sandbox, made smaller.

A definition is data from someone else, so of Jinja2 only what values need is left: output,
``if``, operators, item look-up and a few filters. There are no calls, loops, macros or
attributes of Python objects, and nothing that makes a long text out of a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import AfterValidator, Field, JsonValue, ValidationInfo

from .base import custom_error
from .words import did_you_mean

ROOTS = ("input", "page", "record", "row", "run")
SECRET = "secret"  # noqa: S105 - the name under which secrets are reached, not one
FILE = "file"
"""The name under which the path of a download knows the file: name, stem, ending, type."""
MAX_TEMPLATE_CHARS = 16_384

_FILTERS = (
    "abs", "d", "default", "first", "float", "int", "join", "last", "length", "lower", "replace",
    "round", "string", "title", "tojson", "trim", "upper", "urlencode",
)  # fmt: skip
_TESTS = ("defined", "undefined", "none", "number", "string", "even", "odd", "in", "boolean")
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Expr, nodes.Keyword,
    nodes.Operand, nodes.Pair,
)  # fmt: skip
_FORBIDDEN = (nodes.Call, nodes.ContextReference, nodes.DerivedContextReference)


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        # {{ row.items }} is the column, never the method of the dict.
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) or (isinstance(obj, (list, str)) and isinstance(argument, int)):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                pass
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            raise TypeError(f'"{operator}" takes numbers')
        if operator == "**" and (abs(right) > 64 or abs(left) > 2**32):
            raise OverflowError('"**" of numbers that are too large')
        return super().call_binop(context, operator, left, right)


def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined, autoescape=False, cache_size=0)
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    environment.globals.clear()
    return environment


ENVIRONMENT = _environment()


def is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


@lru_cache(maxsize=4096)
def parse(source: str) -> nodes.Template:
    """Parse a template.

    Raises `jinja2.TemplateSyntaxError`, also for what the language leaves out.
    """
    if len(source) > MAX_TEMPLATE_CHARS:
        raise TemplateSyntaxError(f"over {MAX_TEMPLATE_CHARS} characters", 1)
    tree = ENVIRONMENT.parse(source)
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Call):
            raise TemplateSyntaxError("calls are not allowed: use a filter, as |lower", node.lineno)
        if not isinstance(node, _ALLOWED) or isinstance(node, _FORBIDDEN):
            name = type(node).__name__.lower()
            raise TemplateSyntaxError(f'"{name}" is not allowed here', node.lineno)
        if isinstance(node, nodes.Filter) and node.name not in ENVIRONMENT.filters:
            hint = did_you_mean(node.name, _FILTERS)
            raise TemplateSyntaxError(f'unknown filter "{node.name}"; {hint}', node.lineno)
        if isinstance(node, nodes.Test) and node.name not in ENVIRONMENT.tests:
            hint = did_you_mean(node.name, _TESTS)
            raise TemplateSyntaxError(f'unknown test "{node.name}"; {hint}', node.lineno)
    return tree


def as_template(expression: str) -> str:
    """Return an expression, with or without its braces, as a template."""
    text = expression.strip()
    if text.startswith("{{") and text.endswith("}}"):
        text = text[2:-2]
    return f"{{{{ {text} }}}}"


def names(source: str, root: str) -> set[str]:
    """Return the names that a template reads of one root: ``names("{{ input.q }}", "input")`` is ``{"q"}``."""
    found = set()
    tree = parse(source)
    for dotted in tree.find_all(nodes.Getattr):
        if isinstance(dotted.node, nodes.Name) and dotted.node.name == root:
            found.add(dotted.attr)
    for item in tree.find_all(nodes.Getitem):
        named = isinstance(item.node, nodes.Name) and item.node.name == root
        if named and isinstance(item.arg, nodes.Const):
            found.add(str(item.arg.value))
    return found


def compile_template(source: str) -> Callable[[Mapping[str, Any]], str]:
    """Compile a template to ``render(context) -> str``.

    Rendering raises `jinja2.TemplateError` for an absent value, TypeError, ValueError,
    OverflowError and ZeroDivisionError for values that do not fit.
    """
    if not is_template(source):
        return lambda _context: source
    template = ENVIRONMENT.from_string(parse(source))

    def render(context: Mapping[str, Any]) -> str:
        return template.render(context)

    return render


def compile_value(source: str) -> Callable[[Mapping[str, Any]], Any]:
    """Compile a template to its value: one that is a single ``{{ … }}`` keeps the type of what it names.

    Raises what rendering a template raises.
    """
    text = source.strip()
    if not text.startswith("{{") or not text.endswith("}}") or "{{" in text[2:] or "{%" in text:
        return compile_template(source)
    evaluate = ENVIRONMENT.compile_expression(text[2:-2], undefined_to_none=False)

    def value(context: Mapping[str, Any]) -> Any:
        found = evaluate(**context)
        if isinstance(found, Undefined):
            # An absent value says which it is when it is written out.
            str(found)
        return found

    return value


def compile_expression(source: str) -> Callable[[Mapping[str, Any]], Any]:
    """Compile an expression to ``evaluate(context) -> value``; what is absent is None."""
    evaluate = ENVIRONMENT.compile_expression(as_template(source).strip("{} "))

    def run(context: Mapping[str, Any]) -> Any:
        value = evaluate(**context)
        return None if isinstance(value, Undefined) else value

    return run


def _check(text: str, source: str, info: ValidationInfo, roots: tuple[str, ...]) -> None:
    try:
        tree = parse(source)
    except TemplateSyntaxError as error:
        reason = str(error.message).replace("end of print statement", "the end")
        hint = "compare with ==" if reason.endswith("got '='") else ""
        raise custom_error(f'invalid template "{text}": {reason}', hint) from None
    unknown = sorted({node.name for node in tree.find_all(nodes.Name)} - set(roots))
    if SECRET in unknown:
        raise custom_error(
            f'a secret may not stand here: "{text}"',
            "secrets go into what is sent: addresses, headers, bodies, forms",
        )
    if unknown:
        raise custom_error(
            f'unknown name in "{text}": {", ".join(unknown)}', did_you_mean(unknown[0], roots)
        )
    declared = (info.context or {}).get("inputs")
    if declared is None:
        return
    for name in sorted(names(source, "input") - set(declared)):
        raise custom_error(
            f'"{name}" is not among the inputs',
            did_you_mean(name, declared) if declared else "declare it under inputs",
        )


def _template(text: str, info: ValidationInfo) -> str:
    if is_template(text):
        _check(text, text, info, ROOTS)
    return text


def _request_template(text: str, info: ValidationInfo) -> str:
    if is_template(text):
        _check(text, text, info, (*ROOTS, SECRET))
    return text


def _file_template(text: str, info: ValidationInfo) -> str:
    if is_template(text):
        _check(text, text, info, (*ROOTS, FILE))
    return text


def _expression(text: str, info: ValidationInfo) -> str:
    _check(text, as_template(text), info, ROOTS)
    return text


def _json_templates(value: Any, info: ValidationInfo, roots: tuple[str, ...]) -> Any:
    if isinstance(value, str) and is_template(value):
        _check(value, value, info, roots)
    elif isinstance(value, dict):
        for item in value.values():
            _json_templates(item, info, roots)
    elif isinstance(value, list):
        for item in value:
            _json_templates(item, info, roots)
    return value


def _json(value: Any, info: ValidationInfo) -> Any:
    return _json_templates(value, info, ROOTS)


def _request_json(value: Any, info: ValidationInfo) -> Any:
    return _json_templates(value, info, (*ROOTS, SECRET))


JsonTemplate = Annotated[JsonValue, AfterValidator(_json)]
"""A JSON value whose texts are templates."""
RequestJson = Annotated[JsonValue, AfterValidator(_request_json)]
"""A JSON value whose texts are templates that may use secrets."""
Template = Annotated[
    str,
    AfterValidator(_template),
    Field(
        description="Text in which {{ input.q }}, {{ row.sku }}, {{ record.title }}, {{ page.url }} … are filled in."
    ),
]
RequestTemplate = Annotated[
    str,
    AfterValidator(_request_template),
    Field(description="A template that may also use {{ secret.NAME }}."),
]
FileTemplate = Annotated[
    str,
    AfterValidator(_file_template),
    Field(
        min_length=1,
        description="A template that may also use {{ file.name }}, stem, ending and type.",
    ),
]
Expression = Annotated[
    str,
    AfterValidator(_expression),
    Field(description="An expression, as: page.status == 404 or record.price > 100."),
]
