"""The exceptions of this project, and what a check of a definition finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


class AgentError(Exception):
    """Base of every exception that this project raises on purpose.

    ``str(error)`` is what a person should read: what is wrong, where, and what to do.
    """


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or doubtful, in a definition.

    ``line`` and ``column`` count from 1; ``address`` is the command address (``commands[0].do[1]``)
    or the path of the property, empty for the file as a whole; ``hint`` says what to do.
    """

    file: str
    line: int
    column: int
    address: str
    severity: Severity
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        place = f"{where} {self.address}" if self.address else where
        warning = "warning: " if self.severity == "warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {warning}{self.message}{hint}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class DefinitionError(AgentError):
    """A definition that cannot be used. ``findings`` holds all that was found, errors and warnings."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def has_errors(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)
