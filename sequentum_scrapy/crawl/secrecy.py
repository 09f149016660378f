"""Secrets: how they are read, and how they are kept out of everything but the requests as they are sent.

Commands know a secret by its placeholder only, so whatever is made of it (addresses, bodies, records, requests
that wait on disk, events, log lines) holds the placeholder. The last downloader middleware puts the secret
in its place before a request is sent, and takes it out again before anyone else sees the answer.
"""

from __future__ import annotations

import json
import logging
import os
import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from scrapy.settings import BaseSettings

from sequentum_scrapy.definition import InputError
from sequentum_scrapy.definition.errors import AgentError

from .project import data_folder

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing_extensions import Self

SECRET_PREFIX = "SEQUENTUM_SECRET_"  # noqa: S105 - the name of a variable
SECRETS_FILE = "SEQUENTUM_SECRETS_FILE"
MIN_MASKED = 4
"""A secret of fewer characters cannot be told from other text that has them."""
_LINE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")
_JSON_TYPES = (b"json", b"javascript")
_FORM_TYPE = b"application/x-www-form-urlencoded"


def read_secrets(names: frozenset[str], settings: BaseSettings) -> dict[str, str]:
    """Return secrets from the environment (SEQUENTUM_SECRET_NAME), else from the file of secrets.

    Raises InputError with all that are missing, AgentError for a file that others may read.
    """
    found = find_secrets(names, settings)
    missing = sorted(names.difference(found))
    if missing:
        path = secrets_file(settings)
        raise InputError(
            [
                f'secret "{name}" is missing: set {SECRET_PREFIX}{name} in the environment, '
                f"or {name}=… in {path}"
                for name in missing
            ]
        )
    return found


def find_secrets(names: frozenset[str], settings: BaseSettings) -> dict[str, str]:
    """Return those of some secrets that there are. Raises AgentError for a file that others may read."""
    if not names:
        return {}
    kept = _from_file(secrets_file(settings))
    found = {name: os.environ.get(SECRET_PREFIX + name, kept.get(name)) for name in sorted(names)}
    return {name: value for name, value in found.items() if value}


def secrets_file(settings: BaseSettings) -> Path:
    """Return the path of the file of secrets, which need not be there."""
    given = settings.get(SECRETS_FILE) or os.environ.get(SECRETS_FILE)
    return Path(str(given)) if given else data_folder() / "secrets"


def _from_file(path: Path) -> dict[str, str]:
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(f"{path}: the secrets cannot be read: {type(error).__name__}") from None
    if mode & 0o077:
        raise AgentError(f"{path}: others can read these secrets: chmod 600 {path}")
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            pair = _LINE.fullmatch(line)
            if pair is None:
                raise AgentError(f"{path}:{number}: a line of secrets is NAME=value")
            found[pair[1]] = pair[2]
    return found


def placeholder(name: str) -> str:
    """Return what stands for a secret: a text that no encoding of addresses and bodies changes."""
    return f"__secret_{name}__"


class Secrecy:
    """The secrets of a Run: revealed in requests, masked in all else."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._values = {placeholder(name): value for name, value in secrets.items()}
        self._tokens = {
            form: placeholder(name)
            for name, value in secrets.items()
            if len(value) >= MIN_MASKED
            for form in _forms(value)
        }
        # The longest first: a short secret may be a part of a long one.
        forms = sorted(self._tokens, key=len, reverse=True)
        self._shown = re.compile("|".join(map(re.escape, forms))) if forms else None

    def mask(self, text: str) -> str:
        """Return a text with placeholders for secrets, in whatever way they are written."""
        if self._shown is None:
            return text
        return self._shown.sub(lambda found: self._tokens[found[0]], text)

    def revealed(self, text: str) -> str:
        """Return a text with the secrets in the place of their placeholders, for what is typed into a page."""
        for token, value in self._values.items():
            text = text.replace(token, value)
        return text

    def mask_value(self, value: Any) -> Any:
        """Return a JSON value without secrets."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {self.mask_value(name): self.mask_value(item) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask_value(item) for item in value]
        return value

    def reveal(self, request: Request) -> None:
        """Put the secrets into a request."""
        for token, value in self._values.items():
            if token in request.url:
                request._set_url(request.url.replace(token, quote(value, safe="")))  # noqa: SLF001
            self._reveal_headers(request, token.encode(), value.encode())
            mark = token.encode()
            if mark in request.body:
                written = _written(value, request.headers.get(b"Content-Type") or b"")
                request._set_body(request.body.replace(mark, written))  # noqa: SLF001

    @staticmethod
    def _reveal_headers(request: Request, mark: bytes, value: bytes) -> None:
        for name, values in list(request.headers.items()):
            if any(mark in item for item in values):
                # A line break would begin another header field.
                clean = value.replace(b"\r", b"").replace(b"\n", b"")
                request.headers[name] = [item.replace(mark, clean) for item in values]


def _forms(value: str) -> set[str]:
    """Return the ways in which a secret may be written."""
    data = value.encode()
    return {
        value,
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        escape(value),
        # As browsers write it: in a text, and in an attribute (the older and the newer way).
        escape(value, quote=False),
        escape(value, quote=False).replace('"', "&quot;"),
        value.replace("&", "&amp;").replace('"', "&quot;"),
        b64encode(data).decode(),
        repr(value)[1:-1],
        repr(data)[2:-1],
    }


def _written(value: str, content_type: bytes) -> bytes:
    kind = content_type.lower()
    if kind.startswith(_FORM_TYPE):
        return quote_plus(value).encode()
    if any(mark in kind for mark in _JSON_TYPES):
        return json.dumps(value, ensure_ascii=False)[1:-1].encode()
    return value.encode()


class SecretsMiddleware:
    """The last before a request is sent, and the first to see its answer."""

    def __init__(self, secrecy: Secrecy) -> None:
        self._secrecy = secrecy
        self._hidden: dict[Request, tuple[str, Any, bytes]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(spider.job.secrecy)

    def process_request(self, request: Request) -> None:
        before = request.url, request.headers.copy(), request.body
        self._secrecy.reveal(request)
        self._hidden[request] = before

    def process_response(self, request: Request, response: Response) -> Response:
        self._hide(request)
        url = self._secrecy.mask(response.url)
        return response.replace(url=url) if url != response.url else response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002
        self._hide(request)

    def _hide(self, request: Request) -> None:
        before = self._hidden.pop(request, None)
        if before is not None:
            url, headers, body = before
            request._set_url(url)  # noqa: SLF001
            request.headers = headers
            request._set_body(body)  # noqa: SLF001


class LogFilter(logging.Filter):
    """Masks secrets in what libraries log of their own accord."""

    def __init__(self, secrecy: Secrecy) -> None:
        super().__init__()
        self._secrecy = secrecy

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._secrecy.mask(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._secrecy.mask(record.exc_text)
        return True


def guard_logs(secrecy: Secrecy) -> LogFilter:
    """Mask secrets in all that goes to the handlers of the root logger, and return what does it."""
    guard = LogFilter(secrecy)
    for handler in logging.getLogger().handlers:
        handler.addFilter(guard)
    return guard


def unguard_logs(guard: LogFilter) -> None:
    """Let the handlers of the root logger be as they were."""
    for handler in logging.getLogger().handlers:
        handler.removeFilter(guard)
