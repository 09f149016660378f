"""The events of a YAML text, without what a definition may not hold, and with plain errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import Event, ScalarEvent
from ruamel.yaml.parser import Parser
from ruamel.yaml.scanner import Scanner, ScannerError
from ruamel.yaml.tokens import ScalarToken, Token

from .document import MAX_DEPTH, Builder, Position, shown

_KEY = re.compile(r"[\w./-]+(?=:[ \n])", re.ASCII)
_ALONG = "the indentation does not fit the lines above"


def yaml_events(text: str, builder: Builder) -> Iterator[Event]:
    """Yield the events of a YAML text, lazily. Raises DefinitionError at what is no YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner, yaml.Parser = _Scanner, _Parser
    try:
        yield from yaml.parse(text)
    except MarkedYAMLError as error:
        at, message, hint = _explained(error)
        builder.fail(at, message, hint)
    except (YAMLError, ArithmeticError, AssertionError, LookupError, ValueError) as error:
        # Escapes and numbers that are out of all bounds; ruamel does not say where.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        builder.fail((1, 1), f"not YAML: {shown(reason)}")


class _Parser(Parser):
    """Finds its scanner once, and looks for nothing that the scanner refuses."""

    @cached_property
    def scanner(self) -> Any:
        return super().scanner

    def parse_node(self, block: bool = False, indentless_sequence: bool = False) -> Any:  # noqa: FBT001, FBT002 - as ruamel calls it
        token = self.scanner.peek_token()
        if not isinstance(token, ScalarToken):
            return super().parse_node(block, indentless_sequence)
        self.scanner.get_token()
        self.state = self.states.pop()
        implicit = (token.plain, not token.plain)
        marks = (token.start_mark, token.end_mark)
        return ScalarEvent(None, None, implicit, token.value, *marks, style=token.style)


class _RefusedError(ScannerError):
    """What YAML has and a definition may not use: ``problem`` and ``note`` are message and hint."""


class _Scanner(Scanner):
    """Refuses at the first character what would cost time to read, and be refused later."""

    def check_token(self, *choices: type[Token]) -> bool:
        while self.need_more_tokens():
            self.fetch_more_tokens()
        return bool(self.tokens) and (not choices or isinstance(self.tokens[0], choices))

    def need_more_tokens(self) -> bool:
        # The parser asks some twenty times a value, and seldom is there a key to look at.
        if self.done or not self.tokens:
            return not self.done
        if not self.possible_simple_keys:
            return False
        self.stale_possible_simple_keys()
        taken = self.tokens_taken
        return any(key.token_number == taken for key in self.possible_simple_keys.values())

    def scan_plain(self) -> Any:
        # Half of the texts are keys of letters, whose end is plain to see.
        reader = self.reader
        key = _KEY.match(reader.buffer, reader.pointer)
        if key is None:
            return super().scan_plain()
        begin = reader.get_mark()
        length = len(key[0])
        reader.pointer += length
        reader.index += length
        reader.column += length
        self.allow_simple_key = False
        return ScalarToken(key[0], plain=True, start_mark=begin, end_mark=reader.get_mark())

    def fetch_directive(self) -> None:
        self._refuse("directives (%) are not allowed", "leave the line out, or quote the text")

    def fetch_tag(self) -> None:
        tag = shown(self.reader.prefix(80).split()[0])
        self._refuse(f"the tag {tag} is not allowed", "leave it out, or quote the text")

    def fetch_anchor(self) -> None:
        self._no_references()

    def fetch_alias(self) -> None:
        self._no_references()

    def fetch_flow_sequence_start(self) -> None:
        self._limit_depth()
        super().fetch_flow_sequence_start()

    def fetch_flow_mapping_start(self) -> None:
        self._limit_depth()
        super().fetch_flow_mapping_start()

    def _no_references(self) -> NoReturn:
        hint = "write it out, or quote the text"
        self._refuse("anchors and aliases (& and *) are not allowed", hint)

    def _limit_depth(self) -> None:
        # The scanner slows down with each bracket that is open, before an event shows it.
        if self.flow_level >= MAX_DEPTH:
            self._refuse(f"nested over {MAX_DEPTH} deep")

    def _refuse(self, message: str, hint: str = "") -> NoReturn:
        raise _RefusedError(problem=message, problem_mark=self.reader.get_mark(), note=hint)


def _explained(error: MarkedYAMLError) -> tuple[Position, str, str]:
    """Return where YAML is wrong, what is wrong in words, and what to do."""
    problem, context = str(error.problem or "not YAML"), str(error.context or "")
    at = _position(error.problem_mark or error.context_mark)
    opened = _position(error.context_mark or error.problem_mark)
    if isinstance(error, _RefusedError):
        return at, problem, error.note
    if "'\\t'" in problem:
        return at, "a tab where YAML wants spaces", "indent with spaces"
    if "quoted scalar" in context and "unexpected" in problem:
        return opened, "a quote that is not closed", ""
    if "flow" in context and "<stream end>" in problem:
        return opened, "a bracket that is not closed", ""
    if "expected <block end>" in problem:
        return at, f"not YAML: {_ALONG}", "check the indentation, and the quotes above"
    return at, f"not YAML: {shown(problem)}", _hint(problem)


def _hint(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return 'quote a text that has ": " in it, or check the indentation'
    if "cannot start any token" in problem:
        return "quote the text"
    if "unknown escape" in problem:
        return "in double quotes write \\\\ for a backslash, or use single quotes"
    if "could not find expected ':'" in problem:
        return 'a key ends with ": "'
    return ""


def _position(mark: Any) -> Position:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
