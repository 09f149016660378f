"""What is said to a scrapyd, and its errors in one line."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from http.client import HTTPException
from socket import gaierror
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from sequentum_scrapy.compiler.multipart import FilePart, encode_multipart
from sequentum_scrapy.definition import AgentError

from .targets import Target, is_loopback

_SECONDS = 120.0
"""scrapyd lists the spiders of an egg before it answers."""
_MAX_ANSWER = 4 * 1024 * 1024


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: it would take the password elsewhere, and make a GET of a POST."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


class Scrapyd:
    """A scrapyd; every method raises AgentError, which holds no password."""

    def __init__(self, target: Target) -> None:
        self._target = target
        here = is_loopback(urlsplit(target.url).hostname or "")
        self._opener = build_opener(_Stay, *([ProxyHandler({})] if here else []))

    def add_version(self, egg: bytes) -> None:
        """Upload an egg as the target's version of its project."""
        target = self._target
        parts: list[tuple[str, str | FilePart]] = [
            ("project", target.project),
            ("version", target.version),
            ("egg", FilePart("project.egg", egg)),
        ]
        kind, body = encode_multipart(parts)
        self._call("addversion.json", body, {"Content-Type": kind})

    def spiders(self) -> list[str]:
        """Return the names of the spiders in the target's version."""
        asked = {"project": self._target.project, "_version": self._target.version}
        return list(self._call(f"listspiders.json?{urlencode(asked)}")["spiders"])

    def versions(self) -> list[str]:
        """Return the versions of the project; jobs run the last unless they ask for another."""
        asked = {"project": self._target.project}
        return list(self._call(f"listversions.json?{urlencode(asked)}")["versions"])

    def _call(
        self, action: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        request = Request(self._target.url + action, body, headers or {})  # noqa: S310 - as the user says
        if self._target.username:
            pair = f"{self._target.username}:{self._target.password}".encode()
            request.add_header("Authorization", f"Basic {b64encode(pair).decode()}")
        try:
            with self._opener.open(request, timeout=_SECONDS) as response:
                return self._answer(response.status, response.read(_MAX_ANSWER))
        except HTTPError as error:
            with error:
                return self._answer(error.code, error.read(_MAX_ANSWER))
        except URLError as error:
            raise self._error(_reason(error.reason)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise self._error(_reason(error)) from None

    def _answer(self, status: int, body: bytes) -> dict[str, Any]:
        if status == 401:
            user = self._target.username
            why = "wrong username or password" if user else "it wants a username and a password"
            raise self._error(f"{why} (username and password of the target in scrapy.cfg)")
        if 300 <= status < 400:
            raise self._error(f"it sends on to another address (HTTP {status}): name that one")
        text = body.decode("utf-8", "replace")
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"message": text} if text.startswith("Traceback") else None
        if not isinstance(answer, dict) or not ("status" in answer or "message" in answer):
            raise self._error(f"this is no answer of a scrapyd (HTTP {status})")
        if answer.get("status") != "ok":
            raise self._error(_one_line(str(answer.get("message", ""))))
        return answer

    def _error(self, why: str) -> AgentError:
        return AgentError(f"scrapyd at {self._target.url}: {why}")


def _reason(error: object) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: is it running?"
    if isinstance(error, gaierror):
        return "this host is not known"
    if isinstance(error, TimeoutError):
        return f"no answer within {_SECONDS:.0f} s"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason}"
    return f"{type(error).__name__}: {error}"


def _one_line(message: str) -> str:
    """Return the gist of scrapyd's own text, which may be a whole traceback."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines:
        return "an error without a text"
    last = lines[-1]
    if "ModuleNotFoundError" in last:
        last += " (its environment needs it: pip install it there)"
    if len(lines) == 1 or lines[0].startswith("Traceback"):
        return last
    return f"{lines[0].partition(':')[0]}: {last}"
